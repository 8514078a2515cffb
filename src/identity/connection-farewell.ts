/**
 * Ending a connection. For us it ends at once; the store is told then, and again by the clock for a day while it is
 * down. The login stays sealed as long as that takes, because nothing else can end it there, and is destroyed after.
 */
import type { Farewell } from "@shopkey/adapter-sdk";
import { type ConnectionRow, connections, idempotency } from "../data/index.js";
import type { Refusal, RefusalCode } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { destroyLeft, endSession, lending, NO_CONTEXT } from "./connection-context.js";
import { expectConnection } from "./connection-reading.js";
import {
  callIntent,
  connectionNotFound,
  isOpen,
  later,
  move,
  readStanding,
  recordAbout,
  refusalIn,
  type Standing,
  standingOf,
} from "./connection-row.js";
import { openSecret } from "./connection-seal.js";
import type { DisconnectedView } from "./connection-views.js";
import type { ConnectionInput } from "./inputs.js";
import { type Claim, claimOf, claimRow, recall } from "./once.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { openTarget } from "./store-target.js";

const LEASE_MS = 60_000;
const ASK_AGAIN_MS = 5 * 60_000;
const GIVE_UP_MS = 24 * 60 * 60_000;

/** Refusals after which the same farewell may be accepted: the store is up again, or the org has mended its key. */
const PASSING: ReadonlySet<RefusalCode> = new Set([
  ...([
    "BROWSER_UNAVAILABLE",
    "STORE_UNAVAILABLE",
    "RATE_LIMITED",
    "CREDENTIALS_REJECTED",
    "PERMISSION_MISSING",
  ] as const),
]);

/** What came of a farewell. */
interface End extends Farewell {
  /** Null when the store agreed. */
  readonly code: RefusalCode | null;
  /** The store is asked no more. */
  readonly isLast: boolean;
}

export async function disconnect(rooms: Rooms, caller: Caller, given: ConnectionInput): Promise<DisconnectedView> {
  requireScope(caller, "connections:write");
  const claim = claimOf("disconnect", given);
  const standing = await standingOf(rooms, caller, given.connection);
  const known = claim === null ? null : await recallEnd(rooms, caller, claim);
  const { storeAgreed, note } = known ?? (await end(rooms, caller, standing, claim));
  return { connection: await expectConnection(rooms, caller, standing.row.id), storeAgreed, note };
}

async function recallEnd(rooms: Rooms, caller: Caller, claim: Claim): Promise<Farewell | null> {
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  return row === null ? null : ((await recall(rooms, caller, claim, row)) as unknown as Farewell);
}

async function end(rooms: Rooms, caller: Caller, standing: Standing, claim: Claim | null): Promise<Farewell> {
  const row = await intend(rooms, caller, standing);
  const { attemptSessionId, handOffSessionId } = standing.row;
  for (const sessionId of [attemptSessionId, handOffSessionId]) await endSession(rooms, sessionId, "cancelled");
  if (row.leftContexts.length > 0) await destroyLeft(rooms, caller, row.id);
  if (row.farewellAt === null) return { storeAgreed: row.storeAgreed ?? true, note: NOTHING_LEFT };

  const said = await sayFarewell(rooms, caller, { ...standing, row });

  await settle(rooms, caller, row, said, claim);
  return said;
}

const NOTHING_LEFT = "There is no login at the store that had to be ended.";

/** For whoever is forgotten: as `disconnect`, without a caller who waits for the answer. */
export const endConnection = (rooms: Rooms, caller: Caller, standing: Standing): Promise<Farewell> =>
  end(rooms, caller, standing, null);

