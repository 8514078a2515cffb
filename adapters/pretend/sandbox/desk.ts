import { randomUUID } from "node:crypto";
import {
  empty,
  json,
  readJson,
  routeTable,
  type SandboxHandler,
  type SandboxReply,
  type SandboxRequest,
} from "@shopkey/adapter-sdk/sandbox";
import { z } from "zod";
import { type Basket, digest, issueToken, LASTS, PRICES, type Shop, settleForget, tokenFault } from "./shop.js";

const ANSWER = z.object({ card: z.string(), pin: z.string() });
const ITEMS = z.object({ items: z.array(z.object({ sku: z.string(), quantity: z.int().positive() })).min(1) });
const BUYER = z.object({ name: z.string(), email: z.email(), phone: z.string().optional() });
const EMAIL = z.object({ email: z.email() });
const SEAT = z.object({ email: z.string(), operator: z.string(), reason: z.string() });

/** What the shop answers, to those who hold its key. */
export function openDesk(shopOf: (name: string) => Shop, now: () => number): SandboxHandler {
  type Serve = (shop: Shop, request: SandboxRequest, id: string) => SandboxReply;
  const withKey =
    (serve: Serve): SandboxHandler =>
    (request) => {
      const shop = shopOf(request.account);
      if (request.headers.authorization !== `Bearer ${shop.key}`) return json(403, { error: "key" });
      return serve(shop, request, request.params.id ?? "");
    };
  const withToken = (kind: "member" | "seat", serve: (shop: Shop, token: string) => SandboxReply) =>
    withKey((shop, request) => {
      const token = request.headers["x-member-token"] ?? "";
      const fault = tokenFault(shop, kind, token, now());
      return fault === null ? serve(shop, token) : json(401, { error: fault });
    });
  const whoIs = (shop: Shop, token: string) => json(200, { id: shop.tokens.get(token)?.memberId });
  const end = (shop: Shop, token: string) => {
    shop.tokens.delete(token);
    return empty(204);
  };
  return routeTable({
    "POST /logins": withKey((shop) => openLogin(shop, now())),
    "POST /logins/:id/answer": withKey((shop, request, id) => answerLogin(shop, request, id, now())),
    "GET /members/me": withToken("member", whoIs),
    "DELETE /members/me": withToken("member", end),
    "PUT /baskets/:id": withKey(fillBasket),
    "PUT /baskets/:id/buyer": withKey(setBuyer),
    "GET /baskets/:id": withKey((shop, _request, id) => showBasket(shop.baskets.get(id))),
    "DELETE /baskets/:id": withKey((shop, _request, id) => (shop.baskets.delete(id) ? empty(204) : unknown())),
    "PUT /forgets/:id": withKey((shop, request, id) => askForget(shop, request, id, now())),
    "GET /forgets/:id": withKey((shop, _request, id) => showForget(shop, id, now())),
    "DELETE /forgets/:id": withKey((shop, _request, id) => cancelForget(shop, id, now())),
    "POST /seats": withKey((shop, request) => openSeat(shop, request, now())),
    "GET /seats/me": withToken("seat", whoIs),
    "DELETE /seats/me": withToken("seat", end),
  });
}

const unknown = () => json(404, { error: "unknown" });
const unreadable = () => json(400, { error: "unreadable" });

function openLogin(shop: Shop, now: number): SandboxReply {
  const login = randomUUID();
  shop.logins.set(login, { opensUntil: now + LASTS.login, used: false });
  return json(201, { login });
}

/** Switch `stillborn`: the answer is accepted, and the login it gives does not work. */
function answerLogin(shop: Shop, request: SandboxRequest, id: string, now: number): SandboxReply {
  const answer = ANSWER.safeParse(readJson(request)).data;
  const login = shop.logins.get(id);
  if (answer === undefined) return unreadable();
  if (login === undefined || login.used || login.opensUntil <= now) return json(410, { error: "gone" });
  const member = [...shop.members.values()].find(({ card, pin }) => card === answer.card && pin === answer.pin);
  if (member === undefined) return json(422, { error: "wrong" });
  login.used = true;
  const token = issueToken(shop, "member", member.id, now);
  if (request.switches.stillborn === true) shop.tokens.delete(token);
  return json(200, { token });
}

function fillBasket(shop: Shop, request: SandboxRequest, id: string): SandboxReply {
  const order = ITEMS.safeParse(readJson(request)).data;
  if (order === undefined) return unreadable();
  if (order.items.some(({ sku }) => !Object.hasOwn(PRICES, sku))) return json(422, { error: "unknown item" });
  const basket: Basket = { id, items: order.items, buyer: shop.baskets.get(id)?.buyer ?? null };
  shop.baskets.set(id, basket);
  return showBasket(basket);
}

function setBuyer(shop: Shop, request: SandboxRequest, id: string): SandboxReply {
  const buyer = BUYER.safeParse(readJson(request)).data;
  const basket = shop.baskets.get(id);
  if (buyer === undefined) return unreadable();
  if (basket === undefined) return unknown();
  basket.buyer = buyer;
  return showBasket(basket);
}

function showBasket(basket: Basket | undefined): SandboxReply {
  if (basket === undefined) return unknown();
  const totalCents = basket.items.reduce((sum, { sku, quantity }) => sum + (PRICES[sku] ?? 0) * quantity, 0);
  return json(200, { ...basket, totalCents });
}

function askForget(shop: Shop, request: SandboxRequest, id: string, now: number): SandboxReply {
  const asked = EMAIL.safeParse(readJson(request)).data;
  if (asked === undefined) return unreadable();
  if (!shop.forgets.has(id)) {
    shop.forgets.set(id, { reference: id, email: digest(asked.email), askedAt: now, cancelled: false });
  }
  return showForget(shop, id, now);
}

function showForget(shop: Shop, id: string, now: number): SandboxReply {
  const forget = shop.forgets.get(id);
  return forget === undefined ? unknown() : json(200, { reference: id, state: settleForget(shop, forget, now) });
}

function cancelForget(shop: Shop, id: string, now: number): SandboxReply {
  const forget = shop.forgets.get(id);
  if (forget === undefined) return unknown();
  const state = settleForget(shop, forget, now);
  if (state === "working" || state === "done") return json(409, { error: "too late" });
  forget.cancelled = true;
  return showForget(shop, id, now);
}

function openSeat(shop: Shop, request: SandboxRequest, now: number): SandboxReply {
  const asked = SEAT.safeParse(readJson(request)).data;
  if (asked === undefined) return unreadable();
  const member = [...shop.members.values()].find(({ email }) => email === asked.email);
  if (member === undefined) return unknown();
  const token = issueToken(shop, "seat", member.id, now);
  return json(201, { token, member: member.id, endsAt: new Date(now + LASTS.seat).toISOString() });
}
