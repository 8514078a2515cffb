/** `POST …/orderForm/{id}/items`: what cannot be sold is left out or marked, and told in a 200. */
import type { SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { type Cart, type Message, skuOf } from "./cart.js";
import type { Sku } from "./catalogue.js";
import { refuse, textOf } from "./refusals.js";
import { answerCart, type Body, type CartVisit, isBody } from "./visit.js";

interface WantedItem {
  readonly id: string;
  readonly quantity: number;
  readonly seller: string;
  readonly index: number;
}

export function addItems(visit: CartVisit, body: Body): SandboxReply {
  const { cart, account } = visit;
  // An address without a country went in without a word; from then on every change of the items fails.
  if (cart.address !== null && !cart.address.country) return refuse(400, "CHK0127");
  const wanted = readItems(body);
  if (typeof wanted === "string") return refuse(400, wanted);
  for (const item of wanted) {
    const message = addItem(cart, item, account.catalogue);
    if (message !== null) cart.messages.push(message);
  }
  return answerCart(visit);
}

/** The items, or the code of what is wrong with them. */
function readItems({ orderItems }: Body): readonly WantedItem[] | string {
  if (!Array.isArray(orderItems) || orderItems.length === 0) return "ORD005";
  const items: WantedItem[] = [];
  for (const item of orderItems) {
    if (!isBody(item) || typeof item.id !== "string" || item.id === "") return "ORD055";
    const { id, quantity, seller, index } = item;
    if (typeof quantity !== "number" || !Number.isInteger(quantity) || quantity < 1) return "CHK0023";
    if (typeof seller !== "string" || seller === "") return "CHK0024";
    if (typeof index !== "number") return "ORD058";
    if (items.some((other) => other.id === id && other.seller === seller)) return "ORD056";
    if (items.some((other) => other.index === index)) return "CHK0108";
    items.push({ id, quantity, seller, index });
  }
  return items;
}

function addItem(cart: Cart, { id, quantity, seller }: WantedItem, catalogue: readonly Sku[]): Message | null {
  const sku = skuOf({ id }, catalogue);
  if (sku === undefined || seller !== "1") return { code: "ORD027", status: "error", text: textOf("ORD027", id) };
  const held = cart.items.find((item) => item.id === id);
  if (held === undefined) cart.items.push({ id, seller, quantity });
  else held.quantity += quantity;
  const inCart = held?.quantity ?? quantity;
  return sku.stock < inCart ? { code: "withoutStock", status: "error", text: textOf("withoutStock", sku.name) } : null;
}
