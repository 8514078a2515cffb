import type { ProfileField } from "@shopkey/adapter-sdk";
import type { ConsumerBox } from "../vault/index.js";
import type { ProfileUnit } from "./inputs.js";
import { isTextUnit, leafOf, type PlainProfile, PROFILE_UNITS, UNIT_FIELDS } from "./profile-fields.js";

/** By last name: to put a path together for each value costs more than to open it. */
const FIELD_OF = Object.fromEntries(
  PROFILE_UNITS.map((unit) => {
    const fields = UNIT_FIELDS[unit].map((field) => [leafOf(field), field]);
    return [unit, Object.assign(Object.create(null), Object.fromEntries(fields))];
  }),
) as Readonly<Record<ProfileUnit, Readonly<Record<string, ProfileField | undefined>>>>;

/** Opens one unit into `plain`. Throws EnvelopeRejected. */
export function openUnit(box: ConsumerBox, unit: ProfileUnit, envelope: Uint8Array, plain: PlainProfile): void {
  const text = box.openText(unit, envelope);
  if (unit === "email") plain["buyer.email"] = text;
  else if (unit === "phone") plain["buyer.phone"] = text;
  else {
    const fields = FIELD_OF[unit];
    const values = JSON.parse(text) as Readonly<Record<string, string>>;
    for (const leaf in values) {
      const field = fields[leaf];
      if (field !== undefined) plain[field] = values[leaf];
    }
  }
}

/** A new envelope of the unit's fields in `plain`; null when it holds none of them. */
export function sealUnit(box: ConsumerBox, unit: ProfileUnit, plain: PlainProfile): Buffer | null {
  if (isTextUnit(unit)) {
    const text = plain[unit === "email" ? "buyer.email" : "buyer.phone"];
    return text === undefined ? null : box.seal(unit, text);
  }
  const values: Record<string, string> = {};
  let empty = true;
  for (const field of UNIT_FIELDS[unit]) {
    const value = plain[field];
    if (value === undefined) continue;
    values[leafOf(field)] = value;
    empty = false;
  }
  return empty ? null : box.seal(unit, JSON.stringify(values));
}
