/**
 * The point of no return, in three commits that each can be repeated: the decision, so that nobody cancels any more; a line
 * in the ledger beside the keys, so that no old backup brings the shopper back; and the keys and envelopes themselves.
 */
import { anonymizations, erasure } from "../data/index.js";
import { readWish, recordWish, stepOf, type Wish } from "./anonymization-steps.js";
import type { Caller } from "./caller.js";
import { erasedWish } from "./forgotten.js";
import { openOrg, type Rooms } from "./rooms.js";
import { digestsOf, externalIdDigest, suppressedSince } from "./suppression.js";

/** False: it was cancelled, or somebody else has taken it over. */
export async function shredConsumer(rooms: Rooms, caller: Caller, wish: Wish, leaseUntil: Date): Promise<boolean> {
  const committed = await commit(rooms, caller, wish, leaseUntil);
  if (committed === null) return false;
  const { row } = wish;
  const at = rooms.clock.now();
  const card = await rooms.data.consumerCard(
    caller.scope,
    { id: row.consumerId },
    { profile: true, connections: false },
  );
  const { profile, key } = card ?? { profile: null, key: null };
  const org = await openOrg(rooms, caller);
  const named =
    card === null ? {} : { externalId: externalIdDigest(org, card.consumer.externalId).digest.toString("hex") };
  await rooms.vault.erasures.note({
    ...{ orgId: row.orgId, environment: row.environment, consumerId: row.consumerId },
    ...{ requestId: row.id, at: at.toISOString(), ...named, wish: erasedWish(committed) },
  });
  const suppressed = profile === null || key === null ? [] : digestsOf(org, row.consumerId, profile, key);
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, row.id);
    if (now === null || now.shreddedAt !== null) return;
    await erasure.suppress(tx, suppressed, at, suppressedSince(rooms));
    await erasure.shred(tx, row.consumerId, at);
    await erasure.purge(tx, row.consumerId);
    await anonymizations.change(tx, row.id, { shreddedAt: at, note: null });
    const done = (["SUPPRESS", "SHRED", "PURGE"] as const).map((name) => stepOf(wish, name).position);
    await anonymizations.changeSteps(tx, row.id, done, { state: "DONE", endedAt: at });
    await recordWish(rooms, caller, tx, row, "anonymization.shredded");
  });
  return true;
}

/** The request as it is from then on; null: it was cancelled, or is somebody else's. */
const commit = (rooms: Rooms, caller: Caller, { row }: Wish, leaseUntil: Date): Promise<Wish | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, row.id);
    if (now === null || now.state !== "IN_PROGRESS" || now.endedAt !== null) return null;
    if (now.leaseUntil?.getTime() !== leaseUntil.getTime()) return null;
    if (now.committedAt === null) await anonymizations.change(tx, row.id, { committedAt: rooms.clock.now() });
    return readWish(tx, now);
  });

/** What is left of what was done for them. */
export async function purgeConsumer(rooms: Rooms, caller: Caller, wish: Wish): Promise<void> {
  const { row } = wish;
  await rooms.data.inScope(caller.scope, async (tx) => {
    await anonymizations.lock(tx, row.id);
    await erasure.purge(tx, row.consumerId);
    const { position } = stepOf(wish, "PURGE");
    await anonymizations.changeStep(tx, row.id, position, { state: "DONE", endedAt: rooms.clock.now() });
  });
}
