/**
 * Compiles what a document selects of a type into a function that copies just that out of a value, each part as JSON is to
 * show it. Only for what is read as it is: what has a resolver, an argument or a directive is left to graphql-js.
 */
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLEnumType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { UNNAMEABLE } from "./compile.js";

/** A value is not what its type says, or a kind of value that only graphql-js knows how to complete. */
export class NotPrintable extends Error {
  override readonly name = "NotPrintable";
}

/** Throws NotPrintable, or whatever a scalar throws, when the value is not what its type says. */
export type Project = (value: unknown) => unknown;

/** What is selected of an object, by the name that it has in the answer; null for what must be left to graphql-js. */
export function collect(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  document: DocumentNode,
): ReadonlyMap<string, readonly FieldNode[]> | null {
  const found = new Map<string, FieldNode[]>();
  // A fragment counts where it is first spread, as in graphql-js: fragments that spread each other twice would double at each.
  const spread = new Set<string>();
  const add = (set: SelectionSetNode): boolean => set.selections.every(addOne);
  const addOne = (selection: SelectionNode): boolean => {
    if (selection.directives?.length) return false;
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value;
      const nodes = found.get(name);
      if (nodes === undefined) found.set(name, [selection]);
      else nodes.push(selection);
      return true;
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      if (spread.has(selection.name.value)) return true;
      spread.add(selection.name.value);
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(document, selection.name.value);
    if (fragment === undefined || fragment.directives?.length) return false;
    const condition = fragment.typeCondition?.name.value ?? type.name;
    return condition === type.name && add(fragment.selectionSet);
  };
  return sets.every(add) ? found : null;
}

export const isFragment = (definition: DefinitionNode): definition is FragmentDefinitionNode =>
  definition.kind === Kind.FRAGMENT_DEFINITION;

const fragmentOf = (document: DocumentNode, name: string): FragmentDefinitionNode | undefined =>
  document.definitions.filter(isFragment).find((fragment) => fragment.name.value === name);

const refuse = (): never => {
  throw new NotPrintable();
};

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Undefined would be left out, instead of refused. */
const serialized = (type: GraphQLLeafType, value: unknown): unknown => type.serialize(value) ?? refuse();

function projectEnum(type: GraphQLEnumType): Project {
  const names = new Map<unknown, string>(type.getValues().map(({ name, value }) => [value, name]));
  return (value) => names.get(value) ?? serialized(type, value);
}

function projectLeaf(type: GraphQLLeafType): Project {
  if (isEnumType(type)) return projectEnum(type);
  const isText = type.name === "String" || type.name === "ID";
  return (value) => (isText && typeof value === "string" ? value : serialized(type, value));
}

const projectList =
  (project: Project): Project =>
  (value) =>
    Array.isArray(value) ? value.map(project) : refuse();

interface Member {
  /** In the answer. */
  readonly name: string;
  /** In the value. */
  readonly field: string;
  readonly project: Project;
}

export const setsOf = (nodes: readonly FieldNode[]): readonly SelectionSetNode[] =>
  nodes.flatMap((node) => node.selectionSet ?? []);

/**
 * As code, because the members of a literal have their places from the start, where those of an object that is filled in a loop
 * are looked for: it takes half the time. Names are GraphQL's, letters, digits and `_`: nothing else of a document is in it.
 */
function projectObject(members: readonly Member[]): Project {
  const literal = members.map(({ name, field }, at) => `${name}: project${at}(value.${field})`);
  const make = new Function(
    ...members.map((_, at) => `project${at}`),
    `return (value) => ({ ${literal.join(", ")} });`,
  );
  const copy = make(...members.map(({ project }) => project)) as Project;
  return (value) => (typeof value === "object" && value !== null && !("then" in value) ? copy(value) : refuse());
}

/** Null: left to graphql-js. */
export function openProjections(document: DocumentNode) {
  const ofType = (type: GraphQLOutputType, nodes: readonly FieldNode[]): Project | null => {
    if (isNonNullType(type)) {
      const project = ofNullable(type.ofType, nodes);
      return project && ((value) => (isMissing(value) ? refuse() : project(value)));
    }
    const project = ofNullable(type, nodes);
    return project && ((value) => (isMissing(value) ? null : project(value)));
  };

  const ofNullable = (type: GraphQLOutputType, nodes: readonly FieldNode[]): Project | null => {
    if (isLeafType(type)) return projectLeaf(type);
    if (isObjectType(type)) return ofObject(type, nodes);
    const project = isListType(type) ? ofType(type.ofType, nodes) : null;
    return project && projectList(project);
  };

  const memberOf = (type: GraphQLObjectType, nodes: readonly FieldNode[]): Omit<Member, "name"> | null => {
    const field = nodes[0]?.name.value ?? "";
    if (field === "__typename") return { field, project: () => type.name };
    const known = type.getFields()[field];
    // Only what is read as it is: a resolver or an argument may want more than the value.
    if (known === undefined || known.resolve !== undefined || known.args.length > 0) return null;
    const project = ofType(known.type, nodes);
    return project && { field, project };
  };

  const ofObject = (type: GraphQLObjectType, nodes: readonly FieldNode[]): Project | null => {
    const members: Member[] = [];
    for (const [name, own] of collect(type, setsOf(nodes), document) ?? []) {
      const member = name === UNNAMEABLE ? null : memberOf(type, own);
      if (member === null) return null;
      members.push({ name, ...member });
    }
    return members.length === 0 ? null : projectObject(members);
  };

  /** Of the whole object, to what it shows of one field. */
  const ofField = (type: GraphQLObjectType, nodes: readonly FieldNode[]): Project | null => {
    const member = memberOf(type, nodes);
    return member && ((value) => member.project((value as Readonly<Record<string, unknown>>)[member.field]));
  };

  return { ofType, ofField };
}
