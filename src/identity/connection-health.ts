/** Whether a login still works, by the store's own word. What the store did not say changes nothing. */
import type { Health } from "@shopkey/adapter-sdk";
import { type ConnectionRow, type ConsumerCard, connections, idempotency, type StoreRow } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Lend } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { destroyLeft, lending, NO_CONTEXT } from "./connection-context.js";
import { expectConnection } from "./connection-reading.js";
import {
  callIntent,
  expectStore,
  later,
  move,
  recordAbout,
  refusalIn,
  type Standing,
  standingOf,
} from "./connection-row.js";
import { openSecret } from "./connection-seal.js";
import type { ConnectionHealth, VerifiedConnectionView } from "./connection-views.js";
import type { ConnectionInput } from "./inputs.js";
import { type Claim, claimOf, claimRow, recall } from "./once.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { noteAccount, tendAccountNow } from "./store-accounts.js";
import { openTarget } from "./store-target.js";

/** So many answers in a row that look like a logout are one. */
const SUSPICIONS = 3;
/** A store that could not be asked is asked again after this long. */
const ASK_AGAIN_MS = 60 * 60_000;

interface Verdict {
  readonly health: ConnectionHealth;
  readonly why: string | null;
}

export async function verifyConnection(
  rooms: Rooms,
  caller: Caller,
  given: ConnectionInput,
): Promise<VerifiedConnectionView> {
  requireScope(caller, "connections:write");
  const claim = claimOf("verifyConnection", given);
  const standing = await standingOf(rooms, caller, given.connection);
  const known = claim === null ? null : await recallVerdict(rooms, caller, claim);

  const verdict = known ?? (await verify(rooms, caller, standing, claim));

  return { connection: await expectConnection(rooms, caller, standing.row.id), ...verdict };
}

async function recallVerdict(rooms: Rooms, caller: Caller, claim: Claim): Promise<Verdict | null> {
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (row === null) return null;
  const { health, why } = (await recall(rooms, caller, claim, row)) as unknown as Verdict;
  return { health, why };
}

/** Asks the store, and keeps what it said. Throws INVALID or NOT_SUPPORTED when there is no login to ask about. */
export async function verify(
  rooms: Rooms,
  caller: Caller,
  standing: Standing,
  claim: Claim | null = null,
): Promise<Verdict> {
  const { row } = standing;
  if (row.status !== "ACTIVE" && row.status !== "EXPIRED") throw nothingToVerify();
  if (row.secret === null) throw restsOnProfile();
  const health = await askHealth(rooms, caller, expectStore(standing), standing);
  return settleHealth(rooms, caller, standing, health, claim);
}

const nothingToVerify = (): Refusal =>
  new Refusal("INVALID", "This connection has no login that could be verified.", {
    field: ["connection"],
    nextAction: "Let the shopper connect the store with `startConnection`.",
  });
const restsOnProfile = (): Refusal =>
  new Refusal("NOT_SUPPORTED", "This connection rests on the saved profile; there is no login to verify.", {
    field: ["connection"],
  });

/** An org's own key that the store refuses, a store that is down: neither says anything about the shopper. */
async function askHealth(rooms: Rooms, caller: Caller, store: StoreRow, { row, key }: Standing): Promise<Health> {
  const secret = await openSecret(rooms, caller, store, row, key);
  if (secret === null) return { kind: "expired" };
  try {
    const target = await openTarget(rooms, caller, store);
    const intent = callIntent(caller, `${row.id}.verify-${rooms.clock.now().getTime()}`);
    return await lending(rooms, caller, row, key, (lend) =>
      rooms.stores.call(target, { ...intent, lend }, (adapter, call) => adapter.connect.verify(call, secret)),
    );
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null) throw error;
    return healthIn(refusal) ?? { kind: "inconclusive", why: refusal.message };
  }
}

/** What a refusal says of the login: nothing, mostly. */
function healthIn({ code }: Refusal): Health | null {
  if (code === "CONNECTION_EXPIRED") return { kind: "expired" };
  return code === "CONNECTION_REVOKED" ? { kind: "revoked" } : null;
}

