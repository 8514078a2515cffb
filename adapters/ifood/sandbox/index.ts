// iFood as a local server: the shop with its login, the API of its pages, and the wall in front of both.
import { randomUUID } from "node:crypto";
import type { SandboxOptions } from "@shopkey/adapter-sdk";
import {
  html,
  json,
  routeTable,
  type SandboxHandler,
  type SandboxReply,
  type ServedSandbox,
  serveSandbox,
  setCookie,
} from "@shopkey/adapter-sdk/sandbox";
import { HOME, HOSTS } from "../src/places.js";
import { endSessions, type House, honoured, openHouse, openSession, refuse, type Shopper, showHouse } from "./house.js";
import { answerCode, askEmail, askPhone, redirect, sendCode, sessionCookie, showCode, showEntry } from "./login.js";
import { checkOut, choosePlace, logOut, showDish, showHome } from "./shop.js";
import { showPage, type Visit } from "./view.js";

export { CODES, DISHES, dishUrl, SESSION_MARK, SHOPPERS } from "./house.js";

export interface IfoodSandbox extends ServedSandbox {
  /** The `Set-Cookie` values of a fresh login, for a shopper who has logged in before and, if they have one, chosen an address. */
  readonly logIn: (shopper: Shopper) => readonly string[];
  /** Ends every session from another device. */
  readonly endSessions: () => void;
  /** Whether any session is honoured. */
  readonly isLive: () => boolean;
}

const LOCAL = ["127.0.0.1", "localhost"];

/** `now` of the options turns what runs out: codes after five minutes, sessions after thirty days. */
export async function startSandbox(options: SandboxOptions = {}): Promise<IfoodSandbox> {
  let house = openHouse();
  const now = (): number => (options.now?.() ?? new Date()).getTime();
  const served = await serveSandbox({
    port: options.port,
    accountOf: (host) => ([...HOSTS, ...LOCAL].includes(host) ? "ifood" : null),
    router: withDeviceCookie((request) => {
      if (LOCAL.includes(request.host)) return SIGNPOST;
      const session = honoured(house, request.cookies.ifd_session, now());
      const visit = { house, request, session, now: now() };
      return request.host === "www.ifood.com.br" ? serveShop(visit) : serveApi(visit);
    }),
    lens: () => showHouse(house),
    reset: () => {
      house = openHouse();
    },
    control: (method, url) => {
      if (method !== "POST" || url.pathname !== "/_sandbox/end-sessions") return null;
      endSessions(house);
      return json(200, showHouse(house));
    },
  });
  return {
    ...served,
    logIn: (shopper) => [sessionCookie(enter(house, shopper, now()))],
    endSessions: () => endSessions(house),
    isLive: () => [...house.sessions.keys()].some((token) => honoured(house, token, now()) !== null),
  };
}

function enter(house: House, shopper: Shopper, now: number): string {
  const token = openSession(house, shopper, now);
  const session = house.sessions.get(token);
  if (session !== undefined) session.address = shopper.addresses[0]?.id ?? null;
  return token;
}

const SIGNPOST = html(
  200,
  "<!doctype html><title>Sandbox</title><p>This sandbox answers at the store's own addresses, in a browser that leads them here. Its lens: <a href='/_sandbox/state'>/_sandbox/state</a>.",
);

/** Every visitor has a device and a session of sorts, logged in or not. */
const withDeviceCookie =
  (serve: SandboxHandler): SandboxHandler =>
  async (request) => {
    const reply = await serve(request);
    if (request.cookies.deviceId !== undefined || LOCAL.includes(request.host)) return reply;
    const cookies = ["deviceId", "sessionId"].map((name) => setCookie(name, randomUUID(), { domain: ".ifood.com.br" }));
    return { ...reply, cookies: [...(reply.cookies ?? []), ...cookies] };
  };

/** Switch `wall`: press and hold, until a person has done so. */
function serveShop(visit: Visit): SandboxReply | Promise<SandboxReply> {
  const { request, session } = visit;
  if (request.url.pathname === "/px/solved")
    return redirect(HOME, [setCookie("_px3", "solved", { domain: ".ifood.com.br" })]);
  if (request.switches.wall === true && request.cookies._px3 !== "solved") return showWall(visit);
  return routeTable(
    {
      "GET /": () => redirect(HOME),
      "GET /inicio": () => showHome(visit),
      "GET /restaurantes": () => showHome(visit),
      "POST /endereco": () => choosePlace(visit),
      // Whoever is known already is asked nothing more than where it goes.
      "GET /entrar": () => (session === null ? showEntry(visit) : redirect(HOME)),
      "GET /entrar/celular": () => askPhone(visit),
      "POST /entrar/celular": () => sendCode(visit),
      "GET /entrar/email": () => askEmail(visit),
      "POST /entrar/email": () => sendCode(visit),
      "GET /entrar/codigo/:id": ({ params }) => showCode(visit, params.id ?? ""),
      "POST /entrar/codigo/:id": ({ params }) => answerCode(visit, params.id ?? ""),
      "GET /delivery/:city/:restaurant/:id": () => showDish(visit),
      "GET /checkout": () => checkOut(visit, false),
      "POST /checkout": () => checkOut(visit, true),
      "POST /sair": () => logOut(visit),
    },
    () => showPage(visit, "Não encontramos esta página", "", { status: 404 }),
  )(request);
}

const showWall = (visit: Visit): SandboxReply =>
  showPage(
    visit,
    "Confirme que você é uma pessoa",
    `<div id="px-captcha"><form method="post" action="/px/solved"><button>Pressione e segure</button></form></div>`,
    { status: 403 },
  );

/** Switch `apiWall`: the wall stands in front of the API alone. */
function serveApi({ house, request, session }: Visit): SandboxReply {
  const headers = {
    "access-control-allow-origin": "https://www.ifood.com.br",
    "access-control-allow-credentials": "true",
    vary: "origin",
  };
  const { wall, apiWall } = request.switches;
  if (apiWall === true || (wall === true && request.cookies._px3 !== "solved"))
    return json(403, { appId: "PX0", blockScript: "" }, { headers });
  if (session === null) {
    refuse(house, request.cookies.ifd_session);
    return json(401, { code: "IDT-2004" }, { headers });
  }
  const { uuid: id, name, email, phone, addresses } = session.shopper;
  switch (request.url.pathname) {
    case "/v1/customers/me":
      return json(200, { account: { id, name, email, phone }, tags: [] }, { headers });
    case "/v1/customers/me/addresses":
      return json(200, addresses, { headers });
    default:
      return json(404, { code: "NOT_FOUND" }, { headers });
  }
}
