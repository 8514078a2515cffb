/**
 * Compiles an operation with graphql-jit. Only what that compiler does exactly as graphql-js does reaches it: no text
 * of the document becomes code (arguments are variables, numbers, booleans or enum values), and variables are read
 * before, by GraphQL's own rules, so that an absent one stays absent.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLScalarType,
  GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  type VariableDefinitionNode,
  visit,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";

export type Run = (
  context: unknown,
  values: Readonly<Record<string, unknown>>,
) => ExecutionResult | Promise<ExecutionResult>;

const PASSED = "Passed__";

/** The schema as the compiler sees it: with one more scalar, which lets values through that were read before. */
export function schemaForCompiler(schema: GraphQLSchema): GraphQLSchema {
  const passed = new GraphQLScalarType({ name: PASSED, parseValue: (value) => value });
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...config.types, passed], assumeValid: true });
}

const PLAIN_ARGUMENT: ReadonlySet<string> = new Set([Kind.VARIABLE, Kind.INT, Kind.BOOLEAN, Kind.ENUM, Kind.NULL]);

/** In a literal it names no member, but what the object comes from: what was asked for by it would not be in the answer. */
export const UNNAMEABLE = "__proto__";

/** Whether the compiler may have the document: see above; introspection is left to graphql-js too. */
function isPlain(document: DocumentNode): boolean {
  let plain = true;
  visit(document, {
    Argument: (node) => {
      plain &&= PLAIN_ARGUMENT.has(node.value.kind);
    },
    Field: (node) => {
      plain &&= !node.name.value.startsWith("__") || node.name.value === "__typename";
      plain &&= node.alias?.value !== UNNAMEABLE;
    },
  });
  return plain;
}

/** A document of as many tokens as are allowed has fewer, unless it spreads large fragments again and again. */
const MAX_REACH = 2_000;

/** How many selections there are for the compiler, which follows each spread wherever it is: fragments can double it forty times. */
function reachOf(document: DocumentNode): number {
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const hit = known.get(name);
    if (hit !== undefined) return hit;
    known.set(name, 0);
    const reach = document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name)
      .reduce((sum, definition) => sum + ("selectionSet" in definition ? ofSet(definition.selectionSet) : 0), 0);
    known.set(name, reach);
    return reach;
  };
  const ofSet = ({ selections }: SelectionSetNode): number => selections.reduce((sum, one) => sum + 1 + ofOne(one), 0);
  const ofOne = (selection: SelectionNode): number => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value);
    return selection.selectionSet === undefined ? 0 : ofSet(selection.selectionSet);
  };
  return document.definitions.reduce(
    (sum, definition) => sum + (definition.kind === Kind.OPERATION_DEFINITION ? ofSet(definition.selectionSet) : 0),
    0,
  );
}

/** @skip and @include want to see a Boolean; a Boolean that was read once reads the same again. */
const isBoolean = (type: TypeNode): boolean =>
  type.kind === Kind.NON_NULL_TYPE
    ? isBoolean(type.type)
    : type.kind === Kind.NAMED_TYPE && type.name.value === "Boolean";

function passVariable(node: VariableDefinitionNode): VariableDefinitionNode {
  if (isBoolean(node.type)) return node;
  return {
    ...node,
    type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: PASSED } },
    defaultValue: undefined,
  };
}

/** The compiled operation, or null when it must be left to graphql-js. */
export function compile(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Run | null {
  if (!isPlain(document) || reachOf(document) > MAX_REACH) return null;
  const passed = { ...operation, variableDefinitions: operation.variableDefinitions?.map(passVariable) };
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const alone: DocumentNode = { ...document, definitions: [passed, ...fragments] };
  const compiled = compileQuery(schema, alone, operation.name?.value ?? "", { disablingCapturingStackErrors: true });
  if (!isCompiledQuery(compiled)) return null;
  return (context, values) => compiled.query({}, context, values);
}