/** Of the very login that was asked about: one that took its place meanwhile is left alone. */
async function settleHealth(
  rooms: Rooms,
  caller: Caller,
  { row: seen, key }: Pick<Standing, "row" | "key">,
  health: Health,
  claim: Claim | null = null,
): Promise<Verdict> {
  const suspicions = health.kind === "inconclusive" && health.suspect === true ? seen.suspicions + 1 : 0;
  const told: Health = suspicions >= SUSPICIONS ? { kind: "expired" } : health;
  const verdict: Verdict = {
    health: told.kind.toUpperCase() as ConnectionHealth,
    why: told.kind === "inconclusive" ? told.why : null,
  };
  const once = claim === null ? null : await claimRow(rooms, caller, claim, { connection: seen.id, ...verdict });
  const account = told.kind === "live" ? (told.account ?? null) : null;
  const org = account === null ? null : await openOrg(rooms, caller);
  const left = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, seen.id);
    if (once !== null) await idempotency.claim(tx, once);
    if (now === null || now.generation !== seen.generation) return [];
    if (now.status !== "ACTIVE" && now.status !== "EXPIRED") return [];
    const moved =
      told.kind === "inconclusive"
        ? await move(rooms, tx, now, unclear(now, told, suspicions), later(rooms, ASK_AGAIN_MS))
        : await move(rooms, tx, now, CHANGES[told.kind](rooms.clock.now()));
    if (moved.status !== now.status)
      await recordAbout(rooms, caller, tx, moved, "connection.verified", OUTCOMES[told.kind]);
    // What the store calls the shopper is not asked after: it may have reasons of its own to call them otherwise.
    if (account !== null && org !== null && key !== null) {
      const { shopperReference: _reference, ...said } = account;
      await noteAccount(tx, org, { ...moved, key }, said, rooms.clock.now());
    }
    return moved.leftContexts;
  });
  if (account !== null) await tendAccountNow(rooms, caller, seen.id);
  if (left.length > 0) await destroyLeft(rooms, caller, seen.id);
  return verdict;
}

/** Nothing changes, but what only the gateway sees: how often in a row it looked like a logout. */
const unclear = (
  { suspicions: before, updatedAt }: ConnectionRow,
  { suspect }: Extract<Health, { kind: "inconclusive" }>,
  suspicions: number,
) => ({ updatedAt, suspicions: suspect === true ? suspicions : before });

const CHANGES = {
  live: (at: Date) => ({ status: "ACTIVE", statusReason: null, suspicions: 0, lastVerifiedAt: at }) as const,
  // The secret stays: stores have been seen to say so of logins that worked again a moment later.
  expired: () => ({ status: "EXPIRED", statusReason: "CONNECTION_EXPIRED", suspicions: 0 }) as const,
  revoked: () =>
    ({
      status: "DISCONNECTED",
      statusReason: "CONNECTION_REVOKED",
      suspicions: 0,
      secret: null,
      ...NO_CONTEXT,
      storeAgreed: true,
    }) as const,
} satisfies Record<Exclude<Health["kind"], "inconclusive">, (at: Date) => object>;

const OUTCOMES: Readonly<Record<Health["kind"], { readonly outcome?: string }>> = {
  live: {},
  inconclusive: {},
  expired: { outcome: "CONNECTION_EXPIRED" },
  revoked: { outcome: "CONNECTION_REVOKED" },
};

/** A login that may be used now. */
export interface Login {
  readonly row: ConnectionRow;
  readonly secret: unknown;
}

/** What an adapter is given of a login: nothing where there is none. */
export interface LentLogin {
  readonly secret: unknown;
  /** The page that `call.page` lends, in the login's browser context. */
  readonly lend: Lend | null;
  /** Null where there is none. */
  readonly row: ConnectionRow | null;
}

/** The secret of the ACTIVE connection between the two; null when there is none. */
async function openLogin(
  rooms: Rooms,
  caller: Caller,
  { consumer, key }: ConsumerCard,
  store: StoreRow,
): Promise<Login | null> {
  const row = await rooms.data.inScope(caller.scope, (tx) => connections.findBetween(tx, consumer.id, store.id));
  if (row === null || row.status !== "ACTIVE" || row.secret === null) return null;
  const secret = await openSecret(rooms, caller, store, row, key);
  return secret === null ? null : { row, secret };
}

/** Works with a login; when the store says that it is over, the connection's status follows. */
export async function withLogin<T>(
  rooms: Rooms,
  caller: Caller,
  card: ConsumerCard,
  store: StoreRow,
  work: (login: LentLogin) => Promise<T>,
): Promise<T> {
  const login = await openLogin(rooms, caller, card, store);
  try {
    if (login === null) return await work({ secret: null, lend: null, row: null });
    return await lending(rooms, caller, login.row, card.key, (lend) => work({ ...login, lend }));
  } catch (error) {
    const refusal = refusalIn(error);
    const health = refusal === null ? null : healthIn(refusal);
    if (login !== null && health !== null) await settleHealth(rooms, caller, { row: login.row, key: card.key }, health);
    throw error;
  }
}
