/** A new login takes the place of what was there: one connection for each shopper and store, mended in place. */
import type { Account, LookupKey } from "@shopkey/adapter-sdk";
import { type ConnectionRow, type ConsumerKeyRow, connections, idempotency, type StoreRow } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { ContextLease } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { type Attempt, answered, isOurs, overtaken } from "./connection-attempt.js";
import { destroyLeft, keepContext, lending, NO_CONTEXT } from "./connection-context.js";
import { dropLogin, move, recordAbout } from "./connection-row.js";
import { accountText, openSecret, sealLogin } from "./connection-seal.js";
import { bindKeys } from "./recognition.js";
import { openOrg, type Rooms } from "./rooms.js";
import { noteAccount, tendAccountNow } from "./store-accounts.js";

/** What the adapter answered, and the browser context that the login is in, where it is in one. */
export interface NewLogin {
  readonly step: {
    readonly kind: "connected";
    readonly secret: unknown;
    readonly account: Account;
    readonly recognise?: readonly LookupKey[];
  };
  readonly context: ContextLease | null;
}

/** Throws CONFLICT, OTHER_ACCOUNT, and ANSWER_INVALID for a key that is another shopper's; the login is ended at the store then. */
export async function settleLogin(
  rooms: Rooms,
  caller: Caller,
  attempt: Attempt,
  { step, context }: NewLogin,
): Promise<void> {
  const { row, store, key, stage } = attempt;
  const { secret, account } = judgeLogin(step);
  const sealed = await sealLogin(rooms, caller, store.adapter, { ...row, key }, { secret, label: account.label });
  const kept = context === null ? NO_CONTEXT : await keepContext(rooms, caller, { ...row, key }, context);
  const once = stage === "start" ? null : await answered(rooms, caller, attempt);
  const org = await openOrg(rooms, caller);
  const at = rooms.clock.now();
  const outcome = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (!isOurs(now, row)) return { kind: "overtaken" } as const;
    const text = account.id === null ? null : accountText(row.id, account.id);
    const isOther = text !== null && now.accountDigest !== null && !org.matchesFingerprint(text, now.accountDigest);
    if (isOther && !attempt.confirmOtherAccount) return { kind: "other account" } as const;
    const connected = await move(rooms, tx, now, {
      ...{ status: "ACTIVE", statusReason: null, via: stage === "start" ? "PROFILE" : "LOGIN", ...sealed, ...kept },
      ...{ attemptState: "CONNECTED", attemptLeaseUntil: null, pending: null, attemptSessionId: null },
      ...{ lastVerifiedAt: at, accountDigest: text === null ? now.accountDigest : org.fingerprint(text) },
      ...{ generation: now.generation + 1, suspicions: 0 },
      ...{ farewellAt: null, farewellSince: null, storeAgreed: null },
    });
    if (step.recognise !== undefined) await bindKeys(tx, org, connected, step.recognise, "instead");
    await noteAccount(tx, org, { ...connected, key }, step.account, at);
    await recordAbout(rooms, caller, tx, connected, "connection.connected");
    if (once !== null) await idempotency.claim(tx, once);
    return { kind: "connected", before: now, isOther } as const;
  });
  if (outcome.kind === "connected") {
    await tendAccountNow(rooms, caller, row.id);
    return leave(rooms, caller, store, outcome, key);
  }
  // Nobody will ever use this login: it must not stay open at the store. Its context goes with the attempt.
  await dropLogin(rooms, caller, store, row.id, secret, context === null ? null : { kind: "context", context });
  throw outcome.kind === "overtaken" ? overtaken() : otherAccount();
}

/** What was there before goes: the account that the shopper left behind is logged out, its browser context destroyed. */
async function leave(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  { before, isOther }: { readonly before: ConnectionRow; readonly isOther: boolean },
  key: ConsumerKeyRow,
): Promise<void> {
  const secret = isOther ? await openSecret(rooms, caller, store, before, key) : null;
  if (secret !== null)
    await lending(rooms, caller, before, key, (lend) => dropLogin(rooms, caller, store, before.id, secret, lend));
  await destroyLeft(rooms, caller, before.id);
}

function judgeLogin({ secret, account }: NewLogin["step"]): { readonly secret: unknown; readonly account: Account } {
  const { id, label } = account;
  const isText = (text: unknown) => typeof text === "string" && text.length > 0 && text.length <= 200;
  if (!((id === null || isText(id)) && (label === null || isText(label))))
    throw new Error("the adapter's account is not what the contract says");
  return { secret, account: { id, label } };
}

const otherAccount = (): Refusal =>
  new Refusal("OTHER_ACCOUNT", "The shopper logged in to another account at the store than before.", {
    field: ["confirmOtherAccount"],
    nextAction:
      "Ask the shopper which account is meant, and start again; with `confirmOtherAccount: true`, there or when finishing, if it is the new one.",
  });
