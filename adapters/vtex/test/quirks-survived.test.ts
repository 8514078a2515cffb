/** One test for each of VTEX's known pitfalls that a guest checkout can fall into. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { KNOWN_EMAIL, startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { ANA, heldCart, itemsOf, openBench } from "./bench.js";

const { apply } = vtex().checkoutIdentity;
let sandbox: ServedSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => {
  sandbox.switches.clear(null);
  sandbox.reset(null);
});
afterAll(() => sandbox.close());

const FORM = "/api/checkout/pub/orderForm";
const JSON_HEADERS = { accept: "application/json", "content-type": "application/json" };

/** Speaks to the store as any client would, without the adapter. */
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = JSON_HEADERS) {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { ...headers, "x-forwarded-host": "cobasi.vtexcommercestable.com.br" },
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : null, text };
}
async function newCartId(): Promise<string> {
  return (await ask("GET", `${FORM}?forceNewCart=true`)).json.orderFormId;
}
const maria = {
  ...{ email: KNOWN_EMAIL, firstName: "Outra", lastName: "Pessoa", documentType: "cpf", document: "11122233344" },
};

describe("cookies", () => {
  test("rotated ones are sent back: without them even our own purchase would be masked", async () => {
    sandbox.switches.set("cobasi", { maskFirstPurchaseData: true });
    const { call, sent } = openBench(sandbox);
    const applied = await apply(call, null, ANA, itemsOf("1001"));
    expect(applied.fields).toContain("buyer.document");
    const owners = sent.map(({ headers }) => /CheckoutOrderFormOwnership=([^;]*)/.exec(headers.cookie ?? "")?.[1]);
    expect(owners[0]).toBeUndefined();
    expect(new Set(owners.slice(-3)).size).toBeGreaterThan(1);

    const stranger = (await ask("GET", `${FORM}/${applied.cart.id}`)).json;
    expect(stranger.clientProfileData).toMatchObject({ firstName: "Ana******", document: "*2*4*6*8*0*" });
  });

  test("are never shared between two calls", async () => {
    const adapter = vtex();
    await adapter.checkoutIdentity.apply(openBench(sandbox).call, null, ANA, itemsOf("1001"));
    const second = openBench(sandbox);
    await adapter.checkoutIdentity.apply(second.call, null, ANA, itemsOf("1001"));
    expect(second.sent[0]?.headers.cookie).toBeUndefined();
  });
});

describe("the profile", () => {
  test("is sent once: a second one would leave a known shopper nothing but the e-mail", async () => {
    const id = await newCartId();
    await ask("POST", `${FORM}/${id}/attachments/clientProfileData`, maria);
    expect(await heldCart(sandbox, id)).toMatchObject({ clientProfileData: { document: "11122233344" } });
    await ask("POST", `${FORM}/${id}/attachments/clientProfileData`, maria);
    expect((await heldCart(sandbox, id)).clientProfileData).toEqual({ email: KNOWN_EMAIL });

    const { call, sent } = openBench(sandbox);
    await apply(call, null, ANA, itemsOf("1001"));
    expect(sent.filter(({ path }) => path.endsWith("clientProfileData"))).toHaveLength(1);
  });

  test("of a known shopper is shown masked and cannot be changed; the address neither", async () => {
    const id = await newCartId();
    const { json } = await ask("POST", `${FORM}/${id}/attachments/clientProfileData`, maria);
    expect(json.canEditData).toBe(false);
    expect(json.clientProfileData).toMatchObject({ email: KNOWN_EMAIL, firstName: "Mar******", phone: "******7777" });
    const shipping = { selectedAddresses: [{ postalCode: "01310100", country: "BRA" }] };
    const refused = await ask("POST", `${FORM}/${id}/attachments/shippingData`, shipping);
    expect([refused.status, refused.json.error.code]).toEqual([403, "CHK0087"]);
  });

  test("may only be ignored before it was sent: a cart that has one is not asked to", async () => {
    const id = await newCartId();
    const other = { ...maria, email: "someone@example.com" };
    await ask("POST", `${FORM}/${id}/attachments/clientProfileData`, other);
    const late = await ask("PATCH", `${FORM}/${id}/profile`, { ignoreProfileData: true });
    expect([late.status, late.json.error.code]).toEqual([403, "CHK003"]);
    const applied = await apply(openBench(sandbox).call, null, ANA, { kind: "existing", id });
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({ clientProfileData: { email: "ana@example.com" } });
  });

  test("looked up by an unknown e-mail is a 200 full of nulls; a known one is masked", async () => {
    const unknown = await ask("GET", "/api/checkout/pub/profiles?email=nobody@example.com");
    expect([unknown.status, unknown.json.isComplete, unknown.json.userProfile]).toEqual([200, false, null]);
    const known = await ask("GET", `/api/checkout/pub/profiles?email=${KNOWN_EMAIL}`);
    expect(known.json).toMatchObject({ isComplete: true, userProfile: { document: "*8*6*4*2*0*" } });
  });
});

