import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pretend } from "@shopkey/adapter-pretend";
import type { AnyAdapter } from "@shopkey/adapter-sdk";
import type { ApplyCheckoutIdentityInput, Caller } from "../../src/identity/index.js";
import { finishOverdueCheckouts } from "../../src/jobs/index.js";
import { openLog } from "../../src/kernel/log.js";
import { ANA } from "../support/story.js";
import { codesOf, openCorner, openGrave, openTestHouse, type TestHouse } from "./house.js";

/** Where the process dies; the attempt does not come back from there while the tests run. */
let dies: "never" | "before the store" | "after the cart" | "before settling" = "never";
let breaks = false;
let reached = () => {};
const dead = openGrave();
const die = () => {
  reached();
  return dead.rest;
};

/** The corner shop's adapter in a process that can be killed between any two steps. */
function mortal(): AnyAdapter {
  const real = pretend() as AnyAdapter;
  return {
    ...real,
    checkoutIdentity: {
      ...real.checkoutIdentity,
      apply: async (call, secret, identity, cart) => {
        if (breaks) throw new TypeError("a bug of the adapter");
        if (dies === "before the store") return die();
        const checkpoint = async (value: string) => {
          await call.checkpoint(value);
          if (dies === "after the cart") await die();
        };
        const applied = await real.checkoutIdentity.apply({ ...call, checkpoint }, secret, identity, cart);
        return dies === "before settling" ? die() : applied;
      },
    },
  };
}

let house: TestHouse;
let caller: Caller;
let store: { slug: string };
const consumer = { externalId: "shopper_abc" };
const cart = { items: [{ id: "coffee" }] };
const log = openLog({ level: "silent" });

beforeAll(async () => {
  house = await openTestHouse({ adapter: mortal(), deadlineMs: 3_600_000 });
  caller = await house.org();
  store = await openCorner(house, caller);
  await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
});
afterAll(async () => {
  // A dead process keeps no lease and no closing waiting; these have to be told.
  dead.clear();
  await house.close();
});
beforeEach(async () => {
  house.sandbox.shop("ana").baskets.clear();
  dies = "never";
  breaks = false;
});

const input = (more: Partial<ApplyCheckoutIdentityInput> = {}) => ({ consumer, store, cart, ...more });
const apply = async (more: Partial<ApplyCheckoutIdentityInput> = {}) =>
  (await house.identity.applyCheckoutIdentity(caller, input(more))).checkoutIdentity;
const baskets = () => [...house.sandbox.shop("ana").baskets.values()];

/** Begins a checkout and kills the process at that point: its lease runs out. */
async function crash(at: typeof dies, more: Partial<ApplyCheckoutIdentityInput> = {}): Promise<string> {
  dies = at;
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  void apply(more).catch(() => {});
  await arrived;
  dies = "never";
  const { rows } = await house.admin.query<{ id: string }>(
    "update checkout set lease_until = now() - interval '1 minute' where state = 'PENDING' returning id",
  );
  expect(rows).toHaveLength(1);
  return `chk_${rows[0]?.id.replaceAll("-", "")}`;
}

const tick = () =>
  finishOverdueCheckouts(house.identity, house.data.pendingCheckouts, new Date(), log, new AbortController().signal);

describe.each(["before the store", "after the cart", "before settling"] as const)("killed %s", (at) => {
  test("the clock finishes what it has everything for, with one cart", async () => {
    const id = await crash(at);
    expect(await tick()).toBe(1);
    expect(await house.identity.findCheckout(caller, id)).toMatchObject({
      state: "APPLIED",
      fields: expect.arrayContaining([{ path: "buyer.email", source: "PROFILE", mask: "a•••@example.com" }]),
    });
    expect(baskets()).toHaveLength(1);
    expect(await tick()).toBe(0);
  });

  test("the clock undoes what the caller gave for that time alone", async () => {
    const id = await crash(at, { overrides: { buyer: { firstName: "Beatriz" } } });
    await tick();
    expect(await house.identity.findCheckout(caller, id)).toMatchObject({
      state: "FAILED",
      statusReason: "INTERRUPTED",
      nextAction: expect.any(String),
    });
    expect(baskets()).toEqual([]);
  });

  test("the client that asks again takes it up, overrides and all", async () => {
    const more = { idempotencyKey: `again ${at}`, overrides: { buyer: { firstName: "Beatriz" } } };
    const id = await crash(at, more);
    expect(await apply(more)).toMatchObject({ id, state: "APPLIED" });
    expect(baskets()).toMatchObject([{ buyer: { name: "Beatriz Lima" } }]);
    expect(await tick()).toBe(0);
  });

  test("what was undone may be asked again with the same key", async () => {
    const more = { idempotencyKey: `undone ${at}`, overrides: { buyer: { firstName: "Beatriz" } } };
    const id = await crash(at, more);
    await tick();
    expect(await apply(more)).toMatchObject({ id, state: "APPLIED", statusReason: null });
    expect(baskets()).toHaveLength(1);
  });
});

test("while it runs, a repetition is told to come back", async () => {
  dies = "before settling";
  const more = { idempotencyKey: "under way" };
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  void apply(more).catch(() => {});
  await arrived;
  expect(await codesOf(apply(more))).toEqual(["CONFLICT"]);
  await house.admin.query("update checkout set lease_until = now() - interval '1 minute' where state = 'PENDING'");
  dies = "never";
  await tick();
});

test("two clocks finish it once", async () => {
  const id = await crash("before settling");
  await Promise.all([tick(), tick(), tick()]);
  const { rows } = await house.admin.query(
    "select 1 from audit_event where action = 'checkout.applied' and subject_id = $1",
    [uuidOf(id)],
  );
  expect(rows).toHaveLength(1);
  expect(baskets()).toHaveLength(1);
});

test("a bug in the adapter is thrown on, and the clock undoes what is left", async () => {
  breaks = true;
  await expect(apply()).rejects.toThrow(TypeError);
  await tick();
  const { rows } = await house.admin.query("select state, reason from checkout order by created_at desc limit 1");
  expect(rows).toEqual([{ state: "FAILED", reason: "INTERRUPTED" }]);
});

test("a store that is down keeps its cart's undoing waiting, and is asked again", async () => {
  const id = await crash("after the cart", { overrides: { buyer: { firstName: "Beatriz" } } });
  const url = `${house.sandbox.url}/_sandbox/switches`;
  await fetch(url, { method: "PUT", headers: { "content-type": "application/json" }, body: '{"trouble":"down"}' });
  await tick();
  await fetch(url, { method: "DELETE" });
  expect(await house.identity.findCheckout(caller, id)).toMatchObject({ state: "PENDING" });
  await house.admin.query("update checkout set lease_until = now() - interval '1 minute' where state = 'PENDING'");
  await tick();
  expect(await house.identity.findCheckout(caller, id)).toMatchObject({ state: "FAILED" });
});

const uuidOf = (wire: string): string => wire.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
