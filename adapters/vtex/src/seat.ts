/** A cart in a customer's place: whose e-mail address it carries decides whether the place is still there. */
import { AdapterError, type Call } from "@shopkey/adapter-sdk";
import { isMasked, type OrderForm, readOrderForm } from "./answers.js";
import { getCart, mendProfile } from "./api.js";
import { refuse } from "./errors.js";
import { CookieJar } from "./jar.js";
import { type Line, openLine } from "./line.js";
import * as api from "./session-api.js";
import { isSameEmail, readPlace } from "./session-api.js";
import type { Seat, VtexKept } from "./settings.js";

/** The seat of a checkout that is filled in under an impersonation; null for a guest's. */
export const seatIn = (secret: VtexKept["secret"] | null): Seat | null =>
  secret !== null && "seat" in secret ? secret.seat : null;

/** What VTEX's storefront does: the cart's own profile once more, with the customer's address. A mask is never written back. */
export async function mendCart(line: Line, form: OrderForm, email: string): Promise<OrderForm> {
  if (isSameEmail(form.profile?.email, email)) return form;
  const known = form.profile === null || isMasked(form.profile) ? {} : form.profile;
  return readOrderForm(await line.ask(mendProfile(form.id, { ...known, email })));
}

const lost = (why: string) => refuse("IMPERSONATION_LOST", why, ["buyer.email"]);

/** The jar of a seat that still is one. Throws IMPERSONATION_LOST. */
export async function takeSeat(call: Call<VtexKept>, seat: Seat, email: string | undefined): Promise<CookieJar> {
  if (!isSameEmail(email, seat.customerEmail))
    throw lost("The impersonation is of another customer than the checkout's.");
  const jar = new CookieJar(seat.cookies);
  const answer = await openLine(call, jar).tell(api.getSession());
  if ([401, 403, 404].includes(answer.status) && !answer.html) throw lost("The store's session has run out.");
  const place = readPlace(answer.json);
  if (place.storeUserId === null || !place.canImpersonate || !isSameEmail(place.storeUserEmail, seat.customerEmail)) {
    throw lost("The store's session no longer has the operator in the customer's place.");
  }
  await refuseOrdered(call, seat, jar);
  return jar;
}

/** VTEX drops the place with an order, and its session does not say so: the cart that was ordered does. */
async function refuseOrdered(call: Call<VtexKept>, { cartId }: Seat, jar: CookieJar): Promise<void> {
  // The very checkout that is taken up again may have been paid in the meantime.
  if (cartId === null || cartId === call.resume) return;
  const form = readOrderForm(await openLine(call, jar).ask(getCart(cartId)));
  if (form.ordered !== null) throw lost("An order was placed, and VTEX drops the impersonation with it.");
}

/** Keeps the cookies as they are now, and which cart was made last: by its order VTEX drops the place. */
export async function keepSeat(call: Call<VtexKept>, seat: Seat, jar: CookieJar, cartId: string): Promise<void> {
  const cookies = jar.kept().map(([name, value]): [string, string] => [name, value]);
  await call.keep?.({ seat: { ...seat, cookies, cartId } });
}

/** Under an impersonation a masked cart, or one of somebody else, means that the place is not there any more. */
export async function inSeat<T>(seat: Seat | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (seat === null || !(error instanceof AdapterError)) throw error;
    const isOthers = error.code === "REFUSED_BY_STORE" && error.fields.includes("buyer.email");
    if (error.code !== "CHALLENGE_REQUIRED" && !isOthers) throw error;
    throw lost("The store's cart is not the customer's: it no longer takes the operator for them.");
  }
}
