/**
 * What an operation may cost, judged before it runs. Scalars are free. A field of an object type costs its
 * `complexity`, 1 unless declared; the `nodes` of a page cost theirs `first` times, other lists `LIST_SIZE` times.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

declare module "graphql" {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    readonly complexity?: number;
  }
}

/** Lists that are not pages, such as a consumer's connections, are short. */
const LIST_SIZE = 3;
const MAX_PAGE = 100;

type Variables = Readonly<Record<string, unknown>>;

/** The size that a page's `first` asks for, as far as a page can reach; out of bounds it is identity's to refuse. */
function pageSizeOf(node: FieldNode, defaultSize: unknown, variables: Variables): number {
  const value = node.arguments?.find((argument) => argument.name.value === "first")?.value;
  let size = defaultSize;
  if (value?.kind === Kind.INT) size = Number(value.value);
  if (value?.kind === Kind.VARIABLE) size = variables[value.name.value] ?? MAX_PAGE;
  return typeof size === "number" ? Math.min(Math.max(size, 1), MAX_PAGE) : MAX_PAGE;
}

type MeasureSet = (set: SelectionSetNode, type: GraphQLObjectType, pageSize: number) => number;

/** Makes the measure of one document's selections. */
function openMeter(document: DocumentNode, variables: Variables): MeasureSet {
  const fragmentCosts = new Map<string, number>();
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);

  /** A fragment costs the same wherever pages are equally long, and is measured once for each length. */
  const ofFragment = (name: string, type: GraphQLObjectType, pageSize: number): number => {
    const key = `${name} ${pageSize}`;
    const known = fragmentCosts.get(key);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    const cost = fragment === undefined ? 0 : ofSet(fragment.selectionSet, type, pageSize);
    fragmentCosts.set(key, cost);
    return cost;
  };

  const ofField = (node: FieldNode, parent: GraphQLObjectType, pageSize: number): number => {
    const field = parent.getFields()[node.name.value];
    if (field === undefined) return 0;
    const type = getNamedType(field.type);
    if (!isObjectType(type) || node.selectionSet === undefined) return field.extensions.complexity ?? 0;
    const first = field.args.find((argument) => argument.name === "first");
    const below = first === undefined ? MAX_PAGE : pageSizeOf(node, first.defaultValue, variables);
    const cost = (field.extensions.complexity ?? 1) + ofSet(node.selectionSet, type, below);
    if (!isListType(getNullableType(field.type))) return cost;
    return cost * (node.name.value === "nodes" ? pageSize : LIST_SIZE);
  };

  const ofSet: MeasureSet = (set, type, pageSize) => {
    let cost = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) cost += ofField(selection, type, pageSize);
      else if (selection.kind === Kind.INLINE_FRAGMENT) cost += ofSet(selection.selectionSet, type, pageSize);
      else cost += ofFragment(selection.name.value, type, pageSize);
    }
    return cost;
  };
  return ofSet;
}

/** The names of the variables that give page sizes anywhere in a document. */
function pageVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD)
        for (const argument of selection.arguments ?? [])
          if (argument.name.value === "first" && argument.value.kind === Kind.VARIABLE)
            names.add(argument.value.name.value);
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined)
        collect(selection.selectionSet);
    }
  };
  for (const definition of document.definitions) if ("selectionSet" in definition) collect(definition.selectionSet);
  return [...names];
}

interface Known {
  readonly pageVariables: readonly string[];
  readonly costs: Map<string, number>;
}

const MAX_KNOWN = 64;

/** Makes the judge of costs. It remembers for each operation and page sizes, as long as the document is kept. */
export function openCost(
  schema: GraphQLSchema,
): (document: DocumentNode, operation: OperationDefinitionNode, variables: Variables | undefined) => number {
  const known = new WeakMap<OperationDefinitionNode, Known>();
  return (document, operation, variables = {}) => {
    let entry = known.get(operation);
    if (entry === undefined) {
      entry = { pageVariables: pageVariables(document), costs: new Map() };
      known.set(operation, entry);
    }
    const key = entry.pageVariables.map((name) => (typeof variables[name] === "number" ? variables[name] : "")).join();
    const hit = entry.costs.get(key);
    if (hit !== undefined) return hit;
    const type = schema.getRootType(operation.operation);
    const cost = type == null ? 0 : openMeter(document, variables)(operation.selectionSet, type, MAX_PAGE);
    if (entry.costs.size >= MAX_KNOWN) entry.costs.clear();
    entry.costs.set(key, cost);
    return cost;
  };
}
