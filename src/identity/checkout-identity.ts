/** The plain identity that one store is handed: the declared fields and no others, for the time of one call. */
import type { Identity, ProfileField } from "@shopkey/adapter-sdk";
import type { ConsumerCard } from "../data/index.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { AdapterCard } from "../stores/index.js";
import type { ConsumerBox, OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import {
  DEFAULT_COUNTRY,
  DEFAULT_DOCUMENT_TYPE,
  type GivenFields,
  type PlainProfile,
  PROFILE_UNITS,
  UNIT_OF,
} from "./profile-fields.js";
import { isTouched, mergeProfile, needsOldUnit } from "./profile-merge.js";
import { openUnit } from "./profile-seal.js";
import { maskField } from "./profile-view.js";
import type { FieldSource } from "./views.js";

export interface Assembled {
  readonly identity: Identity;
  readonly sources: { readonly [F in ProfileField]?: FieldSource };
}

export const checkoutFields = (adapter: AdapterCard): readonly ProfileField[] =>
  [...adapter.requiredFields, ...adapter.optionalFields] as ProfileField[];

/** Throws Refusals INVALID (an override that does not fit) with paths below `overrides`. */
export function assembleIdentity(
  org: OrgVault,
  card: ConsumerCard,
  overrides: GivenFields,
  fields: readonly ProfileField[],
  caller: Caller,
): Assembled {
  const wanted = new Set(fields.map((field) => UNIT_OF[field]));
  const units = PROFILE_UNITS.filter(
    (unit) => wanted.has(unit) || (isTouched(unit, overrides) && needsOldUnit(unit, overrides)),
  );
  const plain: PlainProfile = {};
  const { profile, key } = card;
  if (profile !== null && key !== null) {
    org.withConsumer(card.consumer.id, key, (box: ConsumerBox) => {
      for (const unit of units) {
        const envelope = profile[unit];
        if (envelope !== null) openUnit(box, unit, envelope, plain);
      }
    });
  }
  const refusals = mergeProfile(plain, overrides, caller.org.cpfPolicy, ["overrides"]);
  if (refusals.length > 0) throw new Refusals(refusals);
  return pick(plain, overrides, fields);
}

function pick(plain: PlainProfile, overrides: GivenFields, fields: readonly ProfileField[]): Assembled {
  const identity: PlainProfile = {};
  const sources: { [F in ProfileField]?: FieldSource } = {};
  for (const field of fields) {
    const value = plain[field];
    const derived = value === undefined ? deriveField(field, plain) : undefined;
    if (value !== undefined) {
      identity[field] = value;
      sources[field] = isOverridden(field, overrides) ? "OVERRIDE" : "PROFILE";
    } else if (derived !== undefined) {
      identity[field] = derived;
      sources[field] = "DERIVED";
    }
  }
  return { identity, sources };
}

/** A document brings its type along, so the type is as new as the document. */
const isOverridden = (field: ProfileField, overrides: GivenFields): boolean =>
  typeof overrides[field] === "string" ||
  (field === "buyer.documentType" && typeof overrides["buyer.document"] === "string");

/** What goes without saying. */
function deriveField(field: ProfileField, plain: PlainProfile): string | undefined {
  if (field === "buyer.documentType" && plain["buyer.document"] !== undefined) return DEFAULT_DOCUMENT_TYPE;
  if (field === "address.country" && plain["address.postalCode"] !== undefined) return DEFAULT_COUNTRY;
  return undefined;
}

/** Required fields that nobody gave, in the order in which the adapter names them. */
export const missingOf = (adapter: AdapterCard, { identity }: Assembled): readonly ProfileField[] =>
  (adapter.requiredFields as readonly ProfileField[]).filter((field) => identity[field] === undefined);

export function refuseMissing(missing: readonly ProfileField[]): void {
  if (missing.length === 0) return;
  throw new Refusals(
    missing.map(
      (field) =>
        new Refusal("IDENTITY_INCOMPLETE", "The store needs this field.", {
          field: ["overrides", ...field.split(".")],
          nextAction: askFor(missing),
        }),
    ),
  );
}

/** One sentence for all that is missing. */
export const askFor = (missing: readonly ProfileField[]): string =>
  `Ask the shopper for ${missing.join(", ")}, then \`saveProfile\` or give them as \`overrides\`.`;

/** The masks of the fields that the store has, by path. */
export const masksOf = (
  { identity }: Assembled,
  fields: readonly ProfileField[],
  caller: Caller,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = identity[field];
      return value === undefined ? [] : [[field, maskField(field, value, caller.org.emailDomainPolicy)]];
    }),
  );
