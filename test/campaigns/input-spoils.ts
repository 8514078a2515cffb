/** Ways to spoil a valid input. Every text holds a token that is found again wherever it turns up. */
import * as fc from "fast-check";
import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
} from "graphql";
import { type Place, placesOf, type RootField } from "./graph.js";
import { type Arguments, type Json, validArguments, withValue } from "./valid-arguments.js";
import type { Things } from "./worlds.js";

/** A token stands in every text that the campaign gives. `zqp`: given where a shopper's own values go, never to be seen again. */
export const TOKEN = /zq[kp][0-9a-z]*q/gi;
export const PERSONAL_TOKEN = /zqp[0-9a-z]*q/gi;

const deep = (levels: number, token: string): Json => (levels === 0 ? token : { a: [deep(levels - 1, token)] });
const ID = "0190f3aa111172228333444455556666";

/** What may stand in a value's place. */
const VALUES: Readonly<Record<string, (token: string) => Json>> = {
  null: () => null,
  empty: () => "",
  space: () => " ",
  int: () => 42,
  negative: () => -1,
  float: () => 0.5,
  "huge number": () => 1e300,
  true: () => true,
  "empty list": () => [],
  "empty object": () => ({}),
  text: (token) => token,
  "text in a list": (token) => [token],
  "text in an object": (token) => ({ [token]: token }),
  // The domain may be shown.
  "an e-mail": (token) => `${token}@example.com`,
  "right to left": (token) => `\u202e${token}\u202c`,
  "zero width": (token) => `${token}\u200b\u200d\ufeff`,
  "lone surrogate": (token) => `\ud800${token}`,
  nul: (token) => `${token}\u0000`,
  controls: (token) => `\u0007\u001b[31m${token}\r\n\u0085\u2028`,
  combining: (token) => `${token}${"\u0301".repeat(60)}`,
  emoji: (token) => `${token}${"👩‍👩‍👧‍👦".repeat(20)}`,
  "long text": (token) => token.repeat(500),
  "text beyond the body's limit": (token) => token.repeat(12_000),
  "long list": (token) => Array.from({ length: 200 }, () => token),
  "long list of objects": (token) => Array.from({ length: 101 }, () => ({ id: token, quantity: 1 })),
  "deep JSON": (token) => deep(12, token),
  "JSON too deep": (token) => deep(70, token),
  "a prototype": (token) => JSON.parse(`{"__proto__":{"a":"${token}"},"constructor":"${token}"}`) as Json,
  ...Object.fromEntries(
    ["csm", "sto", "chk", "key", "evt"].map((prefix) => [`foreign ${prefix}`, () => `${prefix}_${ID}`]),
  ),
  sql: (token) => `'; drop table consumer; -- ${token}`,
  template: (token) => `\${${token}} {{${token}}} %s %n`,
  "a far moment": () => "9999-12-31T23:59:59-14:00",
  "a moment that is none": () => "0000-01-01T00:00:00Z",
  "a moment": () => "2040-01-01T00:00:00Z",
};

/** Done to the object around it instead. */
const AROUND = ["absent", "extra field"] as const;

export interface Spoil {
  /** Which place, counted round. */
  readonly at: number;
  readonly how: string;
  readonly salt: number;
}

export interface Trial {
  readonly all: boolean;
  readonly literal: boolean;
  readonly spoils: readonly Spoil[];
}

export const trials: fc.Arbitrary<Trial> = fc.record({
  all: fc.boolean(),
  literal: fc.boolean(),
  spoils: fc.array(
    fc.record({
      at: fc.nat(10_000),
      how: fc.constantFrom(...Object.keys(VALUES), ...AROUND),
      salt: fc.nat(1_000_000),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** Of a profile these are read back in clear. */
const IN_CLEAR: ReadonlySet<string> = new Set(["state", "country"]);

const isPersonal = ({ type, name, path }: Place): boolean =>
  !IN_CLEAR.has(name) &&
  (getNamedType(type).name === "PersonalText" || path.includes("profile") || path.includes("overrides"));

/** The arguments of one trial, spoiled at its places. */
export function spoiledArguments(field: RootField, things: Things, trial: Trial): Arguments {
  const places = placesOf(field);
  const chosen = trial.spoils.flatMap((spoil) => {
    const place = places[spoil.at % places.length];
    return place === undefined ? [] : [{ spoil, place }];
  });
  let spoiled: Json = validArguments(field, things, chosen[0]?.place.path ?? [], trial.all);
  for (const { spoil, place } of chosen) {
    const token = `zq${isPersonal(place) ? "p" : "k"}${spoil.salt.toString(36)}q`;
    spoiled = spoilAt(spoiled, place, spoil.how, token);
  }
  return spoiled as Arguments;
}

function spoilAt(given: Json, { path }: Place, how: string, token: string): Json {
  const around = path.slice(0, -1);
  if (how === "absent") return changeAt(given, around, (object) => without(object, path.at(-1) ?? ""));
  if (how === "extra field")
    return changeAt(given, around, (object) => ({ ...object, [token]: token, zqkExtraq: token }));
  return withValue(given, path, VALUES[how]?.(token) ?? null);
}

function changeAt(given: Json, path: readonly string[], change: (object: Arguments) => Json): Json {
  const found = path.reduce<Json | undefined>((at, part) => (at as Arguments | null | undefined)?.[part], given);
  const isObject = typeof found === "object" && found !== null && !Array.isArray(found);
  return isObject ? withValue(given, path, change(found as Arguments)) : given;
}

const without = (object: Arguments, name: string): Arguments =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const NAME = /^[_A-Za-z]\w*$/;

/** The same value as a literal in a document. Enums are names there; whatever cannot be written is written nevertheless. */
export function literalOf(value: Json, type: GraphQLInputType): string {
  const bare = getNullableType(type);
  if (typeof value === "string") return isEnumType(bare) && NAME.test(value) ? value : JSON.stringify(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) {
    const item = isListType(bare) ? (bare.ofType as GraphQLInputType) : bare;
    return `[${value.map((one: Json) => literalOf(one, item)).join(", ")}]`;
  }
  const fields = isInputObjectType(bare) ? bare.getFields() : {};
  const entries = Object.entries(value as Arguments).map(
    ([name, inner]) =>
      `${NAME.test(name) ? name : JSON.stringify(name)}: ${literalOf(inner, fields[name]?.type ?? bare)}`,
  );
  return `{ ${entries.join(", ")} }`;
}
