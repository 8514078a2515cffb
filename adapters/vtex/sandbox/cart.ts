import { randomUUID } from "node:crypto";
import type { Sku } from "./catalogue.js";

/** What a store keeps of one cart, plainly; `order-form.ts` decides what of it is shown. */
export interface Cart {
  readonly id: string;
  readonly salesChannel: string;
  items: CartItem[];
  ignoreProfileData: boolean;
  clientProfileData: ClientProfile | null;
  /** How often clientProfileData was attached: the second time empties a known shopper's. */
  profilesAttached: number;
  address: CartAddress | null;
  logisticsInfo: readonly Logistics[];
  clientPreferencesData: { readonly locale: string | null; readonly optinNewsLetter: boolean | null };
  marketingData: unknown;
  messages: Message[];
  /** What the ownership cookie has to be to see a cart unmasked; empty until someone filled in something. */
  ownership: string;
  /** The order group, once it was ordered. */
  orderGroup: string | null;
  /** The browsing session that it was made in. */
  readonly sessionId: string | null;
}
export interface CartItem {
  readonly id: string;
  readonly seller: string;
  quantity: number;
}
export type ClientProfile = Readonly<Record<string, string | boolean | null>> & { readonly email: string };
type CartAddress = Readonly<Record<string, unknown>>;
export interface Logistics {
  readonly itemIndex: number;
  readonly selectedSla?: string | null;
  readonly selectedDeliveryChannel?: string | null;
}
export interface Message {
  readonly code: string | null;
  readonly status: "error" | "warning" | "info";
  readonly text: string;
}

export function openCart(salesChannel: string, sessionId: string | null = null): Cart {
  return {
    id: randomUUID().replaceAll("-", ""),
    salesChannel,
    items: [],
    ...anonymousParts(),
    profilesAttached: 0,
    messages: [],
    orderGroup: null,
    sessionId,
  };
}

/** A cart as nobody's. */
function anonymousParts() {
  return {
    ignoreProfileData: false,
    clientProfileData: null,
    address: null,
    logisticsInfo: [],
    clientPreferencesData: { locale: "pt-BR", optinNewsLetter: null },
    marketingData: null,
    ownership: "",
  };
}

/** Takes out of a cart what belongs to a person; the items stay. */
export function scrub(cart: Cart): void {
  Object.assign(cart, anonymousParts(), { messages: [], profilesAttached: 0 });
}

const SHIPPING_CENTS = 1990;

export function shippingOf(cart: Cart): number {
  return cart.address !== null && cart.items.length > 0 ? SHIPPING_CENTS : 0;
}

export function itemsTotal(cart: Cart, catalogue: readonly Sku[]): number {
  return cart.items.reduce((sum, item) => sum + item.quantity * (skuOf(item, catalogue)?.price ?? 0), 0);
}

export function skuOf(item: { readonly id: string }, catalogue: readonly Sku[]): Sku | undefined {
  return catalogue.find(({ id }) => id === item.id);
}
