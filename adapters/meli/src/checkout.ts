/**
 * Mercado Livre's checkout cannot be filled in for a shopper, and need not be: the account has the name and the addresses.
 * What is given is one product's address; what is proven is that the same account is still logged in there; what is answered is where
 * the shopper goes on, in a live view. No address is chosen or typed for anyone.
 */
import {
  AdapterError,
  type Applied,
  type Cart,
  type CheckoutIdentity,
  expectAccount,
  type Page,
  readOffer,
  usePage,
  visit,
} from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { MeliKept } from "./kept.js";
import { lookAt, readHeader, refusalOf } from "./sight.js";
import { type Site, siteOf } from "./sites.js";

export const checkoutIdentity: CheckoutIdentity<MeliKept> = {
  readiness: async (call, secret) => {
    if (secret === null) return blocked("LOGIN_REQUIRED", "The shopper has not connected an account.");
    try {
      expectAccount(await usePage(call, (page) => lookAt(page, call)), secret, refusalOf);
      return { kind: "ready" };
    } catch (error) {
      if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
      if (error.code === "STORE_UNAVAILABLE") return blocked("STORE_UNAVAILABLE", error.message);
      if (error.retry !== "after-shopper") throw error;
      return blocked("LOGIN_REQUIRED", error.message);
    }
  },

  apply: async (call, secret, _identity, cart) => {
    const site = siteOf(call.store.settings.site);
    const product = readProductUrl(site, cart);
    if (secret === null) throw new AdapterError("CHALLENGE_REQUIRED", "The shopper has to connect an account first.");
    return usePage(call, async (page) => {
      expectAccount(await lookAt(page, call), secret, refusalOf);
      return describe(site, product, await readProduct(page, product));
    });
  },

  /** Nothing was put anywhere. */
  abandon: async () => {},
};

const blocked = (code: "LOGIN_REQUIRED" | "STORE_UNAVAILABLE", why: string) =>
  ({ kind: "blocked", code, why }) as const;

interface Product {
  /** `MLB1234567890` */
  readonly id: string;
  readonly url: string;
}

/** `https://produto.…/MLB-1234567890-a-name-_JM` or `https://www.…/a-name/p/MLB12345678`; what follows it is dropped. */
function readProductUrl(site: Site, cart: Cart): Product {
  const url = cart.kind === "url" && URL.canParse(cart.url) ? new URL(cart.url) : null;
  if (url === null) throw refuseCart("Mercado Livre takes the address of one product.");
  const isPlain = url.protocol === "https:" && url.port === "" && url.username === "" && url.password === "";
  const isHere = url.hostname === site.productHost || url.hostname === `www.${site.domain}`;
  const [, number] = /^\/(?:[^/]+\/)?(?:p\/)?([A-Z]{3}-?\d{5,20})(?:[-/][^/]*)?$/.exec(url.pathname) ?? [];
  if (!isPlain || !isHere || number === undefined || !number.startsWith(site.code)) {
    throw refuseCart("This is not the address of a product at this country's site.");
  }
  return { id: number.replace("-", ""), url: `https://${url.hostname}${url.pathname}` };
}

const refuseCart = (message: string): AdapterError =>
  new AdapterError("CART_INVALID", message, { fields: ["cart.url"] });

/** The page describes its product for search engines, in schema.org's words. */
const offerSchema = z.object({
  price: z.number().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  availability: z.string(),
});
type Offer = z.output<typeof offerSchema>;

async function readProduct(page: Page, { url }: Product): Promise<Offer> {
  const { status } = await visit(page, url);
  const { greets, asksLogin } = await readHeader(page);
  // A page with the store's header is its own: not every 404 is.
  if (status === 404 && (greets || asksLogin)) throw refuseCart("The store does not know this product.");
  if (status === 403) throw new AdapterError("REFUSED_BY_STORE", "The store does not show this product.");
  if (status !== 200 || (!greets && !asksLogin)) {
    throw new AdapterError("STORE_CHANGED", "The product's page is not the one that is known.");
  }
  if (!greets) {
    throw new AdapterError(
      "CHALLENGE_REQUIRED",
      "The product's page does not know the shopper; the store asks for a login.",
    );
  }
  const offer = offerSchema.safeParse(await readOffer(page, ["Product"]));
  if (!offer.success) throw new AdapterError("STORE_CHANGED", "The product's page does not say what it costs.");
  if (!offer.data.availability.endsWith("/InStock")) throw refuseCart("The product cannot be bought at the moment.");
  return offer.data;
}

function describe(site: Site, { id, url }: Product, { price, currency }: Offer): Applied {
  const digits =
    new Intl.NumberFormat(site.locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return {
    cart: { id, url },
    total: { amountMinor: Math.round(price * 10 ** digits), currency },
    fields: [],
    remarks: [{ code: "DELIVERY_NOT_INCLUDED", severity: "info" }],
    handOff: { url },
  };
}
