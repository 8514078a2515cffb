import { afterAll, test } from "@jest/globals";
import { meli } from "@shopkey/adapter-meli";
import { SHOPPERS, startSandbox } from "@shopkey/adapter-meli/sandbox";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { openLentPages } from "../../../test/support/lent-pages.js";

const pages = await openLentPages();
afterAll(pages.close);

const inPerson = "the shopper answers on the store's own pages, in the live view: `finish` is told nothing";
adapterConformance(test, {
  adapter: meli(),
  startSandbox: async (options) => {
    const sandbox = await startSandbox(options);
    await pages.begin(sandbox.url);
    return sandbox;
  },
  page: pages.lend,
  settings: { site: "MLB" },
  credentials: null,
  cart: () => ({ kind: "url", url: "https://produto.mercadolivre.com.br/MLB-3511223344-fone-_JM" }),
  holds: (sandbox, value) => JSON.stringify(sandbox.state("MLB")).includes(value),
  login: {
    // The shopper logs in; `logs-in.test.ts` does it by hand.
    answer: async (sandbox) => {
      await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
      return {};
    },
    wrongAnswer: () => ({}),
    isLive: (sandbox) => sandbox.isLive("MLB"),
    revoke: (sandbox) => sandbox.endSessions("MLB"),
    answerWithinMs: { none: inPerson },
    lastsMs: {
      none: "the store does not say how long a login lasts; one that ran out is suspect like one that was ended",
    },
    stillborn: { antiBot: "login" },
  },
  forgetting: { none: "the shopper asks the store in person" },
  tolerances: { "connects/replay": `${inPerson}; that a live view is finished once is the gateway's to see to` },
});
