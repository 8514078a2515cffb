/** How a cart is shown: to whoever may see it plainly, and masked to everyone else. */
import type { Account } from "./accounts.js";
import { type Cart, type CartItem, itemsTotal, shippingOf, skuOf } from "./cart.js";
import { mask } from "./mask.js";
import { completeProfile, isComplete, type Profile } from "./profiles.js";

export interface Viewer {
  /** The value of the `CheckoutOrderFormOwnership` cookie that came along. */
  readonly ownership: string;
  /** Switch: every e-mail is one that the store knows with a complete profile. */
  readonly identityWall: boolean;
  /** Switch: the store's setting that hides even a first purchase from whoever lacks the ownership cookie. */
  readonly maskFirstPurchaseData: boolean;
  /** Whose carts these are, by login or in a customer's place; lower-case. */
  readonly isAs: string | null;
  /** Who works here in somebody's place, or could. */
  readonly operator: string | null;
  /** Switch: the known defect that puts a telesales operator's e-mail into the cart. */
  readonly operatorEmail: boolean;
}

export function profileOf(account: Account, email: string, wall: boolean): Profile | undefined {
  const known = account.profiles.get(email.toLowerCase());
  return wall && !isComplete(known) ? completeProfile(email) : known;
}

/** The wall stands for a shopper with a complete profile, except for whoever is in that shopper's place. */
export function isWalled(cart: Cart, account: Account, viewer: Viewer): boolean {
  const email = cart.clientProfileData?.email;
  if (email !== undefined && [viewer.isAs, viewer.operator].includes(email.toLowerCase())) return false;
  return email !== undefined && isComplete(profileOf(account, email, viewer.identityWall));
}

export function showOrderForm(cart: Cart, account: Account, viewer: Viewer) {
  const walled = isWalled(cart, account, viewer);
  const hidden =
    walled || (viewer.maskFirstPurchaseData && cart.ownership !== "" && viewer.ownership !== cart.ownership);
  const value = itemsTotal(cart, account.catalogue) + shippingOf(cart);
  return {
    orderFormId: cart.id,
    salesChannel: cart.salesChannel,
    loggedIn: viewer.isAs !== null,
    isCheckedIn: false,
    storeId: null,
    allowManualPrice: false,
    canEditData: !walled,
    userProfileId: null,
    userType: viewer.operatorEmail || viewer.operator !== null ? "callCenterOperator" : null,
    ignoreProfileData: cart.ignoreProfileData,
    value,
    messages: cart.messages,
    items: cart.items.map((item, at) => showItem(item, at, account)),
    totalizers: [
      { id: "Items", name: "Total dos Itens", value: itemsTotal(cart, account.catalogue) },
      { id: "Shipping", name: "Total do Frete", value: shippingOf(cart) },
    ],
    shippingData: showShipping(cart, hidden),
    clientProfileData: showProfile(cart, account, viewer, walled, hidden),
    marketingData: cart.marketingData,
    sellers: [{ id: "1", name: account.name }],
    clientPreferencesData: cart.clientPreferencesData,
    storePreferencesData: { countryCode: "BRA", saveUserData: true, currencyCode: "BRL", currencySymbol: "R$" },
    ...(cart.orderGroup === null ? {} : { orderGroup: cart.orderGroup }),
  };
}

function showItem(item: CartItem, at: number, account: Account) {
  const sku = skuOf(item, account.catalogue);
  return {
    uniqueId: `${at}${item.id}`.padStart(32, "0"),
    id: item.id,
    productId: item.id,
    name: sku?.name ?? null,
    seller: item.seller,
    quantity: item.quantity,
    price: sku?.price ?? 0,
    sellingPrice: sku?.price ?? 0,
    availability: (sku?.stock ?? 0) >= item.quantity ? "available" : "withoutStock",
  };
}

/**
 * SmartCheckout: unless told to ignore it, a complete profile takes the place of what was sent. Whether `ignoreProfileData`
 * also lifts the wall is documented nowhere; here it does not.
 */
function showProfile(cart: Cart, account: Account, viewer: Viewer, walled: boolean, hidden: boolean) {
  const own = cart.clientProfileData;
  if (own === null) return viewer.operatorEmail ? { email: "operador@loja.example" } : null;
  if (viewer.operatorEmail) return { ...own, email: "operador@loja.example" };
  const { addresses, ...stored } = profileOf(account, own.email, viewer.identityWall) ?? { addresses: [] };
  const isEmptied = cart.profilesAttached > 1 && walled;
  const shown = isEmptied ? { email: own.email } : walled && !cart.ignoreProfileData ? { ...own, ...stored } : own;
  return hidden ? mask(shown) : shown;
}

function showShipping(cart: Cart, hidden: boolean) {
  if (cart.address === null && cart.logisticsInfo.length === 0) return null;
  const address = cart.address === null ? null : hidden ? mask(cart.address) : cart.address;
  const slas = [{ id: "Normal", name: "Normal", price: shippingOf(cart), shippingEstimate: "3bd" }];
  return {
    address,
    availableAddresses: address === null ? [] : [address],
    selectedAddresses: address === null ? [] : [address],
    logisticsInfo: cart.items.map((_, itemIndex) => {
      const asked = cart.logisticsInfo.find((info) => info.itemIndex === itemIndex);
      const sla = asked === undefined || address === null ? null : (asked.selectedSla ?? "Normal");
      return { itemIndex, selectedSla: sla, selectedDeliveryChannel: sla === null ? null : "delivery", slas };
    }),
  };
}
