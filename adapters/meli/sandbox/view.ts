/** What every page of the sandbox looks like. */
import { html, type SandboxReply, type SandboxRequest } from "@shopkey/adapter-sdk/sandbox";
import { homeUrl, loginUrl, type Site } from "../src/sites.js";
import type { Shopper } from "./market.js";

const STYLE = `*{box-sizing:border-box}body{margin:0;font:17px/1.45 system-ui,sans-serif;color:#222;background:#ededed}
header{background:#ffe600;padding:.7rem 1rem;display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;align-items:center}header b{margin-right:auto}
header a{color:#222}main{max-width:34rem;margin:1.2rem auto;background:#fff;border-radius:6px;padding:1.2rem 1.4rem}
h1{font-size:1.35rem;margin:.2rem 0 1rem}label{display:block;margin:.8rem 0 .2rem}input{font:inherit;width:100%;padding:.7rem;border:1px solid #999;border-radius:6px}
button,.button{font:inherit;display:block;width:100%;text-align:center;margin:.8rem 0;padding:.75rem;border:0;border-radius:6px;background:#3483fa;color:#fff;text-decoration:none;cursor:pointer}
.quiet{background:#e3edfb;color:#1259c3}.wrong{color:#b00020}.note{color:#555;font-size:.87rem}form.inline{display:flex;gap:.4rem}form.inline button{width:auto;margin:0}form.inline input{width:9rem;padding:.3rem}`;

export const escapeText = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** In the site's language. */
export const say = (site: Site, portuguese: string, spanish: string): string =>
  site.code === "MLB" ? portuguese : spanish;

export interface Visit {
  readonly site: Site;
  readonly request: SandboxRequest;
  readonly shopper: Shopper | null;
}

/** Switch `changedPage`: a new design, without any of the marks by which a login was known. */
export function showPage(
  visit: Visit,
  title: string,
  body: string,
  extras: { status?: number; head?: string } = {},
): SandboxReply {
  const { site, request } = visit;
  const isChanged = request.switches.changedPage === true;
  const top = isChanged ? `<header><b>${brand(site)}</b><span>☰</span></header>` : headerOf(visit);
  return html(
    extras.status ?? 200,
    `<!doctype html><html lang="${site.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style>${extras.head ?? ""}</head>
<body>${top}<main><h1>${escapeText(title)}</h1>${body}<p class="note">Sandbox: nothing here is real.</p></main></body></html>`,
    { headers: { "cache-control": "no-store" } },
  );
}

const brand = (site: Site): string => `${say(site, "Mercado Livre", "Mercado Libre")} · sandbox`;

/** A visitor who typed a postal code gets `.nav-menu-cp-logged`: it says "logged" and means nothing of the kind. */
function headerOf({ site, request, shopper }: Visit): string {
  const postalCode = request.cookies.cp;
  const place = postalCode === undefined ? "" : `<span class="nav-menu-cp-logged">CP ${escapeText(postalCode)}</span>`;
  const account =
    shopper === null
      ? `<a data-link-id="login" href="${escapeText(loginUrl(site))}">${say(site, "Entre", "Ingresa")}</a>`
      : `<a class="nav-header-user-myml" href="https://myaccount.${site.domain}/summary"><span class="nav-header-username">${escapeText(shopper.name)}</span></a>
<a data-id="logout" href="https://www.${site.domain}/jms/${site.code.toLowerCase()}/lgz/logout">${say(site, "Sair", "Salir")}</a>`;
  return `<header><b><a href="${homeUrl(site)}">${brand(site)}</a></b>${place}${account}</header>`;
}

/** A form that posts to where it stands. */
export const form = (fields: string, button: string): string =>
  `<form method="post">${fields}<button>${escapeText(button)}</button></form>`;
export const field = (name: string, label: string, attributes: string): string =>
  `<label for="${name}">${escapeText(label)}</label><input id="${name}" name="${name}" data-testid="${name}" ${attributes}>`;
export const readForm = (request: SandboxRequest): URLSearchParams =>
  new URLSearchParams(Buffer.from(request.body).toString("utf8"));
