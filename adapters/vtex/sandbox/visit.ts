/** What every checkout route needs: whose shop, which cart, who looks, and the cookies that go back. */
import { randomUUID } from "node:crypto";
import { json, readJson, type SandboxReply, type SandboxRequest, setCookie } from "@shopkey/adapter-sdk/sandbox";
import { type Account, type Accounts, addCart } from "./accounts.js";
import type { Cart, ClientProfile, Message } from "./cart.js";
import { showOrderForm, type Viewer } from "./order-form.js";
import type { Profile } from "./profiles.js";
import { refuse, textOf } from "./refusals.js";
import { findSession, placeOf, type StoreSession } from "./sessions.js";

export interface Visit {
  readonly request: SandboxRequest;
  readonly account: Account;
  readonly viewer: Viewer;
  /** The browsing session whose cookies came along. */
  readonly session: StoreSession | null;
}
/** `isOwner`: came with the cart's ownership cookie, or nobody owns it yet. */
export type CartVisit = Visit & { readonly cart: Cart; readonly isOwner: boolean };

export function openVisit(accounts: Accounts, request: SandboxRequest, now: number): Visit {
  const { switches, cookies } = request;
  const account = accounts.of(request.account);
  const session = findSession(account, request, now);
  const viewer = {
    ownership: cookies.CheckoutOrderFormOwnership ?? "",
    identityWall: switches.identityWall === true,
    maskFirstPurchaseData: switches.maskFirstPurchaseData === true,
    operatorEmail: switches.operatorEmail === true,
    isAs: placeOf(account, session)?.email.toLowerCase() ?? null,
    operator: session?.admin?.email ?? null,
  };
  return { request, account, viewer, session };
}

/** VTEX requires both headers on every call, GET included. */
export function lacksHeaders({ headers }: SandboxRequest): boolean {
  const asks = (name: string) => /application\/json/i.test(headers[name] ?? "");
  return !asks("accept") || !asks("content-type");
}

/** The cart of the browser (by cookie), or a new one. */
export function cartOfVisit({ request, account, session }: Visit): Cart {
  const known = account.carts.get((request.cookies["checkout.vtex.com"] ?? "").replace(/^__ofid=/, ""));
  const isNew = request.url.searchParams.get("forceNewCart") === "true" || known === undefined;
  if (!isNew) return known;
  const cart = addCart(account, request.url.searchParams.get("sc") ?? "1", session?.id ?? null);
  cart.clientProfileData = firstProfile(placeOf(account, session), session, request.switches.operatorInCart === true);
  return cart;
}

/**
 * Who a new cart says that buys: the customer in whose place an operator is. Known defects: the operator, once an order
 * was placed in that place, or (switch `operatorInCart`) in every new cart of theirs.
 */
function firstProfile(
  customer: Profile | null,
  session: StoreSession | null,
  isOperators: boolean,
): ClientProfile | null {
  const operator = session?.admin ?? null;
  if (operator !== null && (isOperators || session?.isDropped === true)) return { email: operator.email };
  if (customer === null) return null;
  const { addresses: _addresses, ...profile } = customer;
  return profile;
}

/** Runs a route that names a cart; one that no shop has is an invalid order form. */
export function withCart(visit: Visit, use: (visit: CartVisit) => SandboxReply): SandboxReply {
  const cart = visit.account.carts.get(visit.request.params.id ?? "");
  return cart === undefined ? refuse(400, "ORD002") : visitCart(visit, cart, use);
}

export function visitCart(visit: Visit, cart: Cart, use: (visit: CartVisit) => SandboxReply): SandboxReply {
  return use({ ...visit, cart, isOwner: cart.ownership === "" || visit.viewer.ownership === cart.ownership });
}

/** The same for a change, which an ordered cart refuses. */
export function withOpenCart(visit: Visit, use: (visit: CartVisit, body: Body) => SandboxReply): SandboxReply {
  return withCart(visit, (one) => {
    const body = readJson(one.request);
    if (one.cart.orderGroup !== null || !isBody(body)) return refuse(400, "ORD002");
    one.cart.messages = [];
    return use(one, body);
  });
}

export type Body = Readonly<Record<string, unknown>>;

export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A change by its owner rotates the ownership cookie. */
export function rotateOwnership({ cart, isOwner }: CartVisit): void {
  if (isOwner) cart.ownership = randomUUID().replaceAll("-", "");
}

/** 200 and the cart; `messageInside` hides a failure in it, as a code or without one. */
export function answerCart({ request, account, viewer, cart, isOwner }: CartVisit): SandboxReply {
  const { messageInside } = request.switches;
  const isChange = request.method !== "GET";
  if (isChange && messageInside !== undefined && messageInside !== false) {
    cart.messages.push(hiddenFailure(typeof messageInside === "string" ? messageInside : null));
  }
  const form = showOrderForm(cart, account, isOwner ? { ...viewer, ownership: cart.ownership } : viewer);
  // `oldMessage`: an error from before that VTEX goes on repeating, such as a coupon that has run out.
  const { oldMessage } = request.switches;
  const old: Message[] =
    typeof oldMessage === "string" ? [{ code: oldMessage, status: "error", text: textOf(oldMessage) }] : [];
  const body = { ...form, messages: [...old, ...form.messages] };
  return json(200, body, { cookies: cartCookies(cart, isOwner) });
}

function hiddenFailure(code: string | null): Message {
  return { code, status: "error", text: code === null ? "Ocorreu um erro inesperado" : textOf(code) };
}

export function cartCookies(cart: Cart, isOwner: boolean): string[] {
  const maxAgeSeconds = 180 * 24 * 60 * 60;
  const current = setCookie("checkout.vtex.com", `__ofid=${cart.id}`, { maxAgeSeconds });
  return isOwner ? [current, setCookie("CheckoutOrderFormOwnership", cart.ownership, { maxAgeSeconds })] : [current];
}
