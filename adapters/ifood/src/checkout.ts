/**
 * iFood's checkout cannot be filled in for a shopper, and need not be: the account has the name, the phone and the addresses. What is
 * given is the address of one dish; what is proven is that the same account is logged in, with a delivery address of its own choice; what is
 * answered is where the shopper goes on, in a live view. An address is never chosen, typed or guessed for anyone.
 */
import {
  AdapterError,
  type Applied,
  type Cart,
  type CheckoutIdentity,
  expectAccount,
  type Page,
  type Readiness,
  readOffer,
  usePage,
  visit,
} from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { IfoodKept } from "./kept.js";
import { type Inside, lookAt, lookHere, type NoLogin, refusalOf } from "./sight.js";

export const checkoutIdentity: CheckoutIdentity<IfoodKept> = {
  /** The path is the restaurant's. */
  productQuery: ["item"],

  readiness: async (call, secret) => {
    if (secret === null) return blocked("LOGIN_REQUIRED", "The shopper has not connected an account.");
    try {
      expectAddress(
        expectAccount<Inside, NoLogin>(await usePage(call, (page) => lookAt(page, call)), secret, refusalOf),
      );
      return { kind: "ready" };
    } catch (error) {
      if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
      if (error.code === "STORE_UNAVAILABLE" || error.code === "ADDRESS_REQUIRED")
        return blocked(error.code, error.message);
      if (error.retry !== "after-shopper") throw error;
      return blocked("LOGIN_REQUIRED", error.message);
    }
  },

  apply: async (call, secret, _identity, cart) => {
    const dish = readDishUrl(cart);
    if (secret === null) throw new AdapterError("CHALLENGE_REQUIRED", "The shopper has to connect an account first.");
    return usePage(call, async (page) => {
      const { status } = await visit(page, dish.url);
      const inside = expectAddress(
        expectAccount<Inside, NoLogin>(await lookHere(page, call, status), secret, refusalOf),
      );
      // A page that knows the shopper is the store's own: not every 404 is.
      if (status !== 200) throw refuseCart("The store does not know this dish.");
      return describe(dish, await readDish(page), inside);
    });
  },

  /** Nothing was put anywhere. */
  abandon: async () => {},
};

const blocked = (code: Extract<Readiness, { kind: "blocked" }>["code"], why: string): Readiness => ({
  ...{ kind: "blocked", code, why },
});

function expectAddress(inside: Inside): Inside {
  if (inside.hasAddress) return inside;
  throw new AdapterError(
    "ADDRESS_REQUIRED",
    "The shopper is logged in and has not chosen a delivery address at iFood.",
  );
}

interface Dish {
  readonly id: string;
  readonly url: string;
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `https://www.ifood.com.br/delivery/<city>/<restaurant>/<uuid>?item=<uuid>`; what else it carries is dropped. */
function readDishUrl(cart: Cart): Dish {
  const url = cart.kind === "url" && URL.canParse(cart.url) ? new URL(cart.url) : null;
  if (url === null) throw refuseCart("iFood takes the address of one dish.");
  const { protocol, port, username, password, hostname, pathname, searchParams } = url;
  const isPlain = protocol === "https:" && `${port}${username}${password}` === "" && hostname === "www.ifood.com.br";
  const [, restaurant = ""] = /^\/delivery\/[a-z0-9-]{1,80}\/[a-z0-9-]{1,120}\/([0-9a-f-]{36})$/.exec(pathname) ?? [];
  const item = searchParams.get("item") ?? "";
  if (!isPlain || !UUID.test(restaurant) || !UUID.test(item))
    throw refuseCart("This is not the address of a dish at iFood.");
  return { id: `${restaurant}/${item}`, url: `https://${hostname}${pathname}?item=${item}` };
}

const refuseCart = (message: string): AdapterError =>
  new AdapterError("CART_INVALID", message, { fields: ["cart.url"] });

/** The page describes its dish for search engines, in schema.org's words. */
const offerSchema = z.object({ price: z.number().positive(), currency: z.literal("BRL"), availability: z.string() });
type Offer = z.output<typeof offerSchema>;

async function readDish(page: Page): Promise<Offer> {
  const offer = offerSchema.safeParse(await readOffer(page, ["MenuItem", "Product"]));
  if (!offer.success) throw new AdapterError("STORE_CHANGED", "The dish's page does not say what it costs.");
  if (!offer.data.availability.endsWith("/InStock")) throw refuseCart("The dish cannot be ordered at the moment.");
  return offer.data;
}

function describe({ id, url }: Dish, { price, currency }: Offer, { hasPhone }: Inside): Applied {
  return {
    cart: { id, url },
    total: { amountMinor: Math.round(price * 100), currency },
    fields: [],
    remarks: [
      { code: "DELIVERY_NOT_INCLUDED", severity: "info" },
      ...(hasPhone ? [] : [{ code: "PHONE_MISSING", severity: "warning" } as const]),
    ],
    handOff: { url },
  };
}
