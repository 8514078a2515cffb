/**
 * The org's own tokens, remembered by this process until they run out: Commerce Layer allows 30 token calls a minute from one
 * address, and the 31st locks everyone out who calls from there. Nothing of a shopper's is in here; a customer's own token
 * is asked for and never remembered.
 */
import { createHash } from "node:crypto";
import { AdapterError } from "@shopkey/adapter-sdk";
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
const MINUTE_MS = 60_000;
/** Two less than the store allows, which leaves room for a clock that differs. */
const CALLS_PER_MINUTE = 28;
const MAX_ENTRIES = 1000;

interface Entry {
  readonly token: string;
  readonly freshUntil: number;
}
interface Rejection {
  readonly error: AdapterError;
  readonly until: number;
}

export function openTokenBook({ callsPerMinute = CALLS_PER_MINUTE }: BookOptions = {}): TokenBook {
  const entries = new Map<string, Entry>();
  const rejections = new Map<string, Rejection>();
  const pending = new Map<string, Promise<string>>();
  const calls = new Map<string, number[]>();

  const spend = (call: LayerCall): void => {
    const now = call.now().getTime();
    const url = tokenUrl(call);
    const recent = (calls.get(url) ?? []).filter((at) => Math.abs(now - at) < MINUTE_MS);
    const [first] = recent;
    if (first !== undefined && recent.length >= callsPerMinute) {
      const retryAfterMs = Math.max(first + MINUTE_MS - now, 1000);
      throw new AdapterError("RATE_LIMITED", "The store allows no more token calls within this minute.", {
        retryAfterMs,
      });
    }
    calls.set(url, [...recent, now]);
  };

  const renew = async (call: LayerCall, plan: GrantPlan, key: string): Promise<string> => {
    try {
      spend(call);
      const grant = await grantOf(plan, call.now());
      const issued = await requestToken(call, grant);
      judgeToken(call, grant, issued.claims);
      remember(entries, key, { token: issued.token, freshUntil: issued.endsAt - MARGIN_MS });
      return issued.token;
    } catch (error) {
      if (isRejection(error)) remember(rejections, key, { error, until: call.now().getTime() + REJECTION_MS });
      throw error;
    }
  };

  const obtain = async (call: LayerCall, principal: Principal): Promise<string> => {
    const plan = planOf(call, principal);
    const key = keyOf(call, plan);
    const now = call.now().getTime();
    const known = entries.get(key);
    if (known !== undefined && known.freshUntil > now) return known.token;
    const rejected = rejections.get(key);
    if (rejected !== undefined && rejected.until > now) throw rejected.error;
    const running = pending.get(key);
    // Of those who wait for the same token, one asks. When that one is given up, the next one asks for itself.
    if (running !== undefined) {
      const shared = await orAborted(running, call.signal).catch((error: unknown) => judgeShared(error, call.signal));
      if (shared !== null) return shared;
      return renew(call, plan, key);
    }
    const work = renew(call, plan, key).finally(() => pending.delete(key));
    pending.set(key, work);
    return work;
  };

  return {
    obtain,
    drop: (call, principal, token) => {
      const key = keyOf(call, planOf(call, principal));
      if (entries.get(key)?.token === token) entries.delete(key);
    },
    issue: async (call, customerId, custom) => {
      spend(call);
      const grant = await grantOf(planForCustomer(call, customerId), call.now(), custom);
      return { grant, issued: await requestToken(call, grant) };
    },
    clear: () => {
      for (const map of [entries, rejections, calls]) map.clear();
    },
  };
}

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

/** Null: what befell the one who asked says nothing about us. */
function judgeShared(error: unknown, signal: AbortSignal): null {
  if (!signal.aborted && error instanceof AdapterError && error.code === "STORE_UNAVAILABLE") return null;
  throw error;
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
