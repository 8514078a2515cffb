/** `myaccount.`: the pages behind the login, and all that may stand in front of them. */
import type { SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { loginUrl, purchasesUrl } from "../src/sites.js";
import { type LoginVisit, redirect } from "./login.js";
import { escapeText, form, say, showPage } from "./view.js";

/** Where robots, and living logins by mistake, are sent. */
const BOT_WALLS: Readonly<Record<string, (visit: LoginVisit) => string>> = {
  login: ({ site }) => loginUrl(site),
  registration: ({ site }) => `https://www.${site.domain}/registration?flow=access&registrationType=negative_traffic`,
  loginhub: ({ site }) => `https://www.${site.domain}/loginhub?go=${encodeURIComponent(purchasesUrl(site))}`,
};

/**
 * Switches: `antiBot` (`true`, `registration`, `loginhub`) a redirect that looks like a logout · `stepUp` the account is to be proven
 * again · `blocked` 403 · `detour` a redirect to an unknown page.
 */
export function showPortal(visit: LoginVisit): SandboxReply {
  const { site, request, shopper } = visit;
  const { antiBot, stepUp, blocked, detour } = request.switches;
  if (antiBot !== undefined) return redirect((BOT_WALLS[String(antiBot)] ?? loginUrlOf)(visit));
  if (blocked === true) return showPage({ ...visit, shopper: null }, "403", "", { status: 403 });
  if (detour === true) return redirect(`https://www.${site.domain}/manutencao`);
  if (shopper === null)
    return redirect(`${loginUrl(site).split("&go=")[0]}&go=${encodeURIComponent(request.url.href)}`);
  if (stepUp === true)
    return redirect(`https://www.${site.domain}/gz/account-verification?go=${encodeURIComponent(request.url.href)}`);
  return showPage(visit, titleOf(visit), bodyOf(visit));
}

const loginUrlOf = ({ site }: LoginVisit): string => loginUrl(site);

function titleOf({ site, request }: LoginVisit): string {
  const { pathname } = request.url;
  if (pathname.startsWith("/my_purchases")) return say(site, "Compras", "Compras");
  if (pathname.startsWith("/cancelar-")) return say(site, "Cancelar a minha conta", "Cancelar mi cuenta");
  return say(site, "Minha conta", "Mi cuenta");
}

function bodyOf({ site, market, request, shopper }: LoginVisit): string {
  if (request.url.pathname.startsWith("/cancelar-")) {
    const note = say(
      site,
      "A sua conta do Mercado Pago também será encerrada.",
      "Tu cuenta de Mercado Pago también se cerrará.",
    );
    return `<p>${note}</p>${form("", say(site, "Aceito", "Acepto"))}`;
  }
  const mine = market.orders.filter((order) => order.shopper === shopper?.nickname);
  return `<ul>${mine.map(({ item }) => `<li>${escapeText(item)}</li>`).join("")}</ul><a href="${purchasesUrl(site)}">${say(site, "Compras", "Compras")}</a>`;
}
