import { describe, expect, test } from "@jest/globals";
import { ANA, type Bench, customersCalled, heldBy, itemsOf } from "./bench.js";
import { checkoutsAt, openShop } from "./shop.js";

const shop = openShop();
const { orderOf, addressesHeld, place, namedOrder } = checkoutsAt(shop);
const { apply, abandon } = shop.adapter.checkoutIdentity;

/** Cut off by an answer that never came, at the given request; what is left to go on from. */
async function cutOff(skip: number, identity = ANA as Parameters<typeof apply>[2]): Promise<Bench> {
  const bench = shop.open();
  shop.sandbox.switches.set(null, { trouble: "lostAnswer", skip, times: 1 });
  await expect(apply(bench.call, null, identity, itemsOf("CANECA-300"))).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
  shop.sandbox.switches.clear(null);
  return bench;
}
const STEPS = [0, 1, 2, 3, 4, 5, 6];

describe("cut off in its middle", () => {
  test.each(STEPS)(
    "after request %i was done and not answered, it is taken up with one address and one line",
    async (skip) => {
      const { call, saved } = await cutOff(skip);
      const changed = { ...ANA, "address.number": "2000" } as const;
      const again = shop.open({ key: call.idempotencyKey, resume: saved.at(-1) ?? null });
      const applied = await apply(again.call, null, changed, itemsOf("CANECA-300"));
      expect(applied.total.amountMinor).toBe(3490);
      const lines = addressesHeld().map(({ line_1 }) => line_1);
      expect(lines).toEqual(["Av. Paulista, 2000", "Av. Paulista, 2000"]);
    },
  );

  test.each(STEPS)(
    "after request %i was done and not answered, it is undone without a trace of the address",
    async (skip) => {
      const { saved } = await cutOff(skip);
      for (const _round of [1, 2]) await abandon(shop.open({ resume: saved.at(-1) ?? null }).call);
      const { orders } = heldBy(shop.sandbox);
      expect(addressesHeld()).toEqual([]);
      // An order whose creation was never answered stays as an empty one, which is nobody's.
      expect(Object.values(orders).filter(({ customerEmail }) => customerEmail !== null)).toEqual([]);
    },
  );
});

describe("abandoned", () => {
  test("an order of ours is deleted; the customer record stays, for only anonymization takes it away", async () => {
    const { call, saved } = shop.open();
    await apply(call, null, ANA, itemsOf("CANECA-300"));
    await abandon(shop.open({ resume: saved.at(-1) ?? null }).call);
    expect(heldBy(shop.sandbox)).toMatchObject({ orders: {}, addresses: {}, lineItems: {} });
    expect(customersCalled(shop.sandbox, "ana@example.com")).toBe(1);
  });

  test.each([
    { title: "our order that cannot be deleted loses the shopper", isOwn: true },
    { title: "a named order keeps its items and loses the shopper", isOwn: false },
  ])("$title", async ({ isOwn }) => {
    const id = isOwn ? "" : await namedOrder();
    const before = addressesHeld().length;
    const { call, saved } = shop.open();
    const { cart } = await apply(call, null, ANA, isOwn ? itemsOf("CANECA-300") : { kind: "existing", id });
    shop.sandbox.switches.set(null, { undeletable: isOwn });
    await abandon(shop.open({ resume: saved.at(-1) ?? null }).call);
    expect(orderOf(cart.id)).toMatchObject({
      customerEmail: null,
      customerId: null,
      shippingId: null,
      billingId: null,
    });
    expect(Object.keys(heldBy(shop.sandbox).lineItems)).toHaveLength(1);
    expect(addressesHeld()).toHaveLength(before);
  });

  test("a named order whose e-mail address cannot be taken back goes as a whole", async () => {
    const id = await namedOrder();
    const { call, saved } = shop.open();
    await apply(call, null, ANA, { kind: "existing", id });
    shop.sandbox.switches.set(null, { emailKept: true });
    await abandon(shop.open({ resume: saved.at(-1) ?? null }).call);
    expect(orderOf(id)).toBeUndefined();
  });

  test("a placed order is the shopper's: nothing is taken out of it", async () => {
    const { call, saved } = shop.open();
    const { cart } = await apply(call, null, ANA, itemsOf("CANECA-300"));
    await place(cart.id);
    await abandon(shop.open({ resume: saved.at(-1) ?? null }).call);
    expect(orderOf(cart.id)).toMatchObject({ customerEmail: "ana@example.com" });
    expect(addressesHeld()).toHaveLength(2);
  });

  test("what never began, or cannot be read, is nothing to undo", async () => {
    for (const resume of [null, "", "{}", "garbage"]) {
      const bench = shop.open({ resume });
      await abandon(bench.call);
      expect(bench.sent).toEqual([]);
    }
  });
});
