/** Reads the graph's own description: its root fields, every place in their arguments, and a document that asks for all. */
import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from "graphql";

export interface RootField {
  readonly kind: "query" | "mutation";
  readonly name: string;
  readonly args: readonly GraphQLArgument[];
  /** Asks for everything of the answer; every argument is a variable of the same name. */
  readonly document: string;
  /** It may change something: mutations, and questions that leave a line in the ledger (they answer a payload). */
  readonly writes: boolean;
}

/** One value's place in the arguments of a root field. */
export interface Place {
  /** Names and, for the one item of a list, `0`. */
  readonly path: readonly string[];
  readonly name: string;
  /** The input type or root field that it belongs to. */
  readonly owner: string;
  readonly type: GraphQLInputType;
}

export const readGraph = (): GraphQLSchema =>
  buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

export function rootFieldsOf(schema: GraphQLSchema): readonly RootField[] {
  const of = (kind: RootField["kind"]) =>
    Object.values((kind === "query" ? schema.getQueryType() : schema.getMutationType())?.getFields() ?? {}).map(
      (field): RootField => ({
        kind,
        name: field.name,
        args: field.args,
        document: documentOf(kind, field),
        writes: kind === "mutation" || getNamedType(field.type).name.endsWith("Payload"),
      }),
    );
  return [...of("query"), ...of("mutation")];
}

function documentOf(kind: RootField["kind"], field: GraphQLField<unknown, unknown>): string {
  // What has a default may be left out, so its variable may be as well.
  const variables = field.args
    .map(({ name, type, defaultValue }) => `$${name}: ${defaultValue === undefined ? type : getNullableType(type)}`)
    .join(", ");
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(", ");
  const call = given === "" ? field.name : `${field.name}(${given})`;
  return `${kind} Ask${variables === "" ? "" : `(${variables})`} { ${call}${selectionOf(field.type, [])} }`;
}

/** All fields, each type once on the way down; what an adapter says of itself is the same for everyone. */
function selectionOf(type: GraphQLOutputType, above: readonly string[]): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return "";
  if (named.name === "Adapter") return " { id title }";
  const path = [...above, named.name];
  const fields = Object.values(named.getFields()).flatMap((field) => {
    const below = getNamedType(field.type);
    if (field.args.some(isRequiredArgument) || path.includes(below.name)) return [];
    const selection = selectionOf(field.type, path);
    return isObjectType(below) && selection === "" ? [] : [`${field.name}${selection}`];
  });
  return fields.length === 0 ? "" : ` { ${fields.join(" ")} }`;
}

/** Every place: input objects, lists and leaves, the outer before the inner. */
export function placesOf(field: RootField): readonly Place[] {
  const visit = (input: GraphQLArgument | GraphQLInputField, owner: string, above: readonly string[]): Place[] => {
    const place = { path: [...above, input.name], name: input.name, owner, type: input.type };
    return [place, ...below(input.type, place.path, input.name, owner)];
  };
  const below = (type: GraphQLInputType, path: readonly string[], name: string, owner: string): Place[] => {
    const bare = getNullableType(type);
    if (isListType(bare)) {
      const item = { path: [...path, "0"], name, owner, type: bare.ofType as GraphQLInputType };
      return [item, ...below(item.type, item.path, name, owner)];
    }
    if (!isInputObjectType(bare)) return [];
    return Object.values(bare.getFields()).flatMap((inner) => visit(inner, bare.name, path));
  };
  return field.args.flatMap((argument) => visit(argument, field.name, []));
}
