import { readConsumer, readKey } from "./consumer-columns.js";
import type { Lines } from "./lines.js";
import type { Fields, Statement } from "./placed-query.js";
import {
  type ConsumerRef,
  type IndexRow,
  PROFILE_UNITS,
  type ProfileOutline,
  type ProfileUnit,
  type Scope,
} from "./rows.js";
import { readBytes } from "./wire.js";

const OUTLINE: Statement = { name: "profile_outline", text: "select * from profile_outline($1, $2, $3, $4, $5)" };

/** What a change of a profile starts from, in one round trip; null when there is no such consumer. */
export async function profileOutline(
  lines: Lines,
  scope: Scope,
  ref: ConsumerRef,
  withUnits: boolean,
): Promise<ProfileOutline | null> {
  const [id, externalId] = "id" in ref ? [ref.id, null] : [null, ref.externalId];
  const [row] = await lines.ask(OUTLINE, [scope.orgId, scope.environment, id, externalId, String(withUnits)]);
  return row === undefined ? null : toOutline(row, scope);
}

const PRESENT_AT = 12;
const UNITS_AT = 13;
const INDEX_AT = 19;

function toOutline(fields: Fields, scope: Scope): ProfileOutline {
  const present = fields[PRESENT_AT] ?? "";
  return {
    consumer: readConsumer(fields, scope),
    key: readKey(fields),
    revision: Number(fields[11] ?? 0),
    present: eachUnit((at) => present[at] === "t"),
    units: eachUnit((at) => readBytes(fields[UNITS_AT + at])),
    index: readIndex(fields[INDEX_AT]),
  };
}

const eachUnit = <T>(read: (at: number) => T) =>
  Object.fromEntries(PROFILE_UNITS.map((unit, at) => [unit, read(at)])) as Record<ProfileUnit, T>;

/** `field:version:hex`, with commas between. */
function readIndex(text: string | null | undefined): readonly IndexRow[] {
  if (text === null || text === undefined) return [];
  return text.split(",").map((row) => {
    const [field = "", version, hex = ""] = row.split(":");
    return { field, version: Number(version), value: Buffer.from(hex, "hex") };
  });
}
