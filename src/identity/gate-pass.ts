/** What the shopper's app shows at the store's door, made anew each time its screen opens. */
import type { Pass, Shown } from "@shopkey/adapter-sdk";
import { connections, idempotency, recognitions, type Tx } from "../data/index.js";
import type { ConnectionId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { viewPass, viewSheet } from "./connection-reading.js";
import { callIntent, connectionNotFound, expectStore, type Standing, standingOf } from "./connection-row.js";
import { openPass, openSecret, sealPass } from "./connection-seal.js";
import type { RefreshedGatePassView } from "./connection-views.js";
import type { ConnectionInput } from "./inputs.js";
import { type Claim, claimOf, claimRow, recall } from "./once.js";
import { bindKeys, judgePass } from "./recognition.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { openTarget } from "./store-target.js";

/** Throws NOT_SUPPORTED where the store knows no such thing, and INVALID while the connection is not ACTIVE. */
export async function refreshGatePass(
  rooms: Rooms,
  caller: Caller,
  given: ConnectionInput,
): Promise<RefreshedGatePassView> {
  requireScope(caller, "connections:write");
  const claim = claimOf("refreshGatePass", given);
  const standing = await standingOf(rooms, caller, given.connection);
  const known = claim === null ? null : await recallPass(rooms, caller, standing, claim);
  const shown = known ?? (await makePass(rooms, caller, standing, claim));
  const seen = shown.seen ?? (await rooms.data.inScope(caller.scope, (tx) => look(tx, standing.row.id)));
  const connection = viewSheet(rooms, await openOrg(rooms, caller), seen.sheet);
  return { connection, gatePass: viewPass(shown.pass), shopperIds: seen.ids };
}

interface PassShown {
  readonly pass: Pass;
  /** What was seen in the same transaction; null when there was none. */
  readonly seen: Awaited<ReturnType<typeof look>> | null;
}

async function look(tx: Tx, id: ConnectionId) {
  const sheet = await connections.findSheet(tx, id);
  if (sheet === null) throw connectionNotFound();
  return { sheet, ids: await recognitions.list(tx, id) };
}

/** The pass of a repetition, as it was shown then; null when this is none. */
async function recallPass(
  rooms: Rooms,
  caller: Caller,
  { row, key }: Standing,
  claim: Claim,
): Promise<PassShown | null> {
  const found = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (found === null) return null;
  const { pass } = (await recall(rooms, caller, claim, found)) as { readonly pass: string };
  const opened = await openPass(rooms, caller, row, key, pass);
  return opened === null ? null : { pass: opened, seen: null };
}

async function makePass(rooms: Rooms, caller: Caller, standing: Standing, claim: Claim | null): Promise<PassShown> {
  const { row, key } = standing;
  const { pass, keys } = await show(rooms, caller, standing);
  if (key === null) throw notActive();
  const sealed = claim === null ? null : await sealPass(rooms, caller, { ...row, key }, pass);
  const once = claim === null ? null : await claimRow(rooms, caller, claim, { connection: row.id, pass: sealed });
  const org = await openOrg(rooms, caller);
  const seen = await rooms.data.inScope(caller.scope, async (tx) => {
    if (once !== null && (await idempotency.claim(tx, once)) !== null) return null;
    await bindKeys(tx, org, row, keys, "beside");
    return look(tx, row.id);
  });
  // Somebody with the same key was a moment faster.
  const theirs = seen === null && claim !== null ? await recallPass(rooms, caller, standing, claim) : null;
  return theirs ?? { pass, seen };
}

async function show(rooms: Rooms, caller: Caller, standing: Standing): Promise<Shown> {
  const { row, key } = standing;
  const store = expectStore(standing);
  const secret = row.status === "ACTIVE" ? await openSecret(rooms, caller, store, row, key) : null;
  if (secret === null) throw notActive();
  const target = await openTarget(rooms, caller, store);
  const shown = await rooms.stores.call(target, callIntent(caller, `${row.id}.pass`), async (adapter, call) => {
    if (adapter.connect.show === undefined) throw notShown();
    return adapter.connect.show(call, secret);
  });
  return { pass: judgePass(shown.pass), keys: shown.keys };
}

const notActive = (): Refusal =>
  new Refusal("INVALID", "This connection is not ACTIVE, so there is nothing to show at the store's door.", {
    field: ["connection"],
    nextAction: "Connect the shopper with `startConnection` and `finishConnection`.",
  });
const notShown = (): Refusal =>
  new Refusal("NOT_SUPPORTED", "This store does not recognise shoppers at a door.", { field: ["connection"] });
