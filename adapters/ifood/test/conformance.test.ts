import { afterAll, test } from "@jest/globals";
import { ifood } from "@shopkey/adapter-ifood";
import { DISHES, dishUrl, SHOPPERS, startSandbox } from "@shopkey/adapter-ifood/sandbox";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { openLentPages } from "../../../test/support/lent-pages.js";

const pages = await openLentPages();
afterAll(pages.close);

const inPerson = "the shopper answers on the store's own pages, in the live view: `finish` is told nothing";
adapterConformance(test, {
  adapter: ifood(),
  startSandbox: async (options) => {
    const sandbox = await startSandbox(options);
    await pages.begin(sandbox.url);
    return sandbox;
  },
  page: pages.lend,
  settings: {},
  credentials: null,
  cart: () => ({ kind: "url", url: dishUrl({ id: DISHES[0]?.id ?? "" }) }),
  holds: (sandbox, value) => JSON.stringify(sandbox.state(null)).includes(value),
  login: {
    // The shopper logs in; `shopper-logs-in.test.ts` does it by hand.
    answer: async (sandbox) => {
      await pages.keep(sandbox.logIn(SHOPPERS.ana));
      return {};
    },
    wrongAnswer: () => ({}),
    isLive: (sandbox) => sandbox.isLive(),
    revoke: (sandbox) => sandbox.endSessions(),
    answerWithinMs: { none: inPerson },
    lastsMs: 30 * 86_400_000,
    stillborn: { wall: true },
  },
  forgetting: { none: "the shopper asks the store in person" },
  tolerances: { "connects/replay": `${inPerson}; that a live view is finished once is the gateway's to see to` },
});
