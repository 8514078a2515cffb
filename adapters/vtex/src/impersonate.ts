/**
 * A telesales operator in a customer's place, by VTEX's Session Manager. HTTP 200 proves nothing here: what counts is the
 * session, read back, and the e-mail address in a cart that is made in it. The order of things is VTEX's own storefront's.
 */
import {
  AdapterError,
  type Farewell,
  type Impersonate,
  type Impersonation,
  type ImpersonationCall,
  type ImpersonationHealth,
} from "@shopkey/adapter-sdk";
import { type Answer, readOrderForm } from "./answers.js";
import { getCart, newCart } from "./api.js";
import { errorOfAnswer, refuse } from "./errors.js";
import { CookieJar } from "./jar.js";
import { type Line, openLine } from "./line.js";
import { login } from "./login.js";
import { claimIn, type Denied, deny, endOfToken, proveOperator } from "./operator.js";
import { mendCart } from "./seat.js";
import * as api from "./session-api.js";
import { isSameEmail, type Place, readPlace } from "./session-api.js";
import type { Seat, VtexKept } from "./settings.js";

type SeatCall = ImpersonationCall<VtexKept>;

export const impersonate: Impersonate<VtexKept> = {
  start: async (call, { customer, operator }) => {
    const email = customer["buyer.email"];
    if (email === undefined || !isCookieSafe(email)) {
      return deny(
        "CUSTOMER_UNKNOWN",
        "The store finds a customer by an e-mail address, and this is none that it takes.",
      );
    }
    const proven = await proveOperator(call, operator.token);
    if (proven.kind === "denied") return proven;
    if (isSameEmail(proven.email, email)) {
      return deny(
        "CUSTOMER_IS_OPERATOR",
        "The operator cannot stand in for themselves: the store could not tell the two apart.",
      );
    }
    const jar = new CookieJar();
    await openLine(call, jar).ask(api.createSession());
    jar.put("VtexIdclientAutCookie", proven.token);
    jar.put(`VtexIdclientAutCookie_${call.store.settings.account}`, proven.token);
    const seat: Seat = { customerEmail: email, operatorEmail: proven.email, cookies: [], cartId: null };
    return takeSeat(call, jar, seat, proven.endsAt);
  },

  check: async (call, secret) => {
    try {
      return await checkSeat(call, seatOf(secret));
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      return { kind: "inconclusive", why: error.message };
    }
  },

  renew: async (call, secret) => {
    const seat = seatOf(secret);
    const jar = new CookieJar(seat.cookies);
    if (!(await giveUp(call, jar, seat)))
      throw refuse("REFUSED_BY_STORE", "The store did not let go of the place first.");
    return takeSeat(call, jar, seat, endOfToken(cookieIn(jar, "VtexIdclientAutCookie")));
  },

  stop: async (call, secret) => {
    const seat = seatOf(secret);
    return endSeat(call, new CookieJar(seat.cookies), seat);
  },

  login,
};

/** The seat in a secret; a guest's secret has none, and is never handed to these functions. */
function seatOf(secret: VtexKept["secret"]): Seat {
  if ("seat" in secret) return secret.seat;
  throw new Error("this secret is no impersonation's");
}

/** Goes into a `Cookie` header as it is, so nothing that ends a cookie or the header. */
const isCookieSafe = (text: string): boolean =>
  /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{3,254}$/.test(text) && text.includes("@");

const cookieIn = (jar: CookieJar, wanted: string): string => jar.kept().find(([name]) => name === wanted)?.[1] ?? "";

/** Asks for the place, reads back whether it was given, and tries it on a cart. A denial leaves nothing behind. */
async function takeSeat(
  call: SeatCall,
  jar: CookieJar,
  seat: Seat,
  endsAt: Date | null,
): Promise<Impersonation<VtexKept>> {
  const line = openLine(call, jar);
  const keep = (cartId: string | null) => call.keep({ seat: withCookies({ ...seat, cartId }, jar) });
  // From here on the store could act on it: whoever finds this kept can end it.
  await keep(null);
  await line.ask(api.impersonate(seat.customerEmail));
  await keep(null);
  jar.put(api.IMPERSONATED_COOKIE, seat.customerEmail);
  const place = await readTwice(line, (read) => judgePlace(read, seat) === null);
  const denied = judgePlace(place, seat) ?? (await mendFirstCart(call, line, seat));
  if (denied.kind === "denied") {
    const { storeAgreed } = await endSeat(call, jar, seat);
    if (storeAgreed) return denied;
    throw refuse("REFUSED_BY_STORE", `${denied.why} The store did not take back what was begun.`);
  }
  await keep(denied.cartId);
  return {
    kind: "active",
    secret: { seat: withCookies({ ...seat, cartId: denied.cartId }, jar) },
    storeUserId: place.storeUserId ?? "",
    expiresAt: endsAt,
    ...(place.account === null ? {} : { account: place.account }),
  };
}

const withCookies = (seat: Seat, jar: CookieJar): Seat => ({
  ...seat,
  cookies: jar.kept().map(([name, value]): [string, string] => [name, value]),
});

