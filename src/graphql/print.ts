/**
 * Prints a query's answer as JSON text straight from what its resolver gives: no object of the answer's own shape is made
 * first, and the members of a page are printed one by one, as soon as each can be shown. What cannot be printed exactly as
 * graphql-js would answer it is left to the executor: null at compile time, `NotPrintable` at run time.
 */
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLEnumType,
  type GraphQLError,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from "graphql";

/** The text of a value; throws when it is not what its type says. */
type Print = (value: unknown) => string;

/** A value is not what its type says, or a kind of value that only graphql-js knows how to complete. */
export class NotPrintable extends Error {
  override readonly name = "NotPrintable";
}

/** Stands for a member of a page that is printed already. */
class Printed {
  constructor(
    readonly id: string,
    readonly text: string,
  ) {}
}

type Values = Readonly<Record<string, unknown>>;

/** `text` is the whole answer's `data`. */
export type PrintedAnswer =
  | { readonly text: string }
  | { readonly errors: readonly GraphQLError[]; readonly data: Record<string, null> | null };

/** Throws NotPrintable. */
export type PrintRun = (context: unknown, values: Values) => Promise<PrintedAnswer>;

interface PrintingInfo extends GraphQLResolveInfo {
  readonly printNode?: Print;
}

/**
 * For the resolver of a page: what is to become of each member when it can be shown. Its text stands for it where the
 * answer is being printed; otherwise it stays what it is, and this is undefined.
 */
export function nodePrinter(info: PrintingInfo): (<T extends { readonly id: string }>(node: T) => T) | undefined {
  const { printNode } = info;
  if (printNode === undefined) return undefined;
  return <T extends { readonly id: string }>(node: T) => new Printed(node.id, printNode(node)) as object as T;
}

/** What is selected of an object, by the name that it has in the answer; null for what must be left to graphql-js. */
function collect(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  document: DocumentNode,
): ReadonlyMap<string, readonly FieldNode[]> | null {
  const found = new Map<string, FieldNode[]>();
  const add = (set: SelectionSetNode): boolean =>
    set.selections.every((selection) => {
      if (selection.directives?.length) return false;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        found.set(name, [...(found.get(name) ?? []), selection]);
        return true;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(document, selection.name.value);
      if (fragment === undefined || fragment.directives?.length) return false;
      const condition = fragment.typeCondition?.name.value ?? type.name;
      return condition === type.name && add(fragment.selectionSet);
    });
  return sets.every(add) ? found : null;
}

const isFragment = (definition: DefinitionNode): definition is FragmentDefinitionNode =>
  definition.kind === Kind.FRAGMENT_DEFINITION;

const fragmentOf = (document: DocumentNode, name: string): FragmentDefinitionNode | undefined =>
  document.definitions.filter(isFragment).find((fragment) => fragment.name.value === name);

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

function printOther(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new NotPrintable();
  return text;
}

function enumPrinter(type: GraphQLEnumType): Print {
  const texts = new Map(type.getValues().map(({ name, value }) => [value as unknown, JSON.stringify(name)]));
  return (value) => texts.get(value) ?? printOther(type.serialize(value));
}

function leafPrinter(type: GraphQLLeafType): Print {
  if (isEnumType(type)) return enumPrinter(type);
  const isText = type.name === "String" || type.name === "ID";
  return (value) => (isText && typeof value === "string" ? JSON.stringify(value) : printOther(type.serialize(value)));
}

/** Compiles what is selected of one document. Null: left to graphql-js. */
function openPrinters(document: DocumentNode) {
  /** `printed` is the place of a page's members, which may have been printed one by one. */
  const ofType = (type: GraphQLOutputType, nodes: readonly FieldNode[]): Print | null => {
    if (isNonNullType(type)) {
      const print = ofType(type.ofType, nodes);
      return print && ((value) => (isMissing(value) ? refuse() : print(value)));
    }
    const print = isListType(type) ? ofList(type.ofType, nodes) : ofNamed(type, nodes);
    return print && ((value) => (isMissing(value) ? "null" : print(value)));
  };

  const ofNamed = (type: GraphQLOutputType, nodes: readonly FieldNode[]): Print | null => {
    if (isLeafType(type)) return leafPrinter(type);
    return isObjectType(type) ? ofObject(type, nodes) : null;
  };

  const ofList = (type: GraphQLOutputType, nodes: readonly FieldNode[]): Print | null => {
    const print = ofType(type, nodes);
    if (print === null) return null;
    return (value) => {
      if (!Array.isArray(value)) return refuse();
      let text = "[";
      for (const item of value) text += (text === "[" ? "" : ",") + (item instanceof Printed ? item.text : print(item));
      return `${text}]`;
    };
  };

  const ofField = (type: GraphQLObjectType, nodes: readonly FieldNode[]): Print | null => {
    const name = nodes[0]?.name.value ?? "";
    if (name === "__typename") return () => JSON.stringify(type.name);
    const field = type.getFields()[name];
    // Only what is read as it is: a resolver or an argument may want more than the value.
    if (field === undefined || field.resolve !== undefined || field.args.length > 0) return null;
    const print = ofType(field.type, nodes);
    return print && ((source) => print((source as Values)[name]));
  };

  const ofObject = (type: GraphQLObjectType, nodes: readonly FieldNode[]): Print | null => {
    const selected = collect(
      type,
      nodes.flatMap((node) => node.selectionSet ?? []),
      document,
    );
    const fields: { readonly head: string; readonly print: Print }[] = [];
    for (const [name, own] of selected ?? []) {
      const print = ofField(type, own);
      if (print === null) return null;
      fields.push({ head: `${fields.length === 0 ? "{" : ","}${JSON.stringify(name)}:`, print });
    }
    if (fields.length === 0) return null;
    return (value) => {
      if (typeof value !== "object" || value === null || "then" in value) return refuse();
      // Joined, not added up: V8 keeps a sum as a tree of its parts, all of which wait until the answer is sent.
      const parts: string[] = [];
      for (const { head, print } of fields) parts.push(head, print(value));
      parts.push("}");
      return parts.join("");
    };
  };

  return { ofType };
}

