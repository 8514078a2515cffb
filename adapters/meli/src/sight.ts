/**
 * What can be seen of a login. The one page that proves it is the list of purchases. Not proof, though projects have taken
 * them for it: the device cookie `_d2id` (every visitor has it), `.nav-menu-cp-logged` (a visitor who typed a postal code
 * has it), a page without the word "login". And a redirect to the login is no proof of the contrary: the store keeps
 * robots out with it, living logins included.
 */
import { createHash } from "node:crypto";
import { AdapterError, type Call, type LoggedIn, type Page, tryPage, visit } from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { MeliKept } from "./kept.js";
import { purchasesUrl, type Site, siteOf } from "./sites.js";

export type Sight = LoggedIn | NoLogin;
export type NoLogin =
  /** Sent to the login, and no session is kept: nothing is left that could be honoured. */
  | { readonly kind: "out" }
  /** Sent to the login in spite of a session that is kept. */
  | { readonly kind: "suspect" }
  /** The store wants the account to be proven again. */
  | { readonly kind: "stepUp" }
  /** 403: the store does not let this browser in. */
  | { readonly kind: "blocked" }
  | { readonly kind: "changed"; readonly why: string };

const USER = `a.nav-header-user-myml[href*="myaccount."][href*="/summary"], .nav-header-username`;
export const LOGIN_LINK = `a[data-link-id="login"], .option-login`;
/** True where the header greets a shopper; asked in the shopper's own page, too. */
export const GREETS = `document.querySelector(${JSON.stringify(USER)}) !== null`;

const HEADER = `(() => {
  const name = document.querySelector(".nav-header-username");
  return {
    greets: ${GREETS},
    asksLogin: document.querySelector(${JSON.stringify(LOGIN_LINK)}) !== null,
    initial: name === null ? null : (Array.from(name.textContent.trim())[0] ?? null),
  };
})()`;
const headerSchema = z.object({ greets: z.boolean(), asksLogin: z.boolean(), initial: z.string().nullable() });

/** What the header of the page says; of the shopper's name no more than its first letter leaves the page. */
export async function readHeader(page: Page): Promise<z.output<typeof headerSchema>> {
  return headerSchema.parse(await tryPage(() => page.evaluate(HEADER)));
}

/** Goes to the list of purchases and says what came. Throws where the store could not be asked. */
export async function lookAt(page: Page, call: Call<MeliKept>): Promise<Sight> {
  const site = siteOf(call.store.settings.site);
  const { status, url } = await visit(page, purchasesUrl(site));
  if (url.pathname.startsWith("/gz/account-verification")) return { kind: "stepUp" };
  if (isLoginPage(url)) return { kind: (await hasSession(page, site)) ? "suspect" : "out" };
  if (status === 403) return { kind: "blocked" };
  const isThere = url.hostname === `myaccount.${site.domain}` && url.pathname.startsWith("/my_purchases");
  if (status !== 200 || !isThere) return { kind: "changed", why: "The list of purchases led somewhere unknown." };
  const header = await readHeader(page);
  if (!header.greets) return { kind: "changed", why: "The list of purchases greets nobody." };
  const account = await accountOf(page, site);
  if (account === null) return { kind: "changed", why: "The store did not name the account." };
  return {
    kind: "in",
    account: fingerprint(call, account),
    label: header.initial === null ? null : `${header.initial}•••`,
  };
}

function isLoginPage({ hostname, pathname }: URL): boolean {
  return (
    /^\/login(\/|$)|\/lgz(\/|$)|^\/registration(\/|$)/.test(pathname) || `${hostname}${pathname}`.includes("loginhub")
  );
}

/** Of this domain: the wallet has a session of the same name on its own, and it says nothing about this one. */
export async function hasSession(page: Page, site: Site): Promise<boolean> {
  return (await cookiesOf(page, site)).some(({ name, value }) => name === "ssid" && value !== "");
}

async function accountOf(page: Page, site: Site): Promise<string | null> {
  const cookies = await cookiesOf(page, site);
  const named = (wanted: string) => cookies.find(({ name, value }) => name === wanted && /^\d{1,20}$/.test(value));
  return (named("orguseridp") ?? named("orguserid"))?.value ?? null;
}

const cookiesOf = (page: Page, site: Site) => tryPage(() => page.context().cookies(purchasesUrl(site)));

/** Account numbers are few enough to be guessed, so the store's id goes in: another Store's fingerprints are of no use. */
function fingerprint(call: Call<MeliKept>, account: string): string {
  return createHash("sha256").update(`${call.store.id}|${call.store.settings.site}|${account}`).digest("base64url");
}

/** What a sight that is no login is called, where only a login will do. */
export function refusalOf(sight: NoLogin): AdapterError {
  switch (sight.kind) {
    case "out":
    case "suspect":
      return new AdapterError("CHALLENGE_REQUIRED", "The store asks the shopper to log in.");
    case "stepUp":
      return new AdapterError("CHALLENGE_REQUIRED", "The store asks the shopper to prove the account again.");
    case "blocked":
      return new AdapterError("REFUSED_BY_STORE", "The store does not let this browser in.");
    case "changed":
      return new AdapterError("STORE_CHANGED", sight.why);
  }
}
