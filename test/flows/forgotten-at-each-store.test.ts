/**
 * Being forgotten at every kind of store, over HTTP and past a clock that is turned, by two gateways on one database: taken back in
 * time, taken back after the store was asked, done although the store is down for a day. What only Commerce Layer and VTEX have
 * (webhooks, jobs) is in tests of their own; no other store calls by itself about somebody who is being forgotten.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { verifyReceipt } from "../../src/vault/index.js";
import { admit, entry, openConnector, SETTINGS, VERIFY } from "../gate/gate.js";
import { mutate } from "../support/commerce-layer.js";
import {
  CONNECT,
  eventually,
  type ForgettingWorld,
  GRACE_MS,
  HOUR_MS,
  MINUTE_MS,
  openForgetting,
  type Shopper,
  stepAt,
  type Wish,
} from "../support/forgetting.js";

interface Place {
  readonly slug: string;
  readonly adapter: string;
  /** The sandbox's name for it. */
  readonly account: string;
  /** Who has the last word: the store, a person of the org, the shopper. */
  readonly settledBy: "store" | "operator" | "shopper";
  /** What is asked of the store: by these requests, or of nobody. */
  readonly asks: RegExp | null;
  /** Whether it stops when it has been asked. */
  readonly stops: boolean;
  readonly connects: boolean;
}
const place = (slug: string, adapter: string, more: Partial<Place> = {}): Place => ({
  ...{ slug, adapter, account: slug, settledBy: "shopper", asks: null, stops: true, connects: false },
  ...more,
});
const CORNER = place("esquina", "pretend", { settledBy: "store", asks: /^PUT \/forgets\// });
const JOBS = place("direitos", "vtex", {
  ...{ settledBy: "store", asks: /^POST \/api\/user-rights\//, stops: false, connects: true },
});
const GATE = place("amazon", "amazon-connector");
const PLACES = [
  CORNER,
  JOBS,
  place("cobasi", "vtex", { settledBy: "operator", connects: true }),
  place("mercadolivre", "meli", { account: "MLB" }),
  place("ifood", "ifood"),
  GATE,
];

const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code field } } }`;
const SETTLE = `mutation ($input: SettleAnonymizationStepInput!) { settleAnonymizationStep(input: $input) { request { id } userErrors { code } } }`;
const SHOW = `query ($id: String!) { consumer(externalId: $id) { status profile { buyer { email } } anonymization { status } } }`;

let world: ForgettingWorld;
let gate: Awaited<ReturnType<typeof openConnector>>;
beforeAll(async () => {
  world = await openForgetting();
  const stores = [
    {
      ...{ adapter: "pretend", slug: CORNER.slug, title: "Corner shop", settings: { shop: CORNER.account } },
      credentials: { key: `key-of-${CORNER.account}`, hookKey: `hooks-of-${CORNER.account}` },
    },
    {
      ...{ adapter: "vtex", slug: JOBS.slug, title: "Direitos", settings: { account: JOBS.account, userRights: true } },
      credentials: { appKey: `vtexappkey-${JOBS.account}-ABCDEF`, appToken: "token-of-direitos" },
    },
  ];
  for (const store of stores) expect(await mutate(world.gateway, REGISTER, store)).toMatchObject({ userErrors: [] });
  gate = await openConnector(world.gateway, { ...SETTINGS, inbound: { kind: "allow-all" } }, { credentials: null });
}, 60_000);
afterAll(() => world.close(), 60_000);
beforeEach(async () => {
  await world.outra.set({});
});

const slugOf = ({ slug, adapter }: Place): string => (adapter === GATE.adapter ? gate.slug : slug);

async function sandbox<T>({ adapter, account }: Place, method: string, what: string, body?: object): Promise<T> {
  const url = `${world.gateway.sandboxes.get(adapter)}/_sandbox/${what}?account=${account}`;
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return (await answer.json().catch(() => null)) as T;
}
/** How often the store took a request to forget somebody. */
async function asksAt(at: Place): Promise<number> {
  const { asks } = at;
  if (asks === null) return 0;
  const journal = await sandbox<readonly { method: string; path: string; status: number }[]>(at, "GET", "journal");
  return journal.filter(({ method, path, status }) => status < 300 && asks.test(`${method} ${path}`)).length;
}

/** Somebody the store knows, as far as that takes no page of its own; with a code of theirs at the gate. */
async function knownAt(at: Place): Promise<Shopper & { readonly code: string }> {
  const who = await world.shopper(...(at.connects ? [at.slug] : []));
  const code = `card-of-${who.externalId}`;
  if (at === GATE) await admit(world.gateway, gate, { code }, { externalId: who.externalId });
  return { ...who, code };
}
const isLetIn = async (code: string): Promise<boolean> => (await gate.post(VERIFY, entry(code))).status === 200;
const cancelled = (id: string) =>
  eventually(
    () => world.cancel(id),
    // A moment in which a gateway is at a store with it; it passes.
    ({ userErrors }) => userErrors.every(({ code }) => code !== "CONFLICT"),
  );

/** They are who they were, here and at the store. */
async function expectThere(at: Place, { externalId, code }: Shopper & { readonly code: string }): Promise<void> {
  const { body } = await world.replica.ask(SHOW, { id: externalId });
  expect(body.data).toMatchObject({
    consumer: { status: "PROSPECT", profile: { buyer: { email: "s•••@example.com" } } },
  });
  if (at === GATE) expect(await isLetIn(code)).toBe(true);
  if (!at.connects) return;
  const again = await mutate(world.replica, CONNECT, { consumer: { externalId }, store: { slug: at.slug } });
  expect(again).toMatchObject({ connection: { status: "ACTIVE" }, userErrors: [] });
}

describe.each(PLACES.map((at) => [`${at.adapter}, ${at.slug}`, at] as const))("at %s", (_name, at) => {
  test("taken back in time: the store never hears of it, and the shopper stays", async () => {
    const before = await asksAt(at);
    const who = await knownAt(at);
    const id = await world.forgetAt(who, slugOf(at));
    world.turn(GRACE_MS - 10 * MINUTE_MS);
    expect(await world.cancel(id)).toMatchObject({ request: { status: "CANCELLED" }, userErrors: [] });
    world.turn(2 * GRACE_MS);
    const { status, steps } = await world.find(id);
    expect({ status, steps: new Set(steps.map((step) => step.status)) }).toEqual({
      ...{ status: "CANCELLED", steps: new Set(["CANCELLED"]) },
    });
    expect(await asksAt(at)).toBe(before);
    await expectThere(at, who);
  }, 60_000);

  test("taken back when the store was asked, and another one could not be yet", async () => {
    const before = await asksAt(at);
    const who = await knownAt(at);
    await world.outra.set({ trouble: "down" });
    const id = await world.forgetAt(who, slugOf(at), "outra");
    world.turn(GRACE_MS);
    await world.until(
      id,
      (wish) =>
        stepAt(wish, slugOf(at))?.status !== "WAITING" && stepAt(wish, "outra")?.statusReason === "STORE_UNAVAILABLE",
    );
    const told = await cancelled(id);
    await world.outra.set({});
    world.turn(2 * HOUR_MS);
    if (at.stops) {
      expect(told).toMatchObject({ request: { status: "CANCELLED" }, userErrors: [] });
      await expectThere(at, who);
    } else {
      // A store that does not stop is told as it is, and then all of it goes on.
      expect(told).toMatchObject({ request: null, userErrors: [{ code: "NOT_CANCELLABLE" }] });
      await world.until(id, ({ shreddedAt }) => shreddedAt !== null);
      expect(await world.cancel(id)).toMatchObject({ userErrors: [{ code: "TOO_LATE" }] });
    }
    expect(await asksAt(at)).toBe(before + (at.asks === null ? 0 : 1));
  }, 60_000);

  test("done, although the store is down for a day: asked once, by one of two gateways", async () => {
    const before = await asksAt(at);
    const who = await knownAt(at);
    await sandbox(at, "PUT", "switches", { trouble: "down" });
    const id = await world.forgetAt(who, slugOf(at));
    world.turn(GRACE_MS);
    for (let hours = 0; hours < 24; hours += 6) {
      await world.atRest(id);
      const wish = await world.find(id);
      if (at.asks === null) expect(wish).toMatchObject({ status: "IN_PROGRESS", shreddedAt: expect.any(String) });
      else expect(stepAt(wish, slugOf(at))).toMatchObject({ status: "WAITING", statusReason: "STORE_UNAVAILABLE" });
      // What the store has to be told is kept until it was told.
      expect(wish.shreddedAt === null).toBe(at.asks !== null);
      world.turn(6 * HOUR_MS);
    }
    await world.atRest(id);
    await sandbox(at, "PUT", "switches", {});
    world.turn(2 * HOUR_MS);
    const shredded = await world.until(id, ({ shreddedAt }) => shreddedAt !== null);
    if (at.settledBy === "store") {
      await world.atRest(id);
      world.turn(25 * HOUR_MS);
    } else await expectSettled(at, shredded);
    const ended = await world.until(id, ({ status }) => status !== "IN_PROGRESS");
    expect(ended.status).toBe("COMPLETED");
    expect(await asksAt(at)).toBe(before + (at.asks === null ? 0 : 1));
    expect(verifyReceipt(Buffer.from(ended.receipt?.document ?? ""))).toMatchObject({ kind: "genuine" });
    for (const value of [who.email, who.externalId, who.code]) expect(ended.receipt?.document).not.toContain(value);
    expect(await world.cancel(id)).toMatchObject({ userErrors: [{ code: "TOO_LATE" }] });
    if (at === GATE) expect(await isLetIn(who.code)).toBe(false);
  }, 120_000);
});

/** What only a person can do is told with where and what it costs; of two who settle it at once, one does. */
async function expectSettled(at: Place, wish: Wish): Promise<void> {
  const step = stepAt(wish, slugOf(at));
  if (at.settledBy === "operator") {
    expect(step).toMatchObject({ status: "AWAITING_OPERATOR", tasks: [], note: expect.stringContaining("VTEX Admin") });
  } else {
    expect(step?.status).toBe("AWAITING_SHOPPER");
    expect(step?.tasks.length).toBeGreaterThan(0);
    for (const task of step?.tasks ?? []) {
      expect(task.url).toMatch(/^https:\/\//);
      expect(task.warnings.length).toBeGreaterThan(0);
      // What closes an account goes further than the wish: it is never what is asked by default.
      if (task.code === "CLOSE_ACCOUNT") expect(task).toMatchObject({ optional: true, blockers: expect.any(Array) });
    }
  }
  const settle = { request: wish.id, store: { slug: slugOf(at) }, outcome: "DONE", reference: "CERT-1" };
  const told = await Promise.all([world.gateway, world.replica].map((one) => mutate(one, SETTLE, settle)));
  const codes = told.map(({ userErrors }) => userErrors.map(({ code }) => code).join());
  expect(codes.toSorted()).toEqual(["", "INVALID"]);
}

test("neither gateway's log has a word of any of them", () => {
  for (const { logLines } of [world.gateway, world.replica])
    expect(
      logLines.filter((line) => /@example\.com|2000000|card-of-|token-of-direitos|Av\. Paulista/.test(line)),
    ).toEqual([]);
});
