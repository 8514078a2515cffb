import { randomUUID } from "node:crypto";

const DAY_MS = 86_400_000;
/** How long things last at the sandbox, in milliseconds. The store itself does not say how long a login lasts. */
export const LASTS = { session: 30 * DAY_MS, code: 300_000 } as const;
/** The same every time, for people who try. */
export const CODES = { whatsapp: "246810", sms: "135791", email: "112358" } as const;
export type Channel = keyof typeof CODES;

export interface Shopper {
  readonly uuid: string;
  readonly name: string;
  readonly email: string;
  /** As typed without the country's code; null for an account without one. */
  readonly phone: string | null;
  readonly addresses: readonly { readonly id: string; readonly title: string }[];
}
export const SHOPPERS = {
  ana: {
    uuid: "6f1c0f3e-0d7c-4a6e-9a53-1f3b2d5c7a01",
    name: "Ana Lima",
    email: "ana@example.com",
    phone: "11999990001",
    addresses: [{ id: "0b7d2c66-52a1-4e0e-8a0e-7a0a5be6c001", title: "Casa" }],
  },
  bruno: {
    uuid: "6f1c0f3e-0d7c-4a6e-9a53-1f3b2d5c7a02",
    name: "Bruno Ramos",
    email: "bruno@example.com",
    phone: null,
    addresses: [],
  },
} as const satisfies Record<string, Shopper>;

export interface Attempt {
  readonly shopper: Shopper | null;
  channel: Channel;
  sentAt: number;
}
export interface Session {
  readonly shopper: Shopper;
  readonly endsAt: number;
  address: string | null;
  live: boolean;
  /** How often the API still answers that nobody is there: the login is completing. */
  refusalsLeft: number;
}

/** iFood and all that it holds. */
export interface House {
  readonly attempts: Map<string, Attempt>;
  readonly sessions: Map<string, Session>;
  readonly orders: { readonly shopper: string; readonly item: string }[];
}
export const openHouse = (): House => ({ attempts: new Map(), sessions: new Map(), orders: [] });

/** What the cookie of every session begins with: whoever looks for one where it should not be finds it by this. */
export const SESSION_MARK = "ifood-sandbox-session-";

export function openSession(
  house: House,
  shopper: Shopper,
  now: number,
  { live = true, refusalsLeft = 0 }: Partial<Pick<Session, "live" | "refusalsLeft">> = {},
): string {
  const token = `${SESSION_MARK}${randomUUID()}`;
  house.sessions.set(token, { shopper, endsAt: now + LASTS.session, address: null, live, refusalsLeft });
  return token;
}

/** The session that a token opens, while the store honours it. */
export function honoured(house: House, token: string | undefined, now: number): Session | null {
  const session = house.sessions.get(token ?? "");
  return session?.live && session.endsAt > now && session.refusalsLeft === 0 ? session : null;
}

/** The API was asked for a session that it does not honour: one that is completing comes nearer to its end. */
export function refuse(house: House, token: string | undefined): void {
  const session = house.sessions.get(token ?? "");
  if (session !== undefined && session.refusalsLeft > 0) session.refusalsLeft -= 1;
}

/** "Disconnect" under Connected Devices, on another device. */
export function endSessions(house: House): void {
  for (const session of house.sessions.values()) session.live = false;
}

/** The lens: who is logged in and who ordered what. No code, no session, no address. */
export const showHouse = ({ sessions, orders, attempts }: House) => ({
  attempts: [...attempts.values()].map(({ channel }) => ({ channel })),
  sessions: [...sessions.values()].map(({ shopper, live, address }) => ({
    ...{ shopper: shopper.uuid, live, hasAddress: address !== null },
  })),
  orders,
});

export interface Dish {
  readonly id: string;
  readonly title: string;
  readonly price: number;
  readonly open: boolean;
}
const RESTAURANT = "b8a3f0f2-3a5b-4e8f-9c3b-0d8f4c1e2a10";
export const DISHES: readonly Dish[] = [
  { id: "c1a3f0f2-3a5b-4e8f-9c3b-0d8f4c1e2a11", title: "Feijoada completa", price: 42.9, open: true },
  { id: "c1a3f0f2-3a5b-4e8f-9c3b-0d8f4c1e2a12", title: "Moqueca de caju", price: 38, open: false },
];
export const dishUrl = ({ id }: Pick<Dish, "id">): string =>
  `https://www.ifood.com.br/delivery/sao-paulo-sp/cozinha-da-vila/${RESTAURANT}?item=${id}`;