function refuse(): never {
  throw new NotPrintable();
}

/** Throws nothing but NotPrintable: what is wrong with a value, and where, is graphql-js's to say. */
const exactly =
  (print: Print): Print =>
  (value) => {
    try {
      return print(value);
    } catch {
      return refuse();
    }
  };

/** Prints one member of a page, when its members are selected in one place only. */
function printerOfNodes(
  type: GraphQLOutputType,
  fieldNodes: readonly FieldNode[],
  document: DocumentNode,
): Print | undefined {
  const page = getNullableType(type);
  if (!isObjectType(page)) return undefined;
  const selected = collect(
    page,
    fieldNodes.flatMap((node) => node.selectionSet ?? []),
    document,
  );
  const places = [...(selected?.values() ?? [])].filter(([first]) => first?.name.value === "nodes");
  const [nodes] = places;
  const list = page.getFields().nodes?.type;
  const bare = isNonNullType(list) ? list.ofType : list;
  if (nodes === undefined || places.length > 1 || !isListType(bare)) return undefined;
  const print = openPrinters(document).ofType(bare.ofType, nodes);
  return print === null ? undefined : exactly(print);
}

/** The root field of an operation that has only one. */
interface Root {
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  readonly field: GraphQLField<unknown, unknown>;
  readonly resolve: NonNullable<GraphQLField<unknown, unknown>["resolve"]>;
  readonly node: FieldNode;
}

function rootOf(
  type: GraphQLObjectType,
  document: DocumentNode,
  { selectionSet }: OperationDefinitionNode,
): Root | null {
  const entries = [...(collect(type, [selectionSet], document) ?? [])];
  const [name, nodes] = entries[0] ?? [];
  const node = nodes?.[0];
  if (name === undefined || nodes === undefined || node === undefined || entries.length > 1) return null;
  const field = type.getFields()[node.name.value];
  if (field?.resolve === undefined) return null;
  return { name, nodes, field, resolve: field.resolve, node };
}

/** The printing form of a query with one root field and nothing in it that has a resolver of its own; null: there is none. */
export function compilePrinter(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): PrintRun | null {
  const type = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || operation.directives?.length || type == null) return null;
  const root = rootOf(type, document, operation);
  const printAny = root && openPrinters(document).ofType(root.field.type, root.nodes);
  if (root === null || printAny === null) return null;
  const print = exactly(printAny);
  const { name, nodes, node, field, resolve } = root;
  const head = `{${JSON.stringify(name)}:`;
  const path = { prev: undefined, key: name, typename: type.name };
  const always = {
    ...{ fieldName: field.name, fieldNodes: nodes, returnType: field.type, parentType: type, path, schema, operation },
    ...{ fragments: fragmentsOf(document), rootValue: ROOT, printNode: printerOfNodes(field.type, nodes, document) },
  };
  return async (context, values) => {
    try {
      const args = getArgumentValues(field, node, values);
      const info: PrintingInfo = { ...always, variableValues: values };
      return { text: `${head}${print(await resolve(ROOT, args, context, info))}}` };
    } catch (error) {
      if (error instanceof NotPrintable) throw error;
      return {
        errors: [locatedError(error, nodes, [name])],
        data: isNonNullType(field.type) ? null : { [name]: null },
      };
    }
  };
}

const ROOT = {};

const fragmentsOf = (document: DocumentNode): Record<string, FragmentDefinitionNode> =>
  Object.fromEntries(document.definitions.filter(isFragment).map((fragment) => [fragment.name.value, fragment]));
