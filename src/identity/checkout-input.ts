import type { Cart, CartItem } from "@shopkey/adapter-sdk";
import type { Json } from "../data/index.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { ApplyCheckoutIdentityInput, CartInput } from "./inputs.js";
import { judgePurpose } from "./names.js";
import type { GivenFields } from "./profile-fields.js";
import { judgeFields } from "./profile-judge.js";

const MAX_ITEMS = 100;
const MAX_QUANTITY = 1_000;
/** A store's own id: opaque, kept in clear, so nothing that an e-mail address is made of. */
const STORE_ID = /^[\p{L}\p{N}._:/+=~-]{1,200}$/u;

/** What is to be filled in, judged. */
export interface CheckoutIntent {
  readonly cart: Cart;
  readonly overrides: GivenFields;
  readonly purpose: string | null;
}

/** Throws everything that is wrong with it at once. */
export function judgeCheckout(given: ApplyCheckoutIdentityInput): CheckoutIntent {
  const isOverridden = given.overrides !== undefined && given.overrides !== null;
  const { given: overrides, refusals } = isOverridden
    ? judgeFields(given.overrides, ["overrides"])
    : { given: {}, refusals: [] };
  const all = [...refusals];
  const cart = attempt(all, () => judgeCart(given.cart));
  const purpose = attempt(all, () => judgePurpose(given.purpose));
  if (all.length > 0 || cart === null) throw new Refusals(all);
  return { cart, overrides, purpose };
}

function attempt<T>(refusals: Refusal[], judge: () => T): T | null {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refusals.push(error);
    return null;
  }
}

const refuse = (path: readonly string[], message: string) =>
  new Refusal("INVALID", message, { field: ["cart", ...path] });

function judgeCart({ id, items, url }: CartInput): Cart {
  const given = [id, items, url].filter((part) => part !== undefined && part !== null);
  if (given.length !== 1) throw refuse([], "Give exactly one of id, items and url.");
  if (id !== undefined && id !== null) return { kind: "existing", id: judgeStoreId(id, ["id"]) };
  if (url !== undefined && url !== null) return { kind: "url", url: judgeProductUrl(url) };
  if (items === undefined || items === null || items.length === 0 || items.length > MAX_ITEMS)
    throw refuse(["items"], `Must be 1 to ${MAX_ITEMS} items.`);
  return {
    kind: "items",
    items: items.map(({ id, quantity, seller }, index): CartItem => {
      const at = ["items", String(index)];
      const judged = { id: judgeStoreId(id, [...at, "id"]), quantity: judgeQuantity(quantity ?? 1, at) };
      return seller === undefined || seller === null
        ? judged
        : { ...judged, seller: judgeStoreId(seller, [...at, "seller"]) };
    }),
  };
}

const MAX_URL = 2_000;

/** Whether it is the store's is the adapter's to judge. */
function judgeProductUrl(given: string): string {
  const url = typeof given === "string" && given.length <= MAX_URL ? URL.parse(given) : null;
  const isPlain = url !== null && url.protocol === "https:" && url.username === "" && url.password === "";
  if (!isPlain) throw refuse(["url"], "Must be the https address of a product, at most 2000 characters.");
  return `${url.origin}${url.pathname}${url.search}`;
}

/** What follows the path may say who clicked where: it is dropped, but for what says which product it is. */
export function withoutClicks(cart: Cart, productQuery: readonly string[]): Cart {
  if (cart.kind !== "url") return cart;
  const { origin, pathname, searchParams } = new URL(cart.url);
  const kept = new URLSearchParams([...searchParams].filter(([name]) => productQuery.includes(name)));
  return { kind: "url", url: `${origin}${pathname}${kept.size > 0 ? `?${kept}` : ""}` };
}

function judgeStoreId(id: unknown, path: readonly string[]): string {
  if (typeof id === "string" && STORE_ID.test(id)) return id;
  throw refuse(path, "Must be an id of the store's: 1 to 200 letters, digits and . _ : / + = ~ -");
}

function judgeQuantity(quantity: number, path: readonly string[]): number {
  if (Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY) return quantity;
  throw refuse([...path, "quantity"], `Must be 1 to ${MAX_QUANTITY}.`);
}

/** A cart as it is kept with its checkout; it holds no personal data. */
export const cartToJson = (cart: Cart): Json => cart as unknown as Json;
export const cartFromJson = (json: Json): Cart => json as unknown as Cart;
