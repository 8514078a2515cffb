import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { ANA, heldCart, itemsOf, openBench } from "./bench.js";

const { apply, abandon, readiness } = vtex().checkoutIdentity;
let sandbox: ServedSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => {
  sandbox.switches.clear(null);
  sandbox.reset(null);
});
afterAll(() => sandbox.close());

describe("a cart filled in", () => {
  test("holds the shopper's plain values at the store, and the answer holds none of them", async () => {
    const { call, logged } = openBench(sandbox);
    const applied = await apply(call, null, ANA, itemsOf("1001", "1002"));
    expect(applied.total).toEqual({ amountMinor: 15990 + 1890 + 1990, currency: "BRL" });
    expect(applied.cart.url).toBe(
      `https://cobasi.vtexcommercestable.com.br/checkout/?orderFormId=${applied.cart.id}#/cart`,
    );
    expect([...applied.fields].sort()).toEqual(Object.keys(ANA).sort());
    expect(applied.ordered).toBeUndefined();

    const held = await heldCart(sandbox, applied.cart.id);
    expect(held).toMatchObject({
      account: "cobasi",
      items: [{ id: "1001", quantity: 1 }, { id: "1002" }],
      clientProfileData: {
        email: "ana@example.com",
        document: "12345678900",
        documentType: "cpf",
        phone: "+5511999999999",
      },
      address: { receiverName: "Ana Lima", postalCode: "01310100", country: "BRA", number: "1000", isDisposable: true },
      logisticsInfo: [{ itemIndex: 0 }, { itemIndex: 1 }],
      clientPreferencesData: { locale: "pt-BR", optinNewsLetter: false },
    });
    const told = JSON.stringify([applied, logged]);
    for (const value of Object.values(ANA)) expect(told).not.toContain(`"${value}"`);
    expect(told).not.toContain("ana@");
    expect(told).not.toContain("12345678900");
  });

  test("is remembered before anything personal is sent, and asked for in the order that VTEX needs", async () => {
    const { call, sent, saved } = openBench(sandbox);
    const order: string[] = [];
    const noted = {
      ...call,
      checkpoint: async (value: string) => {
        order.push("checkpoint");
        await call.checkpoint(value);
      },
      fetch: (url: string, init?: Parameters<typeof call.fetch>[1]) => {
        order.push(`${init?.method} ${new URL(url).pathname.replace(/[0-9a-f]{32}/, "{id}")}`);
        return call.fetch(url, init);
      },
    };
    const applied = await apply(noted, null, ANA, itemsOf("1001"));
    const form = "/api/checkout/pub/orderForm";
    expect(order).toEqual([
      `GET ${form}`,
      "checkpoint",
      `POST ${form}/{id}/items`,
      `PATCH ${form}/{id}/profile`,
      `POST ${form}/{id}/attachments/clientProfileData`,
      `POST ${form}/{id}/attachments/shippingData`,
      `POST ${form}/{id}/attachments/clientPreferencesData`,
      `GET ${form}/{id}`,
    ]);
    expect(saved).toEqual([applied.cart.id]);
    expect(sent.at(-1)?.path).toContain("?refreshOutdatedData=true");
    expect(sent.every(({ body }) => body === undefined || !JSON.stringify(body).includes("null"))).toBe(true);
  });

  test("carries the optional fields: company, complement, landmark, another receiver", async () => {
    const { call } = openBench(sandbox, { settings: { account: "lojaspompeia", salesChannel: "3" } });
    const more = {
      ...ANA,
      "buyer.corporateName": "Acme Comércio Ltda",
      "buyer.corporateDocument": "12ABC34501DE35",
      "address.complement": "Apto 101",
      "address.reference": "Perto do metrô",
      "address.receiver": "Portaria",
      "address.country": "BRA",
    } as const;
    const applied = await apply(call, null, more, itemsOf("3001"));
    expect([...applied.fields].sort()).toEqual(Object.keys(more).sort());
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({
      account: "lojaspompeia",
      salesChannel: "3",
      clientProfileData: { corporateDocument: "12ABC34501DE35", isCorporate: true },
      address: { receiverName: "Portaria", complement: "Apto 101", reference: "Perto do metrô" },
    });
  });

  test("adds the same item twice as two of it", async () => {
    const { call } = openBench(sandbox);
    const applied = await apply(call, null, ANA, itemsOf("1002", "1002"));
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({ items: [{ id: "1002", quantity: 2 }] });
  });

  test("may be one that the org has already, with its items", async () => {
    const first = await apply(openBench(sandbox).call, null, ANA, itemsOf("1003"));
    const other = { ...ANA, "buyer.email": "bia@example.com", "buyer.firstName": "Bia" };
    const { call, sent } = openBench(sandbox);
    const applied = await apply(call, null, other, { kind: "existing", id: first.cart.id });
    expect(applied.cart.id).toBe(first.cart.id);
    expect(applied.total).toEqual(first.total);
    expect(sent.some(({ path }) => path.endsWith("/items") || path.endsWith("/profile"))).toBe(false);
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({
      items: [{ id: "1003", quantity: 1 }],
      clientProfileData: { email: "bia@example.com", firstName: "Bia" },
    });
  });
});

