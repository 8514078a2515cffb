/** Idempotency: a repetition with the same key and the same input is answered as the first time. */
import { type IdempotencyInsert, type IdempotencyRow, idempotency, type Json, type Tx } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import type { Repeatable } from "./inputs.js";
import { judgeIdempotencyKey } from "./names.js";
import { openOrg, type Rooms } from "./rooms.js";

/** What makes two inputs the same: names in order, nothing undefined. It holds plain values, so it is only ever hashed. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** One key of one caller, with what it stands for. */
export interface Claim {
  readonly key: string;
  readonly operation: string;
  readonly text: string;
}

/** Null when the caller gave no key. Throws INVALID. */
export function claimOf(operation: string, given: Repeatable): Claim | null {
  const { idempotencyKey, ...rest } = given;
  const key = judgeIdempotencyKey(idempotencyKey);
  return key === null ? null : { key, operation, text: canonicalJson(rest) };
}

export async function claimRow(rooms: Rooms, caller: Caller, claim: Claim, result: Json): Promise<IdempotencyInsert> {
  const org = await openOrg(rooms, caller);
  return { key: claim.key, operation: claim.operation, fingerprint: org.fingerprint(claim.text), result };
}

/** The answer's ids, when the key stands for this very input. Throws IDEMPOTENCY_KEY_REUSED when it stands for another. */
export async function recall(rooms: Rooms, caller: Caller, claim: Claim, row: IdempotencyRow): Promise<Json> {
  const org = await openOrg(rooms, caller);
  if (row.operation === claim.operation && org.matchesFingerprint(claim.text, row.fingerprint)) return row.result;
  throw new Refusal("IDEMPOTENCY_KEY_REUSED", "This idempotency key was used with another input.", {
    field: ["idempotencyKey"],
    nextAction: "Use a new key for a new intent.",
  });
}

/**
 * Does `work` in one transaction, once for each key. `work` answers the ids from which `replay` makes the answer of
 * a repetition; two at the same time are put in line by the key's row.
 */
export async function once<Ids extends Json, T>(
  rooms: Rooms,
  caller: Caller,
  claim: Claim | null,
  work: (tx: Tx) => Promise<{ readonly ids: Ids; readonly answer: T }>,
  replay: (tx: Tx, ids: Ids) => Promise<T>,
): Promise<T> {
  if (claim === null) return rooms.data.inScope(caller.scope, async (tx) => (await work(tx)).answer);
  const row = await claimRow(rooms, caller, claim, null);
  return rooms.data.inScope(caller.scope, async (tx) => {
    const known = await idempotency.claim(tx, row);
    if (known !== null) return replay(tx, (await recall(rooms, caller, claim, known)) as Ids);
    const { ids, answer } = await work(tx);
    await idempotency.complete(tx, claim.key, ids);
    return answer;
  });
}
