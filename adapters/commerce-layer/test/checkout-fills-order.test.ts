import { describe, expect, test } from "@jest/globals";
import { REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { ANA, itemsOf, stepsOf } from "./bench.js";
import { checkoutsAt, openShop } from "./shop.js";

const shop = openShop();
const { orderOf, addressesHeld, place, namedOrder } = checkoutsAt(shop);
const { apply } = shop.adapter.checkoutIdentity;

describe("an order filled in", () => {
  test("holds the shopper's values in Commerce Layer's own places, and the answer holds none of them", async () => {
    const { call, logged, saved } = shop.open();
    const applied = await apply(call, null, ANA, itemsOf("CANECA-300", "CAMISETA-M"));
    expect(applied.total).toEqual({ amountMinor: 3490 + 6990, currency: "BRL" });
    expect(applied.cart.url).toBe(`https://loja.commercelayer.app/checkout/${applied.cart.id}`);
    expect([...applied.fields].sort()).toEqual(Object.keys(ANA).sort());
    expect(applied.remarks).toEqual([]);
    expect(orderOf(applied.cart.id)).toMatchObject({
      customerEmail: "ana@example.com",
      status: "pending",
      languageCode: "pt",
    });
    const [ours] = addressesHeld();
    expect(ours).toMatchObject({
      ...{
        first_name: "Ana",
        last_name: "Lima",
        line_1: "Av. Paulista, 1000",
        city: "São Paulo",
        zip_code: "01310100",
      },
      ...{
        state_code: "SP",
        country_code: "BR",
        phone: "+5511999999999",
        notes: "Bela Vista",
        billing_info: "12345678900",
      },
      ...{ metadata: { neighborhood: "Bela Vista" }, reference_origin: "shopkey" },
    });
    const told = JSON.stringify([applied, logged, saved]);
    for (const value of ["ana@", "12345678900", "Paulista", "Lima", "999999999"]) expect(told).not.toContain(value);
  });

  test("is remembered before anything personal is sent; the order is read back at the end", async () => {
    const bench = shop.open();
    const { cart } = await apply(bench.call, null, ANA, itemsOf("CANECA-300"));
    expect(stepsOf(bench)).toEqual([
      "POST /oauth/token",
      "POST /api/orders",
      "GET /api/orders/{id}",
      "POST /api/line_items",
      "POST /api/addresses",
      "PATCH /api/orders/{id}",
      "GET /api/orders/{id}",
    ]);
    expect(JSON.parse(bench.saved[0] ?? "")).toMatchObject({ order: cart.id, own: true, addresses: [] });
    expect(
      bench.sent.every(({ headers, path }) => path === "/oauth/token" || headers.accept === "application/vnd.api+json"),
    ).toBe(true);
    expect(bench.sent.find(({ method }) => method === "PATCH")?.body).toMatchObject({
      data: { attributes: { customer_email: "ana@example.com", _billing_address_same_as_shipping: true } },
    });
    expect(JSON.stringify(bench.sent)).not.toContain("customer_password");
  });

  test("has an address for who pays and another for who receives, when they are not the same", async () => {
    const more = {
      ...ANA,
      "address.receiver": "Portaria",
      "address.complement": "Apto 101",
      "address.reference": "ao lado do metrô",
    } as const;
    const bench = shop.open();
    const applied = await apply(bench.call, null, more, itemsOf("CANECA-300"));
    expect([...applied.fields].sort()).toEqual(Object.keys(more).sort());
    expect(addressesHeld()).toEqual([
      expect.objectContaining({
        business: true,
        company: "Portaria",
        line_2: "Apto 101",
        notes: "Bela Vista; ao lado do metrô",
      }),
      expect.objectContaining({ first_name: "Ana", last_name: "Lima", billing_info: "12345678900" }),
    ]);
    expect(addressesHeld()[0]).not.toHaveProperty("billing_info");
    expect(JSON.stringify(bench.sent)).not.toContain("_billing_address_same_as_shipping");
  });

  test("is a company's, with the CNPJ where the store looks for it", async () => {
    const company = {
      ...ANA,
      "buyer.corporateName": "Acme Comércio Ltda",
      "buyer.corporateDocument": "11444777000161",
      "buyer.documentType": "cpf",
    } as const;
    const applied = await apply(shop.open().call, null, company, itemsOf("CANECA-300"));
    expect([...applied.fields].sort()).toEqual(Object.keys(company).sort());
    expect(addressesHeld()[1]).toMatchObject({
      ...{ business: true, company: "Acme Comércio Ltda", billing_info: "11444777000161" },
      ...{ metadata: { document: "12345678900", document_type: "cpf", neighborhood: "Bela Vista" } },
    });
  });

  test("the same item twice is two of it, and what cannot be sold is the cart's fault", async () => {
    const twice = {
      kind: "items",
      items: [
        { id: "CANECA-300", quantity: 1 },
        { id: "CANECA-300", quantity: 2 },
      ],
    } as const;
    expect((await apply(shop.open().call, null, ANA, twice)).total.amountMinor).toBe(3 * 3490);
    for (const sku of ["GUARDA-CHUVA", "no-such-sku"]) {
      await expect(apply(shop.open().call, null, ANA, itemsOf(sku))).rejects.toMatchObject({
        code: "CART_INVALID",
      });
    }
    const url = { kind: "url", url: "https://loja.example/p/1" } as const;
    await expect(apply(shop.open().call, null, ANA, url)).rejects.toMatchObject({ code: "CART_INVALID" });
  });

  test("of another country is refused by the field's name, and so is an address that the store does not take", async () => {
    shop.sandbox.switches.set(null, { countryLock: "IT" });
    const locked = apply(shop.open().call, null, ANA, itemsOf("CANECA-300"));
    await expect(locked).rejects.toMatchObject({ code: "IDENTITY_INCOMPLETE", fields: ["address.country"] });
    shop.sandbox.switches.clear(null);
    const zip = apply(shop.open().call, null, { ...ANA, "address.postalCode": "00000000" }, itemsOf("CANECA-300"));
    await expect(zip).rejects.toMatchObject({ code: "IDENTITY_INCOMPLETE", fields: ["address.postalCode"] });
    const nowhere = apply(shop.open().call, null, { ...ANA, "address.country": "XYZ" }, itemsOf("CANECA-300"));
    await expect(nowhere).rejects.toMatchObject({ code: "IDENTITY_INCOMPLETE", fields: ["address.country"] });
  });

  test("that comes back with somebody else's e-mail address is not believed", async () => {
    shop.sandbox.switches.set(null, { otherEmail: true });
    const refused = apply(shop.open().call, null, ANA, itemsOf("CANECA-300"));
    await expect(refused).rejects.toMatchObject({ code: "REFUSED_BY_STORE", fields: ["buyer.email"] });
  });

  test("says when the address leads to another customer than the connected one", async () => {
    const secret = { kind: "customer", customerId: "cstRitaRep" } as const;
    const { remarks } = await apply(shop.open().call, secret, ANA, itemsOf("CANECA-300"));
    expect(remarks).toEqual([{ code: "OTHER_CUSTOMER", severity: "warning" }]);
    const same = await apply(shop.open().call, secret, { ...ANA, "buyer.email": REPEAT_EMAIL }, itemsOf("CANECA-300"));
    expect(same.remarks).toEqual([]);
  });
});

describe("an order that the org named", () => {
  test("is filled in as it is; one that is unknown, placed or no id at all is not", async () => {
    const id = await namedOrder();
    const applied = await apply(shop.open().call, null, ANA, { kind: "existing", id });
    expect(applied).toMatchObject({ cart: { id }, total: { amountMinor: 6990 } });
    expect(orderOf(id)).toMatchObject({ customerEmail: "ana@example.com" });
    await place(id);
    for (const other of [id, "nosuchorder", "../customers/cstRitaRep", ""]) {
      const refused = apply(shop.open().call, null, ANA, { kind: "existing", id: other });
      await expect(refused).rejects.toMatchObject({ code: "CART_INVALID" });
    }
  });

  test("that says it is not editable is filled in all the same: that is about orders which were placed", async () => {
    const id = await namedOrder();
    shop.sandbox.switches.set(null, { editableNever: true });
    expect(await apply(shop.open().call, null, ANA, { kind: "existing", id })).toMatchObject({ cart: { id } });
  });

  test("placed while nobody looked is the answer to the attempt that filled it in, and to no other", async () => {
    const first = shop.open();
    const { cart } = await apply(first.call, null, ANA, itemsOf("CANECA-300"));
    await place(cart.id);
    const resumed = shop.open({ key: first.call.idempotencyKey, resume: first.saved.at(-1) ?? null });
    expect(await apply(resumed.call, null, ANA, itemsOf("CANECA-300"))).toMatchObject({
      cart,
      ordered: { reference: "1000" },
    });
    const other = apply(resumed.call, null, { ...ANA, "buyer.email": "other@example.com" }, itemsOf("CANECA-300"));
    await expect(other).rejects.toMatchObject({ code: "CART_INVALID" });
  });
});

describe("readiness", () => {
  test("is about our own key alone, and asks at most once", async () => {
    const bench = shop.open();
    for (const _round of [1, 2])
      expect(await shop.adapter.checkoutIdentity.readiness(bench.call, null, ANA)).toEqual({ kind: "ready" });
    expect(stepsOf(bench)).toEqual(["POST /oauth/token"]);
  });

  test("tells a store that is down from a key that is refused", async () => {
    shop.sandbox.switches.set(null, { trouble: "down" });
    expect(await shop.adapter.checkoutIdentity.readiness(shop.open().call, null, ANA)).toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    shop.sandbox.switches.clear(null);
    const { credentials } = shop.open().call.store;
    const wrong = credentials && { ...credentials, salesChannel: { clientId: "unknown-client" } };
    const { call } = shop.open({ credentials: wrong });
    expect(await shop.adapter.checkoutIdentity.readiness(call, null, ANA)).toMatchObject({
      code: "PERMISSION_MISSING",
    });
  });
});