describe("the address", () => {
  test("may hold an asterisk of the shopper's own: that is no mask", async () => {
    const starred = { ...ANA, "address.complement": "Bloco *B*" };
    const first = await apply(openBench(sandbox).call, null, starred, itemsOf("1001"));
    const again = openBench(sandbox, { resume: first.cart.id });
    const applied = await apply(again.call, null, starred, itemsOf("1001"));
    expect(applied.fields).toContain("address.complement");
  });

  test("always has a country: without one VTEX fails later, on the items", async () => {
    const id = await newCartId();
    const selectedAddresses = [{ postalCode: "01310100", street: "Av. Paulista" }];
    const nowhere = { clearAddressIfPostalCodeNotFound: false, selectedAddresses };
    expect((await ask("POST", `${FORM}/${id}/attachments/shippingData`, nowhere)).status).toBe(200);
    const orderItems = [{ id: "1001", quantity: 1, seller: "1", index: 0 }];
    const poisoned = await ask("POST", `${FORM}/${id}/items`, { orderItems });
    expect([poisoned.status, poisoned.json.error.code]).toEqual([400, "CHK0127"]);

    const { call, sent } = openBench(sandbox, { settings: { country: "ARG" } });
    await apply(call, null, { ...ANA, "address.postalCode": "C1425" }, itemsOf("1001"));
    const shipping = sent.find(({ path }) => path.endsWith("shippingData"))?.body;
    expect(shipping).toMatchObject({ selectedAddresses: [{ country: "ARG", postalCode: "C1425" }] });
  });

  test("survives a postal code that is not in the store's list, and is delivered for every item", async () => {
    const { call, sent } = openBench(sandbox);
    await apply(call, null, { ...ANA, "address.postalCode": "13083970" }, itemsOf("1001", "1002", "1003"));
    expect(sent.find(({ path }) => path.endsWith("shippingData"))?.body).toMatchObject({
      clearAddressIfPostalCodeNotFound: false,
      logisticsInfo: [{ itemIndex: 0 }, { itemIndex: 1 }, { itemIndex: 2 }],
    });
  });
});

