/**
 * An operator's own login, made where operators make it: at the VTEX Admin. VTEX ID leaves it there in the cookie
 * `VtexIdclientAutCookie` (HttpOnly, good for 24 hours); it is proven as one that is given with a request is.
 */
import { type OperatorLogin, type Page, usePage } from "@shopkey/adapter-sdk";
import { proveOperator } from "./operator.js";
import type { Settings, VtexKept } from "./settings.js";

/** Where operators log in, as VTEX documents it. */
const adminHost = ({ account }: Settings): string => `${account}.myvtex.com`;

/** What the pages there are made of. */
export const adminHosts = (settings: Settings): readonly string[] => [
  adminHost(settings),
  `${settings.account}.vtexassets.com`,
  "io.vtex.com.br",
  "vtexid.vtex.com.br",
];

const COOKIE = "VtexIdclientAutCookie";

export const login: OperatorLogin<VtexKept> = {
  browser: {
    locale: ({ locale }) => locale,
    timezone: () => "America/Sao_Paulo",
    loginUrl: (settings) => `https://${adminHost(settings)}/admin`,
    // Whoever is not logged in is sent to `/_v/…/login`. The cookie itself is not for the page to see.
    looksDone: (settings) =>
      `location.hostname === ${JSON.stringify(adminHost(settings))} && /^\\/admin(\\/|$)/.test(location.pathname)`,
  },

  finish: async (call) => {
    const token = await usePage(call, (page) => tokenIn(page, call.store.settings));
    if (token === null) return { kind: "out", why: "You are not logged in to the VTEX Admin yet." };
    const proven = await proveOperator(call, token);
    if (proven.kind === "denied") return { kind: "out", why: proven.why };
    return { kind: "in", token, expiresAt: proven.endsAt };
  },
};

/** The account's own cookie may be a shopper's login: the Admin's comes first. */
async function tokenIn(page: Page, settings: Settings): Promise<string | null> {
  const cookies = await page.context().cookies(`https://${adminHost(settings)}/`);
  const kept = (wanted: string) => cookies.find(({ name, value }) => name === wanted && value !== "")?.value;
  return kept(COOKIE) ?? kept(`${COOKIE}_${settings.account}`) ?? null;
}
