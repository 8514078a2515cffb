import { createHash, createHmac, randomUUID } from "node:crypto";

interface Member {
  readonly id: string;
  readonly card: string;
  readonly pin: string;
  readonly email: string;
}
interface Login {
  readonly opensUntil: number;
  used: boolean;
}
export interface Token {
  readonly kind: "member" | "seat";
  readonly memberId: string;
  readonly endsAt: number;
  state: "live" | "revoked";
}
export interface Basket {
  readonly id: string;
  items: readonly { sku: string; quantity: number }[];
  buyer: { name: string; email: string; phone?: string } | null;
}
export interface Forget {
  readonly reference: string;
  readonly email: string;
  readonly askedAt: number;
  cancelled: boolean;
}

const MINUTE_MS = 60_000;
/** How long things last at the corner shop, in milliseconds. */
export const LASTS = {
  login: 10 * MINUTE_MS,
  token: 30 * 24 * 60 * MINUTE_MS,
  seat: 60 * MINUTE_MS,
  forgetWaits: 60 * MINUTE_MS,
  forgetTakes: 24 * 60 * MINUTE_MS,
} as const;

/** In cents. */
export const PRICES: Readonly<Record<string, number>> = { coffee: 1890, bread: 750, milk: 599 };

/** One shop and all that it holds. */
export interface Shop {
  readonly name: string;
  readonly key: string;
  readonly hookKey: string;
  readonly members: Map<string, Member>;
  readonly logins: Map<string, Login>;
  readonly tokens: Map<string, Token>;
  readonly baskets: Map<string, Basket>;
  readonly forgets: Map<string, Forget>;
}

/** A new shop with two members. Its keys follow from its name, so that anyone can set it up. */
export function openShop(name: string): Shop {
  const members: Member[] = [
    { id: "m-1", card: "1000200030", pin: "2468", email: "ana@example.com" },
    { id: "m-2", card: "1000200031", pin: "1357", email: "bruno@example.com" },
  ];
  return {
    ...{ name, key: `key-of-${name}`, hookKey: `hooks-of-${name}` },
    members: new Map(members.map((member) => [member.id, member])),
    ...{ logins: new Map(), tokens: new Map(), baskets: new Map(), forgets: new Map() },
  };
}

export function issueToken(shop: Shop, kind: Token["kind"], memberId: string, now: number): string {
  const token = `${kind}-${randomUUID()}`;
  const endsAt = now + (kind === "member" ? LASTS.token : LASTS.seat);
  shop.tokens.set(token, { kind, memberId, endsAt, state: "live" });
  return token;
}

/** What is wrong with a token, in the shop's own word; null when it is good. */
export function tokenFault(shop: Shop, kind: Token["kind"], name: string | undefined, now: number): string | null {
  const token = shop.tokens.get(name ?? "");
  if (token === undefined || token.kind !== kind || token.state === "revoked") return "revoked";
  return token.endsAt <= now ? "expired" : null;
}

/** Where a request to be forgotten stands; once it is done, nothing of the person is left. */
export function settleForget(shop: Shop, forget: Forget, now: number): "waiting" | "working" | "done" | "cancelled" {
  if (forget.cancelled) return "cancelled";
  const age = now - forget.askedAt;
  if (age < LASTS.forgetTakes) return age < LASTS.forgetWaits ? "waiting" : "working";
  for (const member of shop.members.values()) {
    if (digest(member.email) === forget.email) shop.members.delete(member.id);
  }
  for (const basket of shop.baskets.values()) {
    if (basket.buyer !== null && digest(basket.buyer.email) === forget.email) basket.buyer = null;
  }
  return "done";
}

/** A request to be forgotten keeps no address, only what tells whether one is meant. */
export const digest = (email: string): string => createHash("sha256").update(email).digest("hex");

/** A webhook as the shop sends it. */
export function signHook(shop: Shop, body: string, now: Date): { headers: Record<string, string>; body: string } {
  const seconds = Math.floor(now.getTime() / 1000);
  const signature = createHmac("sha256", shop.hookKey).update(`${seconds}.${body}`).digest("hex");
  return { headers: { "content-type": "application/json", "x-corner-signature": `${seconds}.${signature}` }, body };
}
