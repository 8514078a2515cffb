// Mercado Livre as a local server: every country site, with its shop, its account pages, its login and its wallet.
import type { SandboxOptions } from "@shopkey/adapter-sdk";
import {
  html,
  json,
  routeTable,
  type SandboxHandler,
  type ServedSandbox,
  serveSandbox,
  setCookie,
} from "@shopkey/adapter-sdk/sandbox";
import { hostsOf, SITE_CODES, type SiteCode, siteOf } from "../src/sites.js";
import { answerStep, beginLogin, type LoginVisit, showStep } from "./login.js";
import {
  endSessions,
  honoured,
  type Market,
  opaque,
  openMarket,
  openSession,
  type Shopper,
  showMarket,
} from "./market.js";
import { showPortal } from "./portal.js";
import { buy, logOut, rememberPlace, sessionCookies, showHome, showProduct, spendTicket } from "./shop.js";
import { say, showPage } from "./view.js";

export { CODES, SESSION_MARK, SHOPPERS } from "./market.js";

export interface MeliSandbox extends ServedSandbox {
  /** The `Set-Cookie` values of a fresh login at the shop's domain, for a shopper who has logged in before. */
  readonly logIn: (site: SiteCode, shopper: Shopper) => readonly string[];
  /** Ends a shopper's sessions from another device; of all shoppers when none is named. */
  readonly endSessions: (site: SiteCode, login?: string) => void;
  /** Whether any session of the site is honoured. */
  readonly isLive: (site: SiteCode) => boolean;
}

const SITES: ReadonlyMap<string, SiteCode> = new Map(
  SITE_CODES.flatMap((code) => hostsOf(siteOf(code)).map((host) => [host, code] as const)),
);

/** `now` of the options turns what runs out: codes after ten minutes, sessions after thirty days. */
export async function startSandbox(options: SandboxOptions = {}): Promise<MeliSandbox> {
  const markets = new Map<string, Market>();
  const now = (): number => (options.now?.() ?? new Date()).getTime();
  const marketOf = (code: string): Market => {
    const market = markets.get(code) ?? openMarket(code as SiteCode);
    markets.set(code, market);
    return market;
  };
  const served = await serveSandbox({
    port: options.port,
    accountOf: (host) => SITES.get(host) ?? (host === "127.0.0.1" || host === "localhost" ? "MLB" : null),
    router: withDeviceCookie((request) => {
      const site = siteOf(request.account as SiteCode);
      if (request.host === "127.0.0.1" || request.host === "localhost") return signpost;
      const market = marketOf(request.account);
      const shopper = honoured(market, request.cookies.ssid, now());
      return serveHost({ site, market, request, shopper, now: now() });
    }),
    lens: (account) => (account === null ? [...markets.values()].map(showMarket) : showMarket(marketOf(account))),
    reset: (account) => void (account === null ? markets.clear() : markets.delete(account)),
    control: (method, url) => {
      if (method !== "POST" || url.pathname !== "/_sandbox/end-sessions") return null;
      for (const market of markets.values()) endSessions(market);
      return json(200, [...markets.values()].map(showMarket));
    },
  });
  return {
    ...served,
    logIn: (code, shopper) => {
      const token = openSession(marketOf(code), shopper, now());
      return sessionCookies(siteOf(code), token, { shopper, endsAt: 0, live: true });
    },
    endSessions: (code, login) => endSessions(marketOf(code), login),
    isLive: (code) =>
      [...marketOf(code).sessions.keys()].some((token) => honoured(marketOf(code), token, now()) !== null),
  };
}

const signpost = html(
  200,
  "<!doctype html><title>Sandbox</title><p>This sandbox answers at the store's own addresses, in a browser that leads them here. Its lens: <a href='/_sandbox/state'>/_sandbox/state</a>.",
);

/** Every visitor has `_d2id`, logged in or not. */
const withDeviceCookie =
  (serve: SandboxHandler): SandboxHandler =>
  async (request) => {
    const reply = await serve(request);
    if (request.cookies._d2id !== undefined || request.host === "127.0.0.1") return reply;
    const { domain } = siteOf(request.account as SiteCode);
    const device = setCookie("_d2id", `${opaque()}-n`, { domain: `.${domain}`, maxAgeSeconds: 63_072_000 });
    return request.host.endsWith(domain) ? { ...reply, cookies: [...(reply.cookies ?? []), device] } : reply;
  };

function serveHost(visit: LoginVisit) {
  const { site, request } = visit;
  if (request.host === `myaccount.${site.domain}`) return showPortal(visit);
  const lgz = `/jms/${site.code.toLowerCase()}/lgz`;
  const product = /^\/(?:[^/]+\/p\/)?[A-Z]{3}-?(\d+)/.exec(request.url.pathname)?.[1];
  const shop = routeTable(
    {
      "GET /": () => showHome(visit),
      "POST /cep": () => rememberPlace(visit),
      "GET /gz/checkout/buy": () => buy(visit, false),
      "POST /gz/checkout/buy": () => buy(visit, true),
      "GET /gz/account-verification": () =>
        showPage(
          { ...visit, shopper: null },
          say(site, "Precisamos confirmar que é você", "Necesitamos confirmar que eres tú"),
          "",
        ),
      "GET /registration": () =>
        showPage({ ...visit, shopper: null }, say(site, "Crie a sua conta", "Crea tu cuenta"), ""),
      "GET /loginhub": () =>
        showPage(
          { ...visit, shopper: null },
          say(site, "Olá! Entre ou cadastre-se", "¡Hola! Ingresa o regístrate"),
          "",
        ),
      [`GET ${lgz}/login`]: () => beginLogin(visit),
      [`GET ${lgz}/msl/login/:id/:step`]: (routed) => showStep({ ...visit, request: routed }),
      [`POST ${lgz}/msl/login/:id/:step`]: (routed) => answerStep({ ...visit, request: routed }),
      [`GET ${lgz}/sso`]: () => spendTicket(visit, request.host === site.walletHost),
      [`GET ${lgz}/logout`]: () => logOut(visit),
    },
    () => showProduct(visit, product),
  );
  return shop(request);
}
