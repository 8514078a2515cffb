/** The probes, made from the graph's own description: every place that takes an id, a name or a cursor × every value worth trying there. */
import { type GraphQLSchema, getNamedType } from "graphql";
import type { Seeded } from "../vault/seeded.js";
import { type Place, placesOf, type RootField, rootFieldsOf } from "./graph.js";
import { type Arguments, type Json, validArguments, withValue } from "./valid-arguments.js";
import { handlesOf, type World } from "./worlds.js";

/** `foreign` and `twin` come in pairs: the twin looks the same and belongs to nobody. */
export type Ask =
  | { readonly kind: "own" | "random" | "malformed" | "prefix"; readonly value: string }
  | { readonly kind: "pair"; readonly value: string; readonly twin: string };

export interface ProbeCase {
  readonly field: RootField;
  readonly place: Place;
  /** Unknown ids of every form are answered alike here. */
  readonly isId: boolean;
  readonly ask: Ask;
  readonly with: (value: string) => Arguments;
}

/** Text by which something is found. Other text is tried with a few values only. */
const NAMES: ReadonlySet<string> = new Set(
  "externalId externalIdPrefix slug after idempotencyKey shopperReference orderReference email document id".split(" "),
);
const TEXTS: ReadonlySet<string> = new Set(["ID", "String", "PersonalText"]);

/** Values that a shopper gives are looked up in filters and nowhere else. */
const isProbed = ({ type, owner, path }: Place): boolean => {
  const name = getNamedType(type).name;
  // A purpose is nobody's name: nothing is found by it, and it is judged by its look.
  if (!TEXTS.has(name) || path.at(-1) === "0" || path.at(-1) === "purpose") return false;
  return name !== "PersonalText" || owner.endsWith("Filter");
};

const MALFORMED = [
  ...["", " ", "csm_", "csm_xyz", "null", "undefined", "0", "-1", "*", "%", "_", "\u0000", "\u202e", "\ud800", "😀"],
  ...["' or 1=1 --", "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "x".repeat(129), "x".repeat(5_000)],
];

const hex = (random: Seeded, digits: number) =>
  random
    .bytes(digits / 2)
    .toString("hex")
    .slice(0, digits);

/** Other digits where digits are, and other letters where letters are: what is judged by its look is judged alike. */
const otherHex = (text: string, random: Seeded): string =>
  text
    .replace(/\d/g, () => String(random.below(10)))
    .replace(/[a-f]/g, () => String.fromCharCode(97 + random.below(6)));

/** The same moment and the same form, and nobody's: a cursor stands where the foreign one would. */
function twinOf(value: string, tag: string, twinTag: string, random: Seeded): string {
  const id = /^([a-z]{3}_[0-9a-f]{12}7)([0-9a-f]{3})([89ab])([0-9a-f]{15})$/.exec(value);
  if (id !== null) return `${id[1]}${otherHex(id[2] ?? "", random)}${id[3]}${otherHex(id[4] ?? "", random)}`;
  if (value.includes(tag)) return value.replaceAll(tag, twinTag);
  if (/[0-9a-f]{12}$/.test(value)) return `${value.slice(0, -12)}${otherHex(value.slice(-12), random)}`;
  return /^\d{11}$/.test(value)
    ? `9${String(random.below(10 ** 9)).padStart(10, "0")}`
    : `${value.slice(0, -4)}${hex(random, 4)}`;
}

/** One twin for each foreign thing, whoever asks: both then have the same history. */
function twinsOf(others: readonly World[], random: Seeded): ReadonlyMap<string, string> {
  const letters = () => `q${hex(random, 10).replaceAll(/\d/g, "z")}`;
  return new Map(
    others.flatMap((world) => {
      const { tag } = world.things;
      const twinTag = letters();
      return handlesOf(world).map((value) => [value, twinOf(value, tag, twinTag, random)] as const);
    }),
  );
}

const PREFIXES = ["csm", "sto", "chk", "key", "con", "evt", "org"];

function asksFor(place: Place, own: World, twins: ReadonlyMap<string, string>, random: Seeded): readonly Ask[] {
  const isFull = getNamedType(place.type).name === "ID" || NAMES.has(place.name);
  const pairs = [...twins].map(([value, twin]): Ask => ({ kind: "pair", value, twin }));
  const few = pairs.filter((_, at) => at % 15 === 1);
  const owned = handlesOf(own).filter((value) => /^[a-z]{3}_/.test(value));
  const prefixed = owned.flatMap((value) =>
    PREFIXES.filter((prefix) => !value.startsWith(prefix)).map((prefix) => `${prefix}_${value.slice(4)}`),
  );
  const one = (kind: "random" | "malformed" | "prefix", value: string): Ask => ({ kind, value });
  return [
    ...(isFull ? pairs : few),
    ...(isFull ? PREFIXES : []).map((prefix) =>
      one("random", `${prefix}_${hex(random, 12)}7${hex(random, 20).slice(1)}`),
    ),
    ...(isFull ? prefixed : []).map((value) => one("prefix", value)),
    ...MALFORMED.map((value) => one("malformed", value)),
  ];
}

export function probeCases(
  schema: GraphQLSchema,
  own: World,
  others: readonly World[],
  random: Seeded,
): readonly ProbeCase[] {
  const twins = twinsOf(others, random);
  return rootFieldsOf(schema).flatMap((field) =>
    placesOf(field)
      .filter(isProbed)
      .flatMap((place): ProbeCase[] => {
        const base = validArguments(field, own.things, place.path);
        const ownValue = valueAt(base, place.path);
        const fill = (value: string) => withValue(base, place.path, value) as Arguments;
        const ofOwn: Ask[] = typeof ownValue === "string" ? [{ kind: "own", value: ownValue }] : [];
        const isId = getNamedType(place.type).name === "ID";
        return [...ofOwn, ...asksFor(place, own, twins, random)].map((ask) => ({
          field,
          place,
          isId,
          ask,
          with: fill,
        }));
      }),
  );
}

const valueAt = (value: Json, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((at, part) => (at as Record<string, Json> | undefined)?.[part], value);

/** In an order that the seed decides. */
export function shuffled<T>(list: readonly T[], random: Seeded): T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}
