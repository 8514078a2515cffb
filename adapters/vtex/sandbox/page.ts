/** A checkout page for people: what the link to a filled-in cart opens. */
import { empty, html, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { Account, Accounts } from "./accounts.js";
import { type Cart, itemsTotal, shippingOf, skuOf } from "./cart.js";

const REAIS = new Intl.NumberFormat("pt-BR", { style: "currency", currency: "BRL" });
const reais = (cents: number): string => REAIS.format(cents / 100);
const STYLE =
  "body{font:16px system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#222}table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.4rem;border-bottom:1px solid #ddd}td:last-child,th:last-child{text-align:right}.note{color:#666;font-size:.9rem}button{font:inherit;padding:.6rem 1.2rem}";

export function showPage(accounts: Accounts, cartId: string): SandboxReply {
  const found = accounts.find(cartId);
  const body = found === undefined ? "<h1>Carrinho vazio</h1>" : cartOf(found.account, found.cart);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Checkout (sandbox)</title><style>${STYLE}</style>`;
  return html(
    found === undefined ? 404 : 200,
    `<!doctype html><html lang="pt-BR"><head>${head}</head><body>${body}</body></html>`,
    {
      headers: {
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        "cache-control": "no-store",
      },
    },
  );
}

function cartOf(account: Account, cart: Cart): string {
  const rows = cart.items.map((item) => {
    const sku = skuOf(item, account.catalogue);
    return row([`${item.quantity} × ${sku?.name ?? item.id}`, reais(item.quantity * (sku?.price ?? 0))]);
  });
  const total = itemsTotal(cart, account.catalogue) + shippingOf(cart);
  return [
    `<h1>${escapeText(account.name)}</h1><p class="note">A sandbox store: nothing here is real, and nobody is charged.</p>`,
    `<table>${rows.join("")}${row(["Frete", reais(shippingOf(cart))])}${row(["Total", reais(total)])}</table>`,
    `<h2>Entrega</h2>${lines(personOf(cart))}${lines(addressOf(cart))}`,
    cart.orderGroup === null
      ? placeForm(cart)
      : `<p><strong>Pedido ${escapeText(cart.orderGroup)} realizado.</strong></p>`,
  ].join("");
}

function personOf({ clientProfileData: who }: Cart): unknown[] {
  return who === null ? ["Ninguém se identificou ainda."] : [`${who.firstName ?? ""} ${who.lastName ?? ""}`, who.email];
}

function addressOf({ address }: Cart): unknown[] {
  if (address === null) return ["Sem endereço."];
  const { street, number, complement, neighborhood, city, state, postalCode, receiverName } = address;
  return [
    receiverName,
    [street, number, complement].filter(Boolean).join(", "),
    neighborhood,
    `${city} ${state}`,
    postalCode,
  ];
}

function placeForm(cart: Cart): string {
  return `<form method="post" action="/_sandbox/carts/${cart.id}/place"><button>Finalizar compra</button></form>`;
}

const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join("")}</tr>`;
const lines = (texts: readonly unknown[]): string => `<p>${texts.filter(Boolean).map(escapeText).join("<br>")}</p>`;

function escapeText(value: unknown): string {
  return String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Back to the page, for whoever pressed the button. */
export function backToPage(cartId: string): SandboxReply {
  return empty(303, { headers: { location: `/checkout/?orderFormId=${cartId}` } });
}
