import { randomBytes } from "node:crypto";
import type { SiteCode } from "../src/sites.js";

const DAY_MS = 86_400_000;
/** How long things last at the sandbox, in milliseconds. The store itself does not say how long a login lasts. */
export const LASTS = { session: 30 * DAY_MS, code: 600_000, ticket: 60_000 } as const;

export interface Shopper {
  readonly id: string;
  readonly login: string;
  readonly password: string;
  readonly name: string;
  readonly nickname: string;
}
/** Numbers beyond 32 bits, as the store's newer accounts have. */
export const SHOPPERS = {
  ana: { id: "21446690551", login: "ana@example.com", password: "sandbox-ana", name: "Ana", nickname: "ANALIMA88" },
  bruno: {
    id: "2988100217",
    login: "bruno@example.com",
    password: "sandbox-bruno",
    name: "Bruno",
    nickname: "BRU.RAMOS",
  },
} as const satisfies Record<string, Shopper>;

/** The second factors that a code answers; it is always the same one, for people who try. */
export const CODES = {
  sms: "246810",
  whatsapp: "135791",
  call: "864209",
  email: "112358",
  authenticator: "314159",
} as const;
export type CodeMethod = keyof typeof CODES;
/** The others: a camera that a hosted browser does not have, and the app on the shopper's own phone. */
export type Method = CodeMethod | "face" | "qr";

export interface Attempt {
  readonly id: string;
  readonly go: string;
  step: "user" | "password" | "methods" | "code" | "face" | "qr";
  shopper: Shopper | null;
  method: Method | null;
  codeSentAt: number;
  misses: number;
}
export interface Session {
  readonly shopper: Shopper;
  readonly endsAt: number;
  live: boolean;
}

/** One country site and all that it holds. */
export interface Market {
  readonly site: SiteCode;
  readonly attempts: Map<string, Attempt>;
  readonly sessions: Map<string, Session>;
  /** Carry a fresh session from the login's domain to the shop's and the wallet's. */
  readonly tickets: Map<string, { readonly session: string; readonly go: string; readonly endsAt: number }>;
  readonly orders: { readonly shopper: string; readonly item: string }[];
}

export const openMarket = (site: SiteCode): Market => ({
  ...{ site, attempts: new Map(), sessions: new Map(), tickets: new Map(), orders: [] },
});

export const opaque = (): string => randomBytes(16).toString("hex");

/** What the cookie of every session begins with: whoever looks for one where it should not be finds it by this. */
export const SESSION_MARK = "meli-sandbox-session-";

export function openSession(market: Market, shopper: Shopper, now: number, live = true): string {
  const token = `${SESSION_MARK}${opaque()}`;
  market.sessions.set(token, { shopper, endsAt: now + LASTS.session, live });
  return token;
}

/** Who a session belongs to, while the store honours it. */
export function honoured(market: Market, token: string | undefined, now: number): Shopper | null {
  const session = market.sessions.get(token ?? "");
  return session?.live && session.endsAt > now ? session.shopper : null;
}

/** "Close all sessions", on another device. */
export function endSessions(market: Market, login?: string): void {
  for (const session of market.sessions.values()) {
    if (login === undefined || session.shopper.login === login) session.live = false;
  }
}

/** The lens: who is logged in and who bought what, by nickname. No password, no code, no session. */
export const showMarket = ({ site, sessions, orders, attempts }: Market) => ({
  site,
  attempts: [...attempts.values()].map(({ step, method }) => ({ step, method })),
  sessions: [...sessions.values()].map(({ shopper, live }) => ({ shopper: shopper.nickname, live })),
  orders,
});
