/** By what a shopper is known at a Store's door: declared by the adapter, kept as digests that only the org's key can make. */
import type { LookupKey, Pass } from "@shopkey/adapter-sdk";
import { type ConnectionRow, type recognitions, recognitions as rows, type Tx } from "../data/index.js";
import type { StoreId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { OrgVault } from "../vault/index.js";

const MAX_KEYS = 16;
const SPACE = /^[a-z]{1,32}$/;
const STANDING = /^[A-Z]{1,32}$/;
const MAX_VALUE = 1_000;
const MAX_CODE = 1_000;
const MAX_PICTURE = 100_000;

/** Of one Store: the same key is another digest at the next. */
export const digestOf = (
  org: OrgVault,
  storeId: StoreId,
  { space, value }: Pick<LookupKey, "space" | "value">,
): Buffer => org.fingerprint(`recognition ${storeId} ${space} ${value}`);

const isBetween = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** Throws when they are not what the contract says: a bug of the adapter's. */
function judgeKeys(keys: readonly LookupKey[]): readonly LookupKey[] {
  const isKey = ({ space, value, as, keep = 1 }: LookupKey) =>
    SPACE.test(space) &&
    STANDING.test(as) &&
    isBetween(keep, 1, 100) &&
    typeof value === "string" &&
    isBetween(value.length, 1, MAX_VALUE);
  if (keys.length > MAX_KEYS || !keys.every(isKey))
    throw new Error("the adapter's keys are not what the contract says");
  return keys;
}

/** Throws when it is not what the contract says: a bug of the adapter's. */
export function judgePass({ code, svg, png, expiresAt }: Pass): Pass {
  const isText = (text: unknown, most: number) => typeof text === "string" && isBetween(text.length, 1, most);
  const isPass =
    isText(code, MAX_CODE) &&
    isText(svg, MAX_PICTURE) &&
    isText(png, MAX_PICTURE) &&
    !Number.isNaN(Date.parse(expiresAt));
  if (!isPass) throw new Error("the adapter's pass is not what the contract says");
  return { code, svg, png, expiresAt };
}

/**
 * Binds the keys to the connection: instead of all that it had, or beside it. Throws ANSWER_INVALID for a key that is
 * another shopper's, and then nothing of the transaction may be kept.
 */
export async function bindKeys(
  tx: Tx,
  org: OrgVault,
  { id, consumerId, storeId }: Pick<ConnectionRow, "id" | "consumerId" | "storeId">,
  given: readonly LookupKey[],
  how: "instead" | "beside",
): Promise<void> {
  const keys = judgeKeys(given).map(
    (key): recognitions.KeyToBind => ({
      digest: digestOf(org, storeId, key),
      space: key.space,
      standing: key.as,
      once: key.once === true,
      keep: key.keep ?? 1,
      moves: key.moves === true,
    }),
  );
  if (!(await rows.bind(tx, { consumerId, connectionId: id, storeId, keys }, how)))
    throw new Refusal("ANSWER_INVALID", "Another shopper is known by one of these already.", {
      field: ["answer"],
      nextAction: "Give another code, or disconnect the shopper who has it.",
    });
}
