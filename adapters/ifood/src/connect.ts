/** The shopper logs in on the store's own pages, in the live view; all that is kept here is which account it was. */
import { type Call, connectInBrowser, type Farewell, type Health, type Page, tryPage } from "@shopkey/adapter-sdk";
import type { IfoodKept } from "./kept.js";
import { lookAt, type NoLogin, refusalOf } from "./sight.js";

const healthOf = (sight: NoLogin): Health =>
  sight.kind === "out" ? { kind: "expired" } : { kind: "inconclusive", why: refusalOf(sight).message };

const LOGOUT = `[data-test-id="logout"]`;
const CLICK_TIMEOUT_MS = 10_000;

async function logOut(page: Page, call: Call<IfoodKept>): Promise<Farewell> {
  const before = await lookAt(page, call);
  if (before.kind === "out") return { storeAgreed: true, note: "The store had ended the login already." };
  if (before.kind !== "in") throw refusalOf(before);
  await tryPage(() => page.click(LOGOUT, { timeout: CLICK_TIMEOUT_MS }));
  const { kind } = await lookAt(page, call);
  return kind === "out"
    ? { storeAgreed: true, note: "The store ended the login." }
    : { storeAgreed: false, note: "The store did not confirm the logout." };
}

export const connect = connectInBrowser<IfoodKept["settings"], NoLogin>({
  ...{ lookAt, refusalOf, healthOf, logOut },
  reminder: () =>
    "Other devices stay logged in: the shopper ends them at iFood under Profile > Security > Connected Devices.",
});
