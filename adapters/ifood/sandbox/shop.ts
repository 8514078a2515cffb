/** The shop behind the login: the front page with its address modal, dishes, the checkout. */
import { randomUUID } from "node:crypto";
import { type SandboxReply, setCookie } from "@shopkey/adapter-sdk/sandbox";
import { HOME, LOGIN } from "../src/places.js";
import { DISHES, dishUrl } from "./house.js";
import { redirect } from "./login.js";
import { escapeText, readForm, showPage, stateScript, type Visit } from "./view.js";

const REAIS = new Intl.NumberFormat("pt-BR", { style: "currency", currency: "BRL" });

export function showHome(visit: Visit): SandboxReply {
  const dishes = DISHES.map(
    (dish) => `<li><a href="${dishUrl(dish)}">${escapeText(dish.title)}</a> ${REAIS.format(dish.price)}</li>`,
  );
  const isAsked = visit.session !== null && visit.session.address === null;
  return showPage(visit, "Restaurantes", `<ul>${dishes.join("")}</ul>${isAsked ? addressModal(visit) : placeForm}`, {
    head: stateScript(visit),
  });
}

const placeForm = `<form method="post" action="/endereco"><input name="cep" aria-label="CEP" inputmode="numeric" placeholder="CEP"><button class="quiet">Buscar por CEP</button></form>`;

/** Stands in the way of everything until the shopper has chosen where it goes. */
function addressModal({ session }: Visit): string {
  const choices = (session?.shopper.addresses ?? []).map(
    ({ id, title }) =>
      `<button class="quiet btn-address__container" name="address" value="${id}">${escapeText(title)}</button>`,
  );
  return `<div class="modal" role="dialog" aria-modal="true" aria-label="Endereço"><div><h2>Onde você quer receber seu pedido?</h2>
<form method="post" action="/endereco">${choices.join("")}<input name="cep" aria-label="CEP" inputmode="numeric" placeholder="CEP"><input name="number" aria-label="Número" placeholder="Número"><button class="btn-address__container">Usar este CEP</button></form></div></div>`;
}

/** A postal code alone is a place and no address, for visitors and for those who are logged in; with a number it is one. */
export function choosePlace({ request, session }: Visit): SandboxReply {
  const given = readForm(request);
  const chosen = session?.shopper.addresses.find(({ id }) => id === given.get("address"));
  if (session !== null && chosen !== undefined) {
    session.address = chosen.id;
    return redirect(HOME);
  }
  if (session !== null && given.get("cep") && given.get("number")) session.address = randomUUID();
  const postalCode = (given.get("cep") ?? "").replaceAll(/\D/g, "").slice(0, 8);
  return redirect(HOME, postalCode === "" ? [] : [setCookie("cep", postalCode, { domain: ".ifood.com.br" })]);
}

export function showDish(visit: Visit): SandboxReply {
  const dish = DISHES.find(({ id }) => id === visit.request.url.searchParams.get("item"));
  if (dish === undefined)
    return showPage(visit, "Não encontramos esta página", "", { status: 404, head: stateScript(visit) });
  const offers = {
    ...{ "@type": "Offer", price: dish.price, priceCurrency: "BRL" },
    availability: `https://schema.org/${dish.open ? "InStock" : "OutOfStock"}`,
  };
  const described = JSON.stringify({ "@context": "https://schema.org", "@type": "MenuItem", name: dish.title, offers });
  const order = dish.open
    ? `<a class="button" href="/checkout?item=${dish.id}">Adicionar</a>`
    : `<p class="wrong">Restaurante fechado</p>`;
  return showPage(visit, dish.title, `<p>${REAIS.format(dish.price)}</p>${order}`, {
    head: `${stateScript(visit)}<script type="application/ld+json">${described}</script>`,
  });
}

/** The shopper finishes and pays here, in person. */
export function checkOut(visit: Visit, isPaid: boolean): SandboxReply {
  const { session, request, house } = visit;
  const dish = DISHES.find(({ id, open }) => open && id === request.url.searchParams.get("item"));
  if (session === null) return redirect(LOGIN);
  if (dish === undefined || session.address === null) return redirect(HOME);
  if (!isPaid)
    return showPage(
      visit,
      "Finalize seu pedido",
      `<p>${escapeText(dish.title)}</p><form method="post"><button>Fazer pedido</button></form>`,
    );
  house.orders.push({ shopper: session.shopper.uuid, item: dish.id });
  return showPage(visit, "Pedido realizado", "");
}

export function logOut({ session }: Visit): SandboxReply {
  if (session !== null) session.live = false;
  return redirect(HOME, [setCookie("ifd_session", "", { domain: ".ifood.com.br", maxAgeSeconds: 0 })]);
}
