/** What every page of the sandbox looks like, and the state that it keeps for whoever looks. */
import { html, type SandboxReply, type SandboxRequest } from "@shopkey/adapter-sdk/sandbox";
import { CUSTOMER } from "../src/places.js";
import type { House, Session } from "./house.js";

const STYLE = `*{box-sizing:border-box}body{margin:0;font:17px/1.45 system-ui,sans-serif;color:#3f3e3e;background:#f7f7f7}
header{background:#fff;padding:.8rem 1rem;display:flex;gap:1rem;align-items:center;border-bottom:1px solid #eee}header b{color:#ea1d2c;margin-right:auto}header form{margin:0}
main{max-width:30rem;margin:1.2rem auto;background:#fff;border-radius:10px;padding:1.2rem 1.4rem}h1{font-size:1.3rem;margin:.2rem 0 1rem}
input{font:inherit;width:100%;padding:.7rem;border:1px solid #aaa;border-radius:8px;margin:.3rem 0}button,.button{font:inherit;display:block;width:100%;text-align:center;margin:.7rem 0;padding:.75rem;border:0;border-radius:8px;background:#ea1d2c;color:#fff;text-decoration:none;cursor:pointer}
.quiet{background:#f2f2f2;color:#3f3e3e}header button{width:auto;margin:0;padding:.3rem .7rem}.otp{display:flex;gap:.4rem}.otp input{text-align:center;padding:.7rem 0}.wrong{color:#b00020}.note{color:#666;font-size:.87rem}
.modal{position:fixed;inset:0;background:#0008;display:grid;place-items:center}.modal>div{background:#fff;border-radius:10px;padding:1.2rem;width:min(26rem,92vw)}`;

export const escapeText = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
export const readForm = (request: SandboxRequest): URLSearchParams =>
  new URLSearchParams(Buffer.from(request.body).toString("utf8"));

export interface Visit {
  readonly house: House;
  readonly request: SandboxRequest;
  readonly session: Session | null;
  readonly now: number;
}

export function showPage(
  visit: Visit,
  title: string,
  body: string,
  extras: { status?: number; head?: string } = {},
): SandboxReply {
  return html(
    extras.status ?? 200,
    `<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style>${extras.head ?? ""}</head>
<body>${body.includes("px-captcha") ? "" : headerOf(visit)}<main><h1>${escapeText(title)}</h1>${body}<p class="note">Sandbox: nothing here is real.</p></main></body></html>`,
    { headers: { "cache-control": "no-store" } },
  );
}

const headerOf = ({ session }: Visit): string => {
  const account =
    session === null
      ? `<a href="https://www.ifood.com.br/entrar">Entrar</a>`
      : `<span>${escapeText(session.shopper.name.split(" ")[0])}</span><form method="post" action="/sair"><button class="quiet" data-test-id="logout">Sair</button></form>`;
  return `<header><b>iFood · sandbox</b>${account}</header>`;
};

/**
 * The state as the shop's own pages have it: the account comes late, from the API; the address is there at once, with coordinates and
 * without an id for a visitor who typed a postal code. Switch `changedPage`: it goes by another name.
 */
export function stateScript({ request, session }: Visit): string {
  const place =
    request.cookies.cep === undefined ? null : { addressId: null, coords: { latitude: -23.5, longitude: -46.6 } };
  const chosen =
    session?.address == null ? place : { addressId: session.address, coords: { latitude: -23.5, longitude: -46.6 } };
  const name = request.switches.changedPage === true ? "__SHOP__" : "__NEXT_REDUX_STORE__";
  return `<script>(() => {
  let state = { address: ${JSON.stringify(chosen)} };
  window.${name} = { getState: () => state };
  fetch(${JSON.stringify(CUSTOMER)}, { credentials: "include" })
    .then((reply) => (reply.ok ? reply.json() : reply.status === 401 ? { account: null } : Promise.reject(reply.status)))
    .then(({ account }) => {
      state = { ...state, account: account && { uuid: account.id, name: account.name, email: account.email, phone: account.phone } };
    })
    .catch(() => {});
})()</script>`;
}
