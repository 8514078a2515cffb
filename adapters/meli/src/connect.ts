/** The shopper logs in on the store's own pages, in the live view; all that is kept here is which account it was. */
import {
  AdapterError,
  type Call,
  type Connect,
  type Farewell,
  type Health,
  tryPage,
  usePage,
  visit,
} from "@shopkey/adapter-sdk";
import type { MeliKept } from "./kept.js";
import { hasSession, LOGIN_LINK, lookAt, readHeader, refusalOf, type Sight } from "./sight.js";
import { homeUrl, type Site, siteOf } from "./sites.js";

export const connect: Connect<MeliKept> = {
  start: async () => ({ kind: "liveView", pending: {} }),

  finish: async (call, pending) => {
    const sight = await usePage(call, (page) => lookAt(page, call));
    if (sight.kind === "in") {
      return {
        kind: "connected",
        secret: { account: sight.account },
        account: { id: sight.account, label: sight.label },
      };
    }
    const refusal = refusalOf(sight);
    if (refusal.code !== "CHALLENGE_REQUIRED") throw refusal;
    return { kind: "liveView", pending, why: refusal.message };
  },

  verify: async (call, secret) => {
    try {
      return judge(await usePage(call, (page) => lookAt(page, call)), secret);
    } catch (error) {
      if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
      return { kind: "inconclusive", why: error.message };
    }
  },

  disconnect: async (call) => {
    const site = siteOf(call.store.settings.site);
    try {
      return await logOut(call, site);
    } catch (error) {
      if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
      return { storeAgreed: false, note: `${error.message} ${sessionsNote(site)}` };
    }
  },
};

function judge(sight: Sight, secret: MeliKept["secret"]): Health {
  switch (sight.kind) {
    case "in":
      return { kind: sight.account === secret.account ? "live" : "expired" };
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

async function logOut(call: Call<MeliKept>, site: Site): Promise<Farewell> {
  return usePage(call, async (page) => {
    const { status } = await visit(page, homeUrl(site));
    const header = await readHeader(page);
    if (status !== 200 || header.greets === header.asksLogin) {
      throw new AdapterError("STORE_CHANGED", "The store's front page is not the one that is known.");
    }
    if (header.asksLogin)
      return { storeAgreed: true, note: `The store had ended the login already. ${sessionsNote(site)}` };
    await tryPage(() => page.click(LOGOUT, { timeout: CLICK_TIMEOUT_MS }));
    await tryPage(() => page.waitForSelector(LOGIN_LINK, { state: "attached", timeout: CLICK_TIMEOUT_MS }));
    const isKept = await hasSession(page, site);
    return {
      storeAgreed: !isKept,
      note: `${isKept ? "The store did not confirm the logout." : "The store ended the login."} ${sessionsNote(site)}`,
    };
  });
}

const sessionsNote = ({ domain }: Site): string =>
  `Other devices stay logged in: the shopper finds them, and the apps with access, in the account's security settings at https://www.${domain}/.`;
