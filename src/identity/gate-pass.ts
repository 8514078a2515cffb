/** What the shopper's app shows at the store's door, made anew each time its screen opens. */
import type { Pass, Shown } from "@shopkey/adapter-sdk";
import { idempotency, recognitions } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { expectConnection, viewPass } from "./connection-reading.js";
import { callIntent, expectStore, type Standing, standingOf } from "./connection-row.js";
import { openPass, openSecret, sealPass } from "./connection-seal.js";
import type { ConnectionInput } from "./inputs.js";
import { type Claim, claimOf, claimRow, recall } from "./once.js";
import { bindKeys, judgePass } from "./recognition.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { openTarget } from "./store-target.js";
import type { RefreshedGatePassView } from "./views.js";

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
  const pass = known ?? (await makePass(rooms, caller, standing, claim));
  const shopperIds = await rooms.data.inScope(caller.scope, (tx) => recognitions.list(tx, standing.row.id));
  const connection = await expectConnection(rooms, caller, standing.row.id);
  return { connection, gatePass: viewPass(pass), shopperIds };
}

/** The pass of a repetition, as it was shown then; null when this is none. */
async function recallPass(rooms: Rooms, caller: Caller, { row, key }: Standing, claim: Claim): Promise<Pass | null> {
  const found = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (found === null) return null;
  const { pass } = (await recall(rooms, caller, claim, found)) as { readonly pass: string };
  return openPass(rooms, caller, row, key, pass);
}

async function makePass(rooms: Rooms, caller: Caller, standing: Standing, claim: Claim | null): Promise<Pass> {
  const { row, key } = standing;
  const { pass, keys } = await show(rooms, caller, standing);
  if (key === null) throw notActive();
  const sealed = claim === null ? null : await sealPass(rooms, caller, { ...row, key }, pass);
  const once = claim === null ? null : await claimRow(rooms, caller, claim, { connection: row.id, pass: sealed });
  const org = await openOrg(rooms, caller);
  const isOurs = await rooms.data.inScope(caller.scope, async (tx) => {
    if (once !== null && (await idempotency.claim(tx, once)) !== null) return false;
    await bindKeys(tx, org, row, keys, "beside");
    return true;
  });
  if (isOurs || claim === null) return pass;
  // Somebody with the same key was a moment faster.
  return (await recallPass(rooms, caller, standing, claim)) ?? pass;
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
