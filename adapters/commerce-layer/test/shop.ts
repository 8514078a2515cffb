/** A sandbox for one test file, emptied before each test, at a time of day that is turned by hand. */
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import { type CommerceLayerSandbox, REPEAT_EMAIL, startSandbox } from "@shopkey/adapter-commerce-layer/sandbox";
import type { Progress } from "@shopkey/adapter-sdk";
import { openTokenBook, type TokenBook } from "../src/token-book.js";
import { ANA, type Bench, type BenchOptions, heldBy, itemsOf, openBench } from "./bench.js";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

const START = Date.parse("2026-08-20T12:00:00Z");

export interface Shop {
  /** There from `beforeAll` on. */
  readonly sandbox: CommerceLayerSandbox;
  readonly book: TokenBook;
  readonly adapter: ReturnType<typeof commerceLayer>;
  readonly now: () => Date;
  readonly wait: (ms: number) => void;
  readonly open: (options?: BenchOptions) => Bench;
}

/** Call it where a test file begins: it comes and goes with the file. */
export function openShop(): Shop {
  const book = openTokenBook({ callsPerMinute: 1e6 });
  let time = START;
  const now = () => new Date(time);
  let started: CommerceLayerSandbox | undefined;
  const sandbox = (): CommerceLayerSandbox => {
    if (started === undefined) throw new Error("the sandbox is not there yet");
    return started;
  };
  beforeAll(async () => {
    started = await startSandbox({ now, tokenCallsPerMinute: 1e6 });
  });
  beforeEach(() => {
    time = START;
    book.clear();
    sandbox().tokens.expireAll();
    sandbox().switches.clear(null);
    sandbox().reset(null);
  });
  afterAll(() => sandbox().close());
  return {
    get sandbox() {
      return sandbox();
    },
    ...{ book, adapter: commerceLayer(book), now },
    wait: (ms) => {
      time += ms;
    },
    open: (options = {}) => openBench(sandbox(), { now, ...options }),
  };
}

/** Rita, as somebody who asks to be forgotten. */
export const RITA = {
  identity: { "buyer.email": REPEAT_EMAIL },
  secret: { kind: "customer", customerId: "cstRitaRep" },
} as const;

/** What the tests about being forgotten ask. */
export const forgettingAt = (shop: Shop) => ({
  request: (options: BenchOptions = {}) => shop.adapter.anonymize.request(shop.open(options).call, RITA),
  status: (progress: Progress) => shop.adapter.anonymize.status(shop.open().call, RITA, progress),
  customer: () => heldBy(shop.sandbox).customers.cstRitaRep,
  patches: (bench: Bench) => bench.sent.filter(({ method }) => method === "PATCH"),
});

/** What the tests about checkouts look at. */
export const checkoutsAt = (shop: Shop) => ({
  orderOf: (id: string) => heldBy(shop.sandbox).orders[id],
  addressesHeld: () => Object.values(heldBy(shop.sandbox).addresses).map(({ attributes }) => attributes),
  place: (id: string) => fetch(`${shop.sandbox.url}/_sandbox/orders/${id}/place`, { method: "POST" }),
  /** An order that the org opened itself. */
  namedOrder: async (): Promise<string> => {
    const identity = { ...ANA, "buyer.email": "outra@example.com" };
    const { call } = shop.open();
    const { cart } = await shop.adapter.checkoutIdentity.apply(call, null, identity, itemsOf("CAMISETA-M"));
    return cart.id;
  },
});
