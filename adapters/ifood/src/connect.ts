/** The shopper logs in on the store's own pages, in the live view; all that is kept here is which account it was. */
import {
  AdapterError,
  type Call,
  type Connect,
  type Farewell,
  type Health,
  tryPage,
  usePage,
} from "@shopkey/adapter-sdk";
import type { IfoodKept } from "./kept.js";
import { lookAt, refusalOf, type Sight } from "./sight.js";

export const connect: Connect<IfoodKept> = {
  start: async () => ({ kind: "liveView", pending: {} }),

  finish: async (call, pending) => {
    const sight = await usePage(call, (page) => lookAt(page, call));
    if (sight.kind === "in") {
      const { account, label } = sight;
      return { kind: "connected", secret: { account }, account: { id: account, label } };
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
    try {
      return await logOut(call);
    } catch (error) {
      if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
      return { storeAgreed: false, note: `${error.message} ${DEVICES}` };
    }
  },
};

function judge(sight: Sight, secret: IfoodKept["secret"]): Health {
  if (sight.kind === "in") return { kind: sight.account === secret.account ? "live" : "expired" };
  return sight.kind === "out" ? { kind: "expired" } : { kind: "inconclusive", why: refusalOf(sight).message };
}

const LOGOUT = `[data-test-id="logout"]`;
const CLICK_TIMEOUT_MS = 10_000;
const DEVICES =
  "Other devices stay logged in: the shopper ends them at iFood under Profile > Security > Connected Devices.";

async function logOut(call: Call<IfoodKept>): Promise<Farewell> {
  return usePage(call, async (page) => {
    const before = await lookAt(page, call);
    if (before.kind === "out") return { storeAgreed: true, note: `The store had ended the login already. ${DEVICES}` };
    if (before.kind !== "in") throw refusalOf(before);
    await tryPage(() => page.click(LOGOUT, { timeout: CLICK_TIMEOUT_MS }));
    const { kind } = await lookAt(page, call);
    if (kind === "out") return { storeAgreed: true, note: `The store ended the login. ${DEVICES}` };
    return { storeAgreed: false, note: `The store did not confirm the logout. ${DEVICES}` };
  });
}