/** From here on nobody uses it, whatever the store says. */
const intend = (rooms: Rooms, caller: Caller, { row: seen }: Standing): Promise<ConnectionRow> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await connections.lock(tx, seen.id);
    if (row === null) throw connectionNotFound();
    const attempt = isOpen(row) ? ({ attemptState: "CANCELLED", attemptLeaseUntil: null, pending: null } as const) : {};
    const sessions = { attemptSessionId: null, handOffSessionId: null } as const;
    if (row.secret !== null) {
      return move(rooms, tx, row, {
        ...{ status: "DISCONNECTED", statusReason: null, ...attempt, ...sessions, suspicions: 0 },
        ...{ farewellAt: later(rooms, LEASE_MS), farewellSince: row.farewellSince ?? rooms.clock.now() },
      });
    }
    if (row.status === "DISCONNECTED" && !isOpen(row) && row.accountDigest === null) return row;
    const ended = await move(rooms, tx, row, {
      ...{ status: "DISCONNECTED", statusReason: null, ...attempt, ...sessions, ...FORGOTTEN },
      storeAgreed: row.storeAgreed ?? true,
    });
    await recordAbout(rooms, caller, tx, ended, "connection.disconnected", { storeAgreed: true });
    return ended;
  });

/** All that was known of the account. */
const FORGOTTEN = {
  secret: null,
  accountLabel: null,
  accountDigest: null,
  farewellAt: null,
  farewellSince: null,
  ...NO_CONTEXT,
} as const;

async function sayFarewell(rooms: Rooms, caller: Caller, { row, key, store }: Standing): Promise<End> {
  const lost = { storeAgreed: false, code: "STORE_DISABLED", isLast: true } as const;
  if (store === null) return { ...lost, note: "The Store has been removed, so the store could not be told." };
  try {
    const secret = await openSecret(rooms, caller, store, row, key);
    if (secret === null) return { ...lost, note: "The login does not open any more, so the store could not be told." };
    const target = await openTarget(rooms, caller, store);
    const intent = callIntent(caller, `${row.id}.disconnect-${row.generation}`);
    const said = await lending(rooms, caller, row, key, (lend) =>
      rooms.stores.call(target, { ...intent, lend }, (adapter, call) => adapter.connect.disconnect(call, secret)),
    );
    const note = typeof said.note === "string" ? said.note.slice(0, 500) : "";
    return {
      storeAgreed: said.storeAgreed === true,
      note,
      code: said.storeAgreed ? null : "REFUSED_BY_STORE",
      isLast: true,
    };
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null) throw error;
    return endIn(rooms, row, refusal);
  }
}

function endIn(rooms: Rooms, { farewellSince }: ConnectionRow, { code, message }: Refusal): End {
  if (code === "CONNECTION_EXPIRED" || code === "CONNECTION_REVOKED")
    return { storeAgreed: true, note: "The login was gone already.", code: null, isLast: true };
  const isOld = rooms.clock.now().getTime() - (farewellSince?.getTime() ?? 0) >= GIVE_UP_MS;
  if (!PASSING.has(code) || isOld) return { storeAgreed: false, note: message, code, isLast: true };
  return { storeAgreed: false, note: `${message} The gateway asks again for a day.`, code, isLast: false };
}

async function settle(
  rooms: Rooms,
  caller: Caller,
  taken: ConnectionRow,
  { storeAgreed, note, code, isLast }: End,
  claim: Claim | null,
): Promise<void> {
  const once =
    claim === null ? null : await claimRow(rooms, caller, claim, { connection: taken.id, storeAgreed, note });
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, taken.id);
    if (once !== null) await idempotency.claim(tx, once);
    // Connected again meanwhile, or told by somebody else: that login is not this one.
    if (now === null || now.generation !== taken.generation || now.farewellAt === null) return;
    const reason = now.status === "DISCONNECTED" ? { statusReason: code } : {};
    const isNews = isLast || now.storeAgreed === null;
    const next = isLast ? FORGOTTEN : { farewellAt: later(rooms, ASK_AGAIN_MS) };
    const moved = await move(rooms, tx, now, { ...next, ...reason, storeAgreed });
    if (isNews)
      await recordAbout(rooms, caller, tx, moved, "connection.disconnected", { outcome: code ?? "done", storeAgreed });
  });
  await destroyLeft(rooms, caller, taken.id);
}

/** For the clock: tells the store again. */
export async function repeatFarewell(rooms: Rooms, caller: Caller, id: ConnectionRow["id"]): Promise<void> {
  const standing = await readStanding(rooms, caller, id);
  if (standing === null || standing.row.farewellAt === null) return;
  const said = await sayFarewell(rooms, caller, standing);
  await settle(rooms, caller, standing.row, said, null);
}
