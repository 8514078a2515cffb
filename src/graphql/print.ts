/**
 * Prints a query's answer as JSON text straight from what its resolver gives. The members of a page are printed one by one, so
 * that no object of the whole answer's shape is ever there. What cannot be printed exactly as graphql-js would answer it is
 * left to the executor: null at compile time, `NotPrintable` at run time.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  isNonNullType,
  locatedError,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import { compilePage, type Print, type PrintingInfo, toText } from "./print-page.js";
import { collect, isFragment, NotPrintable, openProjections } from "./projection.js";

type Values = Readonly<Record<string, unknown>>;

/** `text` is the whole answer's `data`. */
export type PrintedAnswer =
  | { readonly text: string }
  | { readonly errors: readonly GraphQLError[]; readonly data: Record<string, null> | null };

/** Throws NotPrintable. */
export type PrintRun = (context: unknown, values: Values) => Promise<PrintedAnswer>;

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

function printerOf({ field, nodes }: Root, document: DocumentNode): { print: Print; printNode?: Print } | null {
  const page = compilePage(field.type, nodes, document);
  if (page !== null) return page;
  const project = openProjections(document).ofType(field.type, nodes);
  return project && { print: toText(project) };
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
  const printer = root && printerOf(root, document);
  if (root === null || printer === null) return null;
  const { print, printNode } = printer;
  const { name, nodes, node, field, resolve } = root;
  const head = `{${JSON.stringify(name)}:`;
  const path = { prev: undefined, key: name, typename: type.name };
  const always = {
    ...{ fieldName: field.name, fieldNodes: nodes, returnType: field.type, parentType: type, path, schema, operation },
    ...{ fragments: fragmentsOf(document), rootValue: ROOT, printNode },
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
