/** One gateway with hosted browsers, and shoppers who log in through its live views, each in a browser window of their own. */
import type { Browser, BrowserContextOptions } from "playwright";
import { buildLiveView } from "../web/live-view-visit.js";
import { openChromium } from "./chromium.js";
import { openGateway, type TestGateway } from "./gateway.js";
import { DESKTOP, openShopper, PHONE, type Shopper } from "./shopper.js";
import { payloadOf } from "./story.js";

export interface LiveLogins {
  /** The one that runs now. */
  readonly gateway: TestGateway;
  /** Opens a live view's link and goes past its introduction; on a desktop unless told otherwise. */
  readonly look: (link: string, options?: BrowserContextOptions) => Promise<Shopper>;
  /** Opens a hand-off's link on a phone, sees the store's page there, and says that it is done. */
  readonly finishHandOff: (link: string, host: string) => Promise<void>;
  /** What the one field of a request answered. */
  readonly ask: <T>(query: string, variables?: object) => Promise<T>;
  /** The same of a mutation with one input. */
  readonly act: <T>(mutation: string, input: object) => Promise<T>;
  /** A consumer that there was not before. */
  readonly addConsumer: (externalId: string) => Promise<{ readonly externalId: string }>;
  /** Puts these in place of the switches of an adapter's sandbox. */
  readonly setSwitches: (adapter: string, account: string, switches: object) => Promise<void>;
  readonly sandboxUrl: (adapter: string) => string;
  /** Every answer, as text. */
  readonly answers: readonly string[];
  /** Errors of the live view's pages. */
  readonly troubles: readonly string[];
  /** Of the gateway; its windows stay. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const ADD_CONSUMER =
  "mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { userErrors { code } } }";

/** With four places for hosted browsers unless `settings` say otherwise. */
export async function openLiveLogins(settings: Parameters<typeof openGateway>[0] = {}): Promise<LiveLogins> {
  await buildLiveView();
  const browser = await openChromium();
  let gateway = await openGateway({ browser: { mode: "local", slots: 4 }, ...settings }).catch(async (error) => {
    await browser.close();
    throw error;
  });
  const answers: string[] = [];
  const { troubles, ...windows } = openWindows(browser);
  const ask = async <T>(query: string, variables: object = {}): Promise<T> => {
    const answer = await gateway.ask<Record<string, T>>(query, variables);
    answers.push(JSON.stringify(answer.body));
    return payloadOf(answer);
  };
  const act = <T>(mutation: string, input: object): Promise<T> => ask(mutation, { input });
  const sandboxUrl = (adapter: string): string => gateway.sandboxes.get(adapter) ?? "";
  return {
    ...{ ...windows, ask, act, answers, troubles, sandboxUrl },
    get gateway() {
      return gateway;
    },
    addConsumer: async (externalId) => {
      await act(ADD_CONSUMER, { externalId });
      return { externalId };
    },
    setSwitches: (adapter, account, switches) => putSwitches(sandboxUrl(adapter), account, switches),
    restart: async () => {
      gateway = await gateway.restart();
    },
    close: async () => {
      await browser.close();
      await gateway.close();
    },
  };
}

function openWindows(browser: Browser): Pick<LiveLogins, "look" | "finishHandOff" | "troubles"> {
  const troubles: string[] = [];
  const look = async (link: string, options = DESKTOP): Promise<Shopper> => {
    const shopper = await openShopper(browser, link, options, troubles);
    await shopper.enter();
    return shopper;
  };
  return {
    troubles,
    look,
    finishHandOff: async (link, host) => {
      const buyer = await look(link, PHONE);
      await buyer.sees(host);
      await buyer.page
        .getByRole("button", { name: /terminei|pronto/i })
        .first()
        .click();
      await buyer.heading("Tudo pronto");
    },
  };
}

async function putSwitches(sandboxUrl: string, account: string, switches: object): Promise<void> {
  await fetch(`${sandboxUrl}/_sandbox/switches?account=${account}`, {
    ...{ method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(switches) },
  });
}
