/**
 * The corner shop's API in two halves that never mix: what we ask (pure builders) and what we understand (pure
 * readers). `ask`, at the end, is the only function here that speaks.
 */
import { AdapterError, type Call, type CartItem, type Identity } from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { CornerKept } from "./kept.js";

export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
}
export interface Reply {
  readonly status: number;
  /** Parsed JSON; null for an empty body. */
  readonly body: unknown;
}

// --- what we ask ----------------------------------------------------------------------------------------------------

export const loginRequest = (): Ask => ({ method: "POST", path: "/logins" });
export const loginAnswer = (login: string, card: string, pin: string): Ask => ({
  method: "POST",
  path: `/logins/${encodeURIComponent(login)}/answer`,
  body: { card, pin },
});
export const memberRequest = (token: string): Ask => ({ method: "GET", path: "/members/me", token });
export const memberFarewell = (token: string): Ask => ({ method: "DELETE", path: "/members/me", token });

export const basketRequest = (id: string): Ask => ({ method: "GET", path: basketPath(id) });
/** We choose the basket's id, so that asking twice makes one basket. */
export const basketFilling = (id: string, items: readonly CartItem[]): Ask => ({
  method: "PUT",
  path: basketPath(id),
  body: { items: items.map(({ id: sku, quantity }) => ({ sku, quantity })) },
});
/** Takes each declared field by its name: what was not declared cannot slip through. */
export const basketBuyer = (id: string, identity: Identity): Ask => ({
  method: "PUT",
  path: `${basketPath(id)}/buyer`,
  body: {
    name: `${identity["buyer.firstName"]} ${identity["buyer.lastName"]}`,
    email: identity["buyer.email"],
    ...(identity["buyer.phone"] === undefined ? {} : { phone: identity["buyer.phone"] }),
  },
});
export const basketRemoval = (id: string): Ask => ({ method: "DELETE", path: basketPath(id) });

export const forgetRequest = (reference: string, email: string): Ask => ({
  method: "PUT",
  path: forgetPath(reference),
  body: { email },
});
export const forgetQuestion = (reference: string): Ask => ({ method: "GET", path: forgetPath(reference) });
export const forgetCancel = (reference: string): Ask => ({ method: "DELETE", path: forgetPath(reference) });

export const seatRequest = (email: string, operator: string, reason: string): Ask => ({
  method: "POST",
  path: "/seats",
  body: { email, operator, reason },
});
export const seatQuestion = (token: string): Ask => ({ method: "GET", path: "/seats/me", token });
export const seatFarewell = (token: string): Ask => ({ method: "DELETE", path: "/seats/me", token });

const basketPath = (id: string): string => `/baskets/${encodeURIComponent(id)}`;
const forgetPath = (reference: string): string => `/forgets/${encodeURIComponent(reference)}`;

// --- what we understand ---------------------------------------------------------------------------------------------

const LOGIN = z.object({ login: z.string() });
const TOKEN = z.object({ token: z.string() });
const MEMBER = z.object({ id: z.string() });
const BASKET = z.object({
  id: z.string(),
  totalCents: z.int().nonnegative(),
  buyer: z.object({ name: z.string(), email: z.string(), phone: z.string().optional() }).nullable(),
});
const FORGET = z.object({ reference: z.string(), state: z.enum(["waiting", "working", "done", "cancelled"]) });
const SEAT = z.object({ token: z.string(), member: z.string(), endsAt: z.iso.datetime() });
const NO = z.object({ error: z.string() });

export type Basket = z.infer<typeof BASKET>;
export const readLogin = (reply: Reply) => understand(LOGIN, reply);
export const readToken = (reply: Reply) => understand(TOKEN, reply);
export const readMember = (reply: Reply) => understand(MEMBER, reply);
export const readBasket = (reply: Reply): Basket => understand(BASKET, reply);
export const readForget = (reply: Reply) => understand(FORGET, reply);
export const readSeat = (reply: Reply) => understand(SEAT, reply);
/** The shop's own word for its no (`wrong`, `gone`, `revoked`, …). */
export const readNo = (reply: Reply): string => understand(NO, reply, 499).error;

/** An answer that is not the one we know stops here, by name. What it held is told to nobody. */
function understand<T>(shape: z.ZodType<T>, reply: Reply, highest = 299): T {
  if (reply.status === 403) {
    throw new AdapterError("CREDENTIALS_REJECTED", "The shop does not accept its API key.");
  }
  const read = reply.status <= highest ? shape.safeParse(reply.body) : undefined;
  if (read?.success) return read.data;
  throw new AdapterError("STORE_CHANGED", `The shop answered ${reply.status} in a way that is not known.`);
}

// --- the line -------------------------------------------------------------------------------------------------------

/** Asks once. Throws STORE_UNAVAILABLE, RATE_LIMITED or STORE_CHANGED; every other status is for the reader. */
export async function ask(call: Call<CornerKept>, request: Ask): Promise<Reply> {
  const { shop } = call.store.settings;
  const response = await call.fetch(`https://${hostOf(shop)}${request.path}`, {
    method: request.method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${call.store.credentials?.key ?? ""}`,
      ...(request.token === undefined ? {} : { "x-member-token": request.token }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const { status } = response;
  call.log("asked", { method: request.method, status });
  const body = await readText(call, response);
  if (status === 429) throw new AdapterError("RATE_LIMITED", "The shop asks for patience.", retryAfter(response));
  if (status >= 500) throw new AdapterError("STORE_UNAVAILABLE", `The shop answered ${status}.`, retryAfter(response));
  return { status, body: parse(status, body) };
}

export const hostOf = (shop: string): string => `${shop}.corner.example`;

async function readText(call: Call<CornerKept>, response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    if (call.signal.aborted) throw cause;
    throw new AdapterError("STORE_UNAVAILABLE", "The shop's answer broke off.", { cause });
  }
}

function parse(status: number, body: string): unknown {
  try {
    return body === "" ? null : JSON.parse(body);
  } catch {
    throw new AdapterError("STORE_CHANGED", `The shop answered ${status} with something that is not JSON.`);
  }
}

/** `Retry-After` in seconds; the shop never sends a date. */
function retryAfter(response: Response): { retryAfterMs?: number } {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}