describe("an intent taken up again", () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    "after its request number %d was lost makes one cart, without doubled items",
    async (lost) => {
      const first = openBench(sandbox);
      sandbox.switches.set("cobasi", { trouble: "lostAnswer", skip: lost - 1, times: 1 });
      await expect(apply(first.call, null, ANA, itemsOf("1001"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      const second = openBench(sandbox, { resume: first.saved.at(-1) ?? null });
      const applied = await apply(second.call, null, ANA, itemsOf("1001"));
      if (lost > 1) expect(applied.cart.id).toBe(first.saved[0]);
      expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({
        items: [{ id: "1001", quantity: 1 }],
        clientProfileData: { email: "ana@example.com" },
        profilesAttached: 1,
      });
      expect(applied.fields).toContain("address.street");
    },
  );

  test.each(["", "?remember=true"])("after the shopper paid is the order %s", async (query) => {
    const first = openBench(sandbox);
    const { cart } = await apply(first.call, null, ANA, itemsOf("1001"));
    await fetch(`${sandbox.url}/_sandbox/carts/${cart.id}/place${query}`, { method: "POST", redirect: "manual" });
    const applied = await apply(openBench(sandbox, { resume: cart.id }).call, null, ANA, itemsOf("1001"));
    expect(applied.ordered?.reference).toMatch(/^\d{13}$/);
    const again = apply(openBench(sandbox).call, null, ANA, { kind: "existing", id: cart.id });
    await expect(again).rejects.toMatchObject({ code: "CART_INVALID" });
  });
});

describe("an intent given up", () => {
  test("leaves nothing personal in the cart; twice is fine", async () => {
    const { call, saved } = openBench(sandbox);
    const { cart } = await apply(call, null, ANA, itemsOf("1001"));
    await abandon(openBench(sandbox, { resume: saved[0] ?? null }).call);
    const state = JSON.stringify(sandbox.state("cobasi"));
    for (const value of ["ana@example.com", "12345678900", "+5511999999999", "Av. Paulista"]) {
      expect(state).not.toContain(value);
    }
    await abandon(openBench(sandbox, { resume: cart.id }).call);
  });

  test("before there was a cart, or when it is gone, is a success without a word to the store", async () => {
    const { call, sent } = openBench(sandbox);
    await abandon(call);
    expect(sent).toHaveLength(0);
    await abandon(openBench(sandbox, { resume: "0".repeat(32) }).call);
  });

  test("does not pretend when the store is down", async () => {
    const failures = { down: "STORE_UNAVAILABLE", htmlNotFound: "STORE_CHANGED", garbage: "STORE_CHANGED" } as const;
    for (const [trouble, code] of Object.entries(failures)) {
      sandbox.switches.set(null, { trouble: trouble as keyof typeof failures });
      const { call } = openBench(sandbox, { resume: "0".repeat(32) });
      await expect(abandon(call)).rejects.toMatchObject({ code });
    }
  });
});

describe("readiness", () => {
  test("an e-mail that the store does not know is ready: a 200 with nulls", async () => {
    expect(await readiness(openBench(sandbox).call, null, { "buyer.email": "new@example.com" })).toEqual({
      kind: "ready",
    });
    expect(await readiness(openBench(sandbox).call, null, {})).toEqual({ kind: "ready" });
    const half = { "buyer.email": "joao.incompleto@example.com" };
    expect(await readiness(openBench(sandbox).call, null, half)).toEqual({ kind: "ready" });
  });

  test("a shopper whom the store knows has to log in", async () => {
    const known = { "buyer.email": "maria.conhecida@example.com" };
    const answer = await readiness(openBench(sandbox).call, null, known);
    expect(answer).toMatchObject({ kind: "blocked", code: "LOGIN_REQUIRED" });
    expect(JSON.stringify(answer)).not.toContain("maria");
  });

  test("a store that is down, or denies the question, is told apart", async () => {
    sandbox.switches.set("cobasi", { trouble: "down" });
    expect(await readiness(openBench(sandbox).call, null, ANA)).toMatchObject({ code: "STORE_UNAVAILABLE" });
    sandbox.switches.set("cobasi", { profilesDenied: true });
    expect(await readiness(openBench(sandbox).call, null, ANA)).toMatchObject({ code: "PERMISSION_MISSING" });
  });
});
