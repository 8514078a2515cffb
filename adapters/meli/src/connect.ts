/** The shopper logs in on the store's own pages, in the live view; all that is kept here is which account it was. */
import {
  AdapterError,
  type Call,
  connectInBrowser,
  type Farewell,
  type Health,
  type Page,
  tryPage,
  visit,
} from "@shopkey/adapter-sdk";
import type { MeliKept } from "./kept.js";
import { hasSession, LOGIN_LINK, lookAt, type NoLogin, readHeader, refusalOf } from "./sight.js";
import { homeUrl, siteOf } from "./sites.js";

/** Sent to the login in spite of a session that is kept: several times in a row, and it is believed. */
function healthOf(sight: NoLogin): Health {
  switch (sight.kind) {
    case "out":
      return { kind: "expired" };
    case "suspect":
      return {
        kind: "inconclusive",
        why: "The store asks for a login, as it also does to keep robots out.",
        suspect: true,
      };
    default:
      return { kind: "inconclusive", why: refusalOf(sight).message };
  }
}

const LOGOUT = `[data-id="logout"]`;
const CLICK_TIMEOUT_MS = 10_000;

async function logOut(page: Page, call: Call<MeliKept>): Promise<Farewell> {
  const site = siteOf(call.store.settings.site);
  const { status } = await visit(page, homeUrl(site));
  const header = await readHeader(page);
  if (status !== 200 || header.greets === header.asksLogin) {
    throw new AdapterError("STORE_CHANGED", "The store's front page is not the one that is known.");
  }
  if (header.asksLogin) return { storeAgreed: true, note: "The store had ended the login already." };
  await tryPage(() => page.click(LOGOUT, { timeout: CLICK_TIMEOUT_MS }));
  await tryPage(() => page.waitForSelector(LOGIN_LINK, { state: "attached", timeout: CLICK_TIMEOUT_MS }));
  const isKept = await hasSession(page, site);
  return {
    storeAgreed: !isKept,
    note: isKept ? "The store did not confirm the logout." : "The store ended the login.",
  };
}

export const connect = connectInBrowser<MeliKept["settings"], NoLogin>({
  ...{ lookAt, refusalOf, healthOf, logOut },
  reminder: ({ site }) =>
    `Other devices stay logged in: the shopper finds them, and the apps with access, in the account's security settings at https://www.${siteOf(site).domain}/.`,
});
