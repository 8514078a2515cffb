/** The shop itself, its product pages, and the way in and out of it. */
import { type SandboxReply, setCookie } from "@shopkey/adapter-sdk/sandbox";
import { homeUrl, loginUrl, purchasesUrl, type Site } from "../src/sites.js";
import { ITEMS, type Item, itemOf } from "./catalogue.js";
import { type LoginVisit, redirect } from "./login.js";
import { LASTS, type Session } from "./market.js";
import { escapeText, field, form, readForm, say, showPage } from "./view.js";

const productUrl = (site: Site, { number, title }: Item): string =>
  `https://${site.productHost}/${site.code}-${number}-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-_JM`;
const priceOf = (site: Site, price: number): string =>
  new Intl.NumberFormat(site.locale, { style: "currency", currency: site.currency }).format(price);
const open = (name: string, value: string, domain: string): string =>
  setCookie(name, value, { domain, maxAgeSeconds: LASTS.session / 1000 }).replace("; HttpOnly", "");

export function showHome(visit: LoginVisit): SandboxReply {
  const { site } = visit;
  const items = ITEMS.map(
    (item) => `<li><a href="${productUrl(site, item)}">${escapeText(item.title)}</a> ${priceOf(site, item.price)}</li>`,
  );
  const place = `<form class="inline" method="post" action="https://www.${site.domain}/cep"><input name="cp" aria-label="CEP" inputmode="numeric" placeholder="CEP"><button>OK</button></form>`;
  return showPage(visit, say(site, "Ofertas", "Ofertas"), `<ul>${items.join("")}</ul>${place}`);
}

export function rememberPlace({ site, request }: LoginVisit): SandboxReply {
  const postalCode = (readForm(request).get("cp") ?? "").replaceAll(/\D/g, "").slice(0, 8);
  return redirect(homeUrl(site), [open("cp", postalCode, `.${site.domain}`)]);
}

export function showProduct(visit: LoginVisit, number: string | undefined): SandboxReply {
  const { site } = visit;
  const item = itemOf(number);
  if (item === undefined)
    return showPage(visit, say(site, "Parece que esta página não existe", "Parece que esta página no existe"), "", {
      status: 404,
    });
  const offers = {
    ...{ "@type": "Offer", price: item.price, priceCurrency: site.currency },
    availability: `https://schema.org/${item.paused ? "OutOfStock" : "InStock"}`,
  };
  const described = JSON.stringify({ "@context": "https://schema.org", "@type": "Product", name: item.title, offers });
  const buy = item.paused
    ? `<p class="wrong">${say(site, "Anúncio pausado", "Publicación pausada")}</p>`
    : `<a class="button" href="https://www.${site.domain}/gz/checkout/buy?item=${item.number}">${say(site, "Comprar agora", "Comprar ahora")}</a>`;
  const isChanged = visit.request.switches.changedPage === true;
  return showPage(visit, item.title, `<p>${priceOf(site, item.price)}</p>${buy}`, {
    head: isChanged ? "" : `<script type="application/ld+json">${described}</script>`,
  });
}

/** The shopper finishes and pays here, in person. */
export function buy(visit: LoginVisit, isPaid: boolean): SandboxReply {
  const { site, shopper, market, request } = visit;
  const item = itemOf(request.url.searchParams.get("item") ?? "");
  if (shopper === null) return redirect(`${loginUrl(site)}`);
  if (item === undefined || item.paused) return redirect(homeUrl(site));
  if (!isPaid) {
    const where = field(
      "address",
      say(site, "Endereço da sua conta", "Dirección de tu cuenta"),
      `value="Rua das Laranjeiras, 100" readonly`,
    );
    return showPage(
      visit,
      say(site, "Revise e confirme", "Revisa y confirma"),
      form(where, say(site, "Pagar", "Pagar")),
    );
  }
  market.orders.push({ shopper: shopper.nickname, item: `${site.code}${item.number}` });
  return showPage(
    visit,
    say(site, "Compra realizada", "Compra realizada"),
    `<a href="${purchasesUrl(site)}">${say(site, "Minhas compras", "Mis compras")}</a>`,
  );
}

/**
 * The ticket sets the session on the shop's domain, then on the wallet's: two cookies of one name. Switch `walletOnly`: the first one gets
 * lost.
 */
export function spendTicket({ site, market, now, request }: LoginVisit, isWallet: boolean): SandboxReply {
  const id = request.url.searchParams.get("ticket") ?? "";
  const ticket = market.tickets.get(id);
  const session = market.sessions.get(ticket?.session ?? "");
  if (ticket === undefined || session === undefined || ticket.endsAt <= now) return redirect(homeUrl(site));
  if (!isWallet) {
    const next = `https://${site.walletHost}/jms/${site.code.toLowerCase()}/lgz/sso?ticket=${id}`;
    return redirect(next, request.switches.walletOnly === true ? [] : sessionCookies(site, ticket.session, session));
  }
  market.tickets.delete(id);
  return redirect(ticket.go, [sessionCookie(`${site.walletHost.slice(3)}`, ticket.session)]);
}

const sessionCookie = (domain: string, session: string): string =>
  setCookie("ssid", session, { domain, maxAgeSeconds: LASTS.session / 1000 });

/** As the shop's domain keeps a login: only the session itself is out of the page's reach. */
export const sessionCookies = (site: Site, token: string, { shopper }: Session): string[] => [
  sessionCookie(`.${site.domain}`, token),
  open("orguseridp", shopper.id, `.${site.domain}`),
  open("orguserid", `0Zh${shopper.id.slice(0, 4)}`, `.${site.domain}`),
  open("orgnickp", shopper.nickname, `.${site.domain}`),
];

export function logOut({ site, market, request }: LoginVisit): SandboxReply {
  const session = market.sessions.get(request.cookies.ssid ?? "");
  if (session !== undefined) session.live = false;
  const names = ["ssid", "orguseridp", "orguserid", "orgnickp"];
  const cookies = names.map((name) => setCookie(name, "", { domain: `.${site.domain}`, maxAgeSeconds: 0 }));
  return redirect(homeUrl(site), cookies);
}