/** VTEX is known to show a profile, and the end of a place, at the second look only. */
async function readTwice(line: Line, isSettled: (place: Place) => boolean): Promise<Place> {
  const first = readPlace(await line.ask(api.getSession()));
  return isSettled(first) ? first : readPlace(await line.ask(api.getSession()));
}

/** Null when the operator is in the customer's place. */
function judgePlace(place: Place, seat: Seat): Denied | null {
  if (!isSameEmail(place.adminEmail, seat.operatorEmail)) {
    return deny("OPERATOR_REJECTED", "The store's session does not know the operator's login.");
  }
  if (!place.hasApp) return deny("APP_MISSING", "The store has not installed the app `vtex.impersonate-session`.");
  if (!place.canImpersonate) {
    return deny(
      "ROLE_MISSING",
      "The operator may not impersonate: VTEX wants the telesales role, and no other role beside it.",
    );
  }
  if (place.storeUserId === null)
    return deny("CUSTOMER_UNKNOWN", "The store knows no customer with this e-mail address.");
  if (!isSameEmail(place.storeUserEmail, seat.customerEmail)) {
    return deny("CUSTOMER_NOT_LOADED", "The store put the operator in another customer's place.");
  }
  if (!place.isAuthenticated) {
    return deny("CUSTOMER_NOT_LOADED", "The store answered, but did not load this customer's profile.");
  }
  return null;
}

/** A cart made in this place has to be the customer's; VTEX is known to put the operator's address in. */
async function mendFirstCart(
  call: SeatCall,
  line: Line,
  seat: Seat,
): Promise<Denied | { readonly kind: "mended"; readonly cartId: string }> {
  const opened = readOrderForm(await line.ask(newCart(call.store.settings)));
  const form = await mendCart(line, opened, seat.customerEmail);
  if (isSameEmail(form.profile?.email, seat.customerEmail) && form.canEdit) return { kind: "mended", cartId: form.id };
  return deny("CUSTOMER_NOT_LOADED", "The store's cart keeps another e-mail address than the customer's.");
}

async function checkSeat(call: SeatCall, seat: Seat): Promise<ImpersonationHealth> {
  const line = openLine(call, new CookieJar(seat.cookies));
  const answer = await line.tell(api.getSession());
  if (isUnknown(answer)) return { kind: "expired" };
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
  const first = readPlace(answer.json);
  if (!isSameEmail(first.adminEmail, seat.operatorEmail)) return { kind: "expired" };
  const place = judgePlace(first, seat) === null ? first : readPlace(await line.ask(api.getSession()));
  const lost = judgePlace(place, seat);
  if (lost !== null) return { kind: "lost", why: lost.why };
  if (seat.cartId === null) return { kind: "live" };
  const cart = readOrderForm(await line.ask(getCart(seat.cartId)));
  if (cart.ordered === null) return { kind: "live" };
  return { kind: "lost", why: "An order was placed; VTEX drops the impersonation with it." };
}

/** Refused as the bearer of no session that the store knows. */
const isUnknown = ({ status, html }: Answer): boolean => [401, 403, 404].includes(status) && !html;

/** An empty address, a cart that is not the customer's, and the cookie gone; then the session is looked at again. */
async function giveUp(call: SeatCall, jar: CookieJar, seat: Seat): Promise<boolean> {
  const line = openLine(call, jar);
  const sessionId = sessionIdIn(jar);
  jar.drop(api.IMPERSONATED_COOKIE);
  const answer = await line.tell(api.impersonate(""));
  // The session's own cookies do without the operator's login, which may have run out.
  if (isUnknown(answer)) return isNobodys(line, jar);
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
  // Another session than the one that was meant, made new for cookies that VTEX did not know, proves nothing.
  if (sessionIdIn(jar) !== sessionId) return false;
  await call.keep({ seat: withCookies({ ...seat, cartId: null }, jar) });
  await line.ask(newCart(call.store.settings));
  return (await readTwice(line, (place) => place.storeUserId === null)).storeUserId === null;
}

async function isNobodys(line: Line, jar: CookieJar): Promise<boolean> {
  for (const [name] of jar.kept()) if (name.startsWith("VtexIdclientAutCookie")) jar.drop(name);
  await line.tell(api.impersonate(""));
  const read = await line.tell(api.getSession());
  return isUnknown(read) || (read.status === 200 && readPlace(read.json).storeUserId === null);
}

/** The session that the cookie's token (a JWT) is of; null when it cannot be read. */
const sessionIdIn = (jar: CookieJar): unknown => claimIn(cookieIn(jar, "vtex_session"), "id");

async function endSeat(call: SeatCall, jar: CookieJar, seat: Seat): Promise<Farewell> {
  if (await giveUp(call, jar, seat)) return { storeAgreed: true, note: "The store's session is nobody's again." };
  return {
    storeAgreed: false,
    note: "The store answers, and does not say that the operator is out of the customer's place. Log the operator out in the VTEX Admin.",
  };
}
