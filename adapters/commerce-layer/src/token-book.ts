/**
 * The org's own tokens, remembered by this process until they run out, and shared with all other gateways: Commerce Layer allows
 * 30 token calls a minute from one address, and the 31st locks everyone out who calls from there. Nothing of a shopper's is in
 * here; a customer's own token is asked for and never remembered.
 */
import { createHash } from "node:crypto";
import { AdapterError, type SharedValue } from "@shopkey/adapter-sdk";
import type { Principal } from "./api.js";
import type { LayerCall } from "./exchange.js";
import { type GrantPlan, grantOf, planForCustomer, planOf } from "./grants.js";
import { type Grant, type IssuedToken, judgeToken, requestToken, tokenUrl } from "./tokens.js";

export interface TokenBook {
  /** The token of one of the org's principals. */
  readonly obtain: (call: LayerCall, principal: Principal) => Promise<string>;
  /** The store refused this token: it is not handed out again. */
  readonly drop: (call: LayerCall, principal: Principal, token: string) => void;
  /** A customer's own token, asked for anew each time. Unjudged: the caller may want to give it back. */
  readonly issue: (call: LayerCall, customerId: string, custom: Readonly<Record<string, unknown>>) => Promise<Seated>;
  readonly clear: () => void;
}
export interface Seated {
  readonly issued: IssuedToken;
  readonly grant: Grant;
}
export interface BookOptions {
  /** Calls of this process to one auth server within a minute; beyond it RATE_LIMITED, without asking. */
  readonly callsPerMinute?: number;
}

/** A token about to run out is not begun with. */
const MARGIN_MS = 60_000;
/** For so long wrong credentials are refused without asking the store again. */
const REJECTION_MS = 30_000;
const MAX_ENTRIES = 1000;

interface Shelves {
  readonly tokens: Map<string, { readonly token: string; readonly freshUntil: number }>;
  readonly rejections: Map<string, { readonly error: AdapterError; readonly until: number }>;
  /** The last one that the store refused, by key: another gateway may still hand it out. */
  readonly refused: Map<string, string>;
  /** Who is asking at this moment, and until when they care. */
  readonly pending: Map<string, { readonly work: Promise<string>; readonly signal: AbortSignal }>;
  readonly budget: Budget;
}

export function openTokenBook({ callsPerMinute = CALLS_PER_MINUTE }: BookOptions = {}): TokenBook {
  const budget = openBudget(callsPerMinute);
  const shelves: Shelves = { tokens: new Map(), rejections: new Map(), refused: new Map(), pending: new Map(), budget };
  return {
    obtain: (call, principal) => obtain(shelves, call, principal),
    drop: (call, principal, token) => {
      const key = keyOf(call, planOf(call, principal));
      if (shelves.tokens.get(key)?.token === token) shelves.tokens.delete(key);
      remember(shelves.refused, key, token);
    },
    issue: async (call, customerId, custom) => {
      const plan = planForCustomer(call, customerId);
      await budget.spend(call);
      const grant = await grantOf(plan, call.now(), custom);
      return { grant, issued: await requestToken(call, grant) };
    },
    clear: () => {
      shelves.tokens.clear();
      shelves.rejections.clear();
      shelves.refused.clear();
      budget.clear();
    },
  };
}

async function obtain(shelves: Shelves, call: LayerCall, principal: Principal): Promise<string> {
  const plan = planOf(call, principal);
  const key = keyOf(call, plan);
  const now = call.now().getTime();
  const known = shelves.tokens.get(key);
  if (known !== undefined && known.freshUntil > now) return known.token;
  const rejected = shelves.rejections.get(key);
  if (rejected !== undefined && rejected.until > now) throw rejected.error;
  const running = shelves.pending.get(key);
  if (running === undefined) {
    const work = renew(shelves, call, plan, key).finally(() => shelves.pending.delete(key));
    shelves.pending.set(key, { work, signal: call.signal });
    return work;
  }
  // Of those who wait for the same token, one asks. When that one is given up, the next one asks.
  try {
    return await orAborted(running.work, call.signal);
  } catch (error) {
    if (call.signal.aborted || !running.signal.aborted) throw error;
    return obtain(shelves, call, principal);
  }
}

async function renew(shelves: Shelves, call: LayerCall, plan: GrantPlan, key: string): Promise<string> {
  try {
    const make = () => ask(shelves, call, plan);
    const stale = shelves.refused.get(key);
    const options = { signal: call.signal, ...(stale === undefined ? {} : { stale }) };
    const { value: token, freshUntil } = await (call.shared === undefined
      ? make()
      : call.shared.obtain(key, make, options));
    remember(shelves.tokens, key, { token, freshUntil });
    return token;
  } catch (error) {
    if (isRejection(error)) remember(shelves.rejections, key, { error, until: call.now().getTime() + REJECTION_MS });
    throw error;
  }
}

async function ask(shelves: Shelves, call: LayerCall, plan: GrantPlan): Promise<SharedValue> {
  await shelves.budget.spend(call);
  const grant = await grantOf(plan, call.now());
  const issued = await requestToken(call, grant);
  judgeToken(call, grant, issued.claims);
  return { value: issued.token, freshUntil: issued.endsAt - MARGIN_MS };
}

// --- how often ------------------------------------------------------------------------------------------------------

const MINUTE_MS = 60_000;
/** Two less than the store allows, which leaves room for a clock that differs. */
const CALLS_PER_MINUTE = 28;

interface Budget {
  /** Throws RATE_LIMITED when this minute's calls to this auth server are used up, by this gateway or by all together. */
  readonly spend: (call: LayerCall) => Promise<void>;
  readonly clear: () => void;
}

function openBudget(callsPerMinute: number): Budget {
  const calls = new Map<string, number[]>();
  return {
    spend: async (call) => {
      const now = call.now().getTime();
      const url = tokenUrl(call);
      const recent = (calls.get(url) ?? []).filter((at) => Math.abs(now - at) < MINUTE_MS);
      const [first] = recent;
      if (first !== undefined && recent.length >= callsPerMinute) {
        const retryAfterMs = Math.max(first + MINUTE_MS - now, 1000);
        throw new AdapterError("RATE_LIMITED", TOO_OFTEN, { retryAfterMs });
      }
      calls.set(url, [...recent, now]);
      const waitMs = (await call.shared?.spend(url, callsPerMinute)) ?? 0;
      if (waitMs > 0) throw new AdapterError("RATE_LIMITED", TOO_OFTEN, { retryAfterMs: waitMs });
    },
    clear: () => calls.clear(),
  };
}

const TOO_OFTEN = "The store allows no more token calls within this minute.";

/**
 * The secret is in the key: whoever names somebody else's client id without its secret never meets the other's token. A live
 * and a test store never share one either.
 */
function keyOf(call: LayerCall, plan: GrantPlan): string {
  const { slug } = call.store.settings;
  const parts = [
    tokenUrl(call),
    call.environment,
    slug,
    plan.kind,
    plan.clientId,
    plan.clientSecret,
    plan.scope,
    plan.owner,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

/** An answer that asking again does not change, until someone mends the Store. */
function isRejection(error: unknown): error is AdapterError {
  return (
    error instanceof AdapterError && ["CREDENTIALS_REJECTED", "SETTINGS_INVALID", "NOT_SUPPORTED"].includes(error.code)
  );
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new AdapterError("STORE_UNAVAILABLE", "The call was given up before the store answered."));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_ENTRIES && oldest !== undefined) map.delete(oldest);
}
