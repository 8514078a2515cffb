/**
 * Reads input values as graphql-js does (`coerceInputValue`), for values that fit. One that does not comes back as
 * MISFIT, and graphql-js is asked what is wrong with it. What is known of a type is found out once.
 */
import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";

export const MISFIT: unique symbol = Symbol("misfit");

/** The value as resolvers get it, or MISFIT. */
export type Coerce = (value: unknown) => unknown;

interface Field {
  readonly name: string;
  readonly default: unknown;
  readonly required: boolean;
  readonly coerce: Coerce;
}

export function openCoercion(): (type: GraphQLInputType) => Coerce {
  const known = new Map<GraphQLInputType, Coerce>();

  const coercionOf = (type: GraphQLInputType): Coerce => {
    const found = known.get(type);
    if (found !== undefined) return found;
    // A type may contain itself: what is being made can already be referred to.
    let made: Coerce = () => MISFIT;
    known.set(type, (value) => made(value));
    made = make(type);
    known.set(type, made);
    return made;
  };

  const make = (type: GraphQLInputType): Coerce => {
    if (isNonNullType(type)) return ofNonNull(coercionOf(type.ofType));
    if (isListType(type)) return ofList(coercionOf(type.ofType));
    if (isInputObjectType(type)) return ofObject(type, Object.values(type.getFields()).map(fieldOf));
    return ofLeaf(type);
  };

  const fieldOf = ({ name, defaultValue, type }: GraphQLInputField): Field => ({
    name,
    default: defaultValue,
    required: isNonNullType(type),
    coerce: coercionOf(type),
  });

  return coercionOf;
}

const ofLeaf =
  (type: GraphQLLeafType): Coerce =>
  (value) => {
    if (value === null || value === undefined) return null;
    try {
      const parsed: unknown = type.parseValue(value);
      return parsed === undefined ? MISFIT : parsed;
    } catch {
      return MISFIT;
    }
  };

const ofNonNull =
  (coerce: Coerce): Coerce =>
  (value) =>
    value === null || value === undefined ? MISFIT : coerce(value);

const ofList =
  (coerce: Coerce): Coerce =>
  (value) => {
    if (value === null || value === undefined) return null;
    if (typeof value === "object" && !Array.isArray(value) && Symbol.iterator in value) return MISFIT;
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    const read: unknown[] = [];
    for (const item of items) {
      const coerced = coerce(item);
      if (coerced === MISFIT) return MISFIT;
      read.push(coerced);
    }
    return read;
  };

function ofObject(type: GraphQLInputObjectType, fields: readonly Field[]): Coerce {
  const names = new Set(fields.map(({ name }) => name));
  return (value) => {
    if (value === null || value === undefined) return null;
    if (typeof value !== "object" || Array.isArray(value) || type.isOneOf) return MISFIT;
    const given = value as Readonly<Record<string, unknown>>;
    const read: Record<string, unknown> = {};
    for (const field of fields) {
      const item = given[field.name];
      if (item === undefined) {
        if (field.default !== undefined) read[field.name] = field.default;
        else if (field.required) return MISFIT;
        continue;
      }
      const coerced = field.coerce(item);
      if (coerced === MISFIT) return MISFIT;
      read[field.name] = coerced;
    }
    for (const name in given) if (!names.has(name)) return MISFIT;
    return read;
  };
}
