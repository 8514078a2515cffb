/**
 * Reads a request's variables by GraphQL's rules, and tells what does not fit by its place alone: graphql-js's own
 * messages quote the values.
 */
import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from "graphql";
import { type Coerce, MISFIT, openCoercion } from "./coercion.js";
import { DeskError } from "./errors.js";

/** What one variable of an operation must be. */
interface Slot {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly coerce: Coerce;
  readonly node: VariableDefinitionNode;
}

type Values = Readonly<Record<string, unknown>>;
export type VariablesRead = { readonly values: Values } | { readonly errors: readonly DeskError[] };

const MAX_ERRORS = 20;

/** Where a value does not fit: the path below the variable, made of the schema's own names and list indexes. */
function misfit(slot: Slot, path: readonly (string | number)[]): DeskError {
  const extensions = { code: "BAD_USER_INPUT", ...(path.length === 0 ? {} : { field: path.map(String) }) };
  return new DeskError("A variable does not fit its type.", extensions, { nodes: [slot.node] });
}

function readOne(slot: Slot, given: Values, values: Record<string, unknown>, errors: DeskError[]): void {
  if (!Object.hasOwn(given, slot.name)) {
    if (slot.node.defaultValue !== undefined) values[slot.name] = valueFromAST(slot.node.defaultValue, slot.type);
    else if (isNonNullType(slot.type)) errors.push(misfit(slot, []));
    return;
  }
  const value = given[slot.name];
  if (value === null && isNonNullType(slot.type)) {
    errors.push(misfit(slot, []));
    return;
  }
  const coerced = slot.coerce(value);
  if (coerced !== MISFIT) values[slot.name] = coerced;
  else
    values[slot.name] = coerceInputValue(value, slot.type, (path) => {
      if (errors.length < MAX_ERRORS) errors.push(misfit(slot, path));
    });
}

/** For each schema, since types belong to one. */
const coercions = new WeakMap<GraphQLSchema, ReturnType<typeof openCoercion>>();

/** Makes the reader of one operation's variables. */
export function openVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
): (given: Values | undefined) => VariablesRead {
  const coercionOf = coercions.get(schema) ?? openCoercion();
  coercions.set(schema, coercionOf);
  const slots = (operation.variableDefinitions ?? []).flatMap((node): Slot[] => {
    const type = typeFromAST(schema, node.type);
    return type !== undefined && isInputType(type)
      ? [{ name: node.variable.name.value, type, coerce: coercionOf(type), node }]
      : [];
  });
  return (given = {}) => {
    const values: Record<string, unknown> = {};
    const errors: DeskError[] = [];
    for (const slot of slots) readOne(slot, given, values, errors);
    return errors.length > 0 ? { errors } : { values };
  };
}