describe("the wire", () => {
  test("every request says Accept and Content-Type, GET included, and carries no key", async () => {
    const { call, sent } = openBench(sandbox, { credentials: { appKey: "vtexappkey-cobasi-X", appToken: "t0ken" } });
    await apply(call, null, ANA, itemsOf("1001"));
    for (const { headers } of sent) {
      expect(headers).toMatchObject(JSON_HEADERS);
      expect(JSON.stringify(headers)).not.toMatch(/appkey|t0ken/i);
    }
    expect((await ask("GET", `${FORM}?forceNewCart=true`, undefined, { accept: "application/json" })).status).toBe(415);
  });

  test("items need an index each; twice the same one is an error", async () => {
    const id = await newCartId();
    const item = { id: "1001", quantity: 1, seller: "1" };
    const bare = await ask("POST", `${FORM}/${id}/items`, { orderItems: [item] });
    expect([bare.status, bare.json.error.code]).toEqual([400, "ORD058"]);
    const twice = [
      { ...item, index: 0 },
      { ...item, index: 1 },
    ];
    expect((await ask("POST", `${FORM}/${id}/items`, { orderItems: twice })).json.error.code).toBe("ORD056");
  });

  test("an error has VTEX's envelope, in Portuguese; a route that is none has a page of HTML", async () => {
    const { status, json } = await ask("GET", `${FORM}/${"0".repeat(32)}`);
    expect([status, json]).toMatchObject([400, { fields: {}, error: { code: "ORD002", exception: null } }]);
    expect(json.error.message).toBe("Formulário de compra inválido");
    expect(json.operationId).toMatch(/^[0-9a-f-]{36}$/);
    const page = await ask("GET", "/api/checkout/pub/nothing");
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  });

  test("an error that the cart came with is not ours: it is passed on as a remark", async () => {
    sandbox.switches.set("cobasi", { oldMessage: "CHK0103" });
    const applied = await apply(openBench(sandbox).call, null, ANA, itemsOf("1001"));
    expect(applied.remarks).toEqual([{ code: "CHK0103", severity: "warning" }]);
  });

  test("an unknown item is a 200 that says so inside", async () => {
    const id = await newCartId();
    const orderItems = [{ id: "999", quantity: 1, seller: "1", index: 0 }];
    const { status, json } = await ask("POST", `${FORM}/${id}/items`, { orderItems });
    expect([status, json.items, json.messages[0].code]).toEqual([200, [], "ORD027"]);
  });
});

describe("leaving", () => {
  test("a scrubbed cart is a redirect to a new one with the same items; the old one is nobody's", async () => {
    const applied = await apply(openBench(sandbox).call, null, ANA, itemsOf("1001"));
    const { status, headers } = await ask("GET", `/checkout/changeToAnonymousUser/${applied.cart.id}`);
    expect([status, headers.get("location")]).toEqual([302, "/checkout/#/orderform"]);
    const fresh = /__ofid=([0-9a-f]{32})/.exec(headers.getSetCookie().join())?.[1] ?? "";
    expect(fresh).not.toBe(applied.cart.id);
    expect(await heldCart(sandbox, fresh)).toMatchObject({ items: [{ id: "1001" }], clientProfileData: null });
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({ clientProfileData: null, address: null });
  });

  test("the page of a cart opens for people, escaped, and its button orders", async () => {
    const name = "<script>alert(1)</script>";
    const applied = await apply(openBench(sandbox).call, null, { ...ANA, "buyer.firstName": name }, itemsOf("1001"));
    const { pathname, search } = new URL(applied.cart.url);
    const page = await fetch(sandbox.url + pathname + search);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain("Ração Golden");
    expect(html).not.toContain("<script>");
    const placed = await fetch(`${sandbox.url}/_sandbox/carts/${applied.cart.id}/place?remember=true`, {
      method: "POST",
      redirect: "manual",
    });
    expect(placed.status).toBe(303);
    // From now on the store knows the shopper: the next guest checkout meets the wall.
    const next = apply(openBench(sandbox).call, null, ANA, itemsOf("1001"));
    await expect(next).rejects.toMatchObject({ code: "CHALLENGE_REQUIRED" });
  });
});

test("every account is a shop of its own", async () => {
  const mine = await apply(openBench(sandbox).call, null, ANA, itemsOf("1001"));
  const elsewhere = openBench(sandbox, { settings: { account: "animale" } });
  const stray = apply(elsewhere.call, null, ANA, { kind: "existing", id: mine.cart.id });
  await expect(stray).rejects.toMatchObject({ code: "CART_INVALID" });
  await expect(apply(elsewhere.call, null, ANA, itemsOf("1001"))).rejects.toMatchObject({ code: "CART_INVALID" });
  const corner = openBench(sandbox, { settings: { account: "padaria-do-ze" } });
  expect((await apply(corner.call, null, ANA, itemsOf("1"))).total.amountMinor).toBe(3490 + 1990);
});
