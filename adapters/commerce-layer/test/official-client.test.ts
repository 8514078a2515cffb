/** Commerce Layer's own client against the sandbox: what it sends is understood, and what it is told, it understands. */

import { CommerceLayer } from "@commercelayer/sdk/bundle";
import { describe, expect, test } from "@jest/globals";
import { ACQUIRED_EMAIL, ANONYMIZATION_MS, REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { SLUG } from "./fixtures.js";
import { openAuth } from "./sandbox-client.js";
import { HOUR_MS, openShop } from "./shop.js";

type CommerceLayerClient = ReturnType<typeof CommerceLayer>;

const shop = openShop();
const { now, wait } = shop;
const auth = openAuth(shop);

/** Its address is always https and the organization's; what it fetches with is ours to give. */
function clientOf(accessToken: string, refreshToken?: () => Promise<string>): CommerceLayerClient {
  const toSandbox: typeof fetch = (input, init) => {
    const url = new URL(String(input));
    expect(url.origin).toBe(`https://${SLUG}.commercelayer.io`);
    const headers = new Headers(init?.headers);
    headers.set("x-forwarded-host", url.hostname);
    return fetch(shop.sandbox.url + url.pathname + url.search, { ...init, headers });
  };
  return CommerceLayer({
    ...{ organization: SLUG, accessToken, fetch: toSandbox },
    ...(refreshToken === undefined ? {} : { refreshToken }),
  });
}
const integration = async () => clientOf(await auth.integration());
const guest = async () => clientOf(await auth.guest());
const requester = async () => clientOf(await auth.requester());

interface Refused {
  readonly status?: number;
  readonly errors: readonly {
    readonly code: string;
    readonly status: string;
    readonly source?: { readonly pointer: string };
    readonly meta?: { readonly error: string };
  }[];
}
/** What the client says that it was refused. */
async function refusalOf(client: CommerceLayerClient, work: Promise<unknown>): Promise<Refused> {
  try {
    await work;
  } catch (error) {
    expect(client.isApiError(error)).toBe(true);
    return error as Refused;
  }
  throw new Error("nothing was refused");
}
/** A list of theirs is an array of its own kind. */
const idsIn = (list: Iterable<{ readonly id: string }>) => Array.from(list, ({ id }) => id);
const codeOf = ({ status, errors }: Refused) => `${status} ${errors[0]?.code}`;

describe("customers", () => {
  test("are created, found by address, read with their group, changed, listed in pages and deleted", async () => {
    const client = await integration();
    const made = await client.customers.create({ email: "ana@example.com", shopper_reference: "shopper-1" });
    expect(made).toMatchObject({ type: "customers", status: "prospect", shopper_reference: "shopper-1" });
    expect(made).toMatchObject({ anonymization_status: null, anonymization_info: {}, total_orders_count: 0 });
    const found = await client.customers.list({ filters: { email_eq: "ana@example.com" } });
    expect(idsIn(found)).toEqual([made.id]);
    expect(found.meta).toMatchObject({ recordCount: 1, pageCount: 1 });
    const changed = await client.customers.update({
      id: made.id,
      shopper_reference: "shopper-2",
      metadata: { from: "test" },
    });
    expect(changed).toMatchObject({ id: made.id, shopper_reference: "shopper-2", metadata: { from: "test" } });
    const [rita] = await client.customers.list({ filters: { email_eq: REPEAT_EMAIL }, include: ["customer_group"] });
    expect(rita).toMatchObject({ status: "repeat", customer_group: { type: "customer_groups", code: "vip" } });
    const sparse = await client.customers.retrieve(made.id, { fields: { customers: ["email", "status"] } });
    expect(sparse).toMatchObject({ email: "ana@example.com", status: "prospect" });
    expect(sparse.shopper_reference).toBeUndefined();
    const page = await client.customers.list({ pageSize: 2, pageNumber: 2 });
    expect(page).toHaveLength(1);
    expect(page.meta).toMatchObject({ currentPage: 2, pageCount: 2, recordCount: 3 });
    expect(await client.customers.count({ filters: { email_eq: ACQUIRED_EMAIL } })).toBe(1);
    await client.customers.delete(made.id);
    expect(await client.customers.list({ filters: { email_eq: "ana@example.com" } })).toHaveLength(0);
  });

  test("are requested to be forgotten and let go of again, by a user's token on the integration alone", async () => {
    const client = await requester();
    const asked = await client.customers._request_anonymization("cstRitaRep");
    expect(asked).toMatchObject({
      anonymization_status: "requested",
      anonymization_info: {
        status: "requested",
        requested_at: "2026-08-20 12:00:00 UTC",
        requester: { id: `user_${SLUG}` },
      },
    });
    const open = await client.customers.list({ filters: { anonymization_status_eq: "requested" } });
    expect(idsIn(open)).toEqual(["cstRitaRep"]);
    expect(codeOf(await refusalOf(client, client.customers._request_anonymization("cstRitaRep")))).toBe(
      "422 VALIDATION_ERROR",
    );
    const released = await client.customers._cancel_anonymization("cstRitaRep");
    expect(released).toMatchObject({
      anonymization_status: "cancelled",
      anonymization_info: { cancelled_at: "2026-08-20 12:00:00 UTC" },
    });
    expect(codeOf(await refusalOf(client, client.customers._cancel_anonymization("cstRitaRep")))).toBe(
      "422 VALIDATION_ERROR",
    );

    await client.customers._request_anonymization("cstRitaRep");
    wait(ANONYMIZATION_MS / 2);
    const later = await requester();
    expect(await later.customers.retrieve("cstRitaRep")).toMatchObject({
      ...{ anonymization_status: "started", anonymization_info: { status: "in_progress" } },
    });
    wait(ANONYMIZATION_MS);
    const last = await requester();
    const done = await last.customers.retrieve("cstRitaRep");
    expect(done.anonymization_status).toBe("completed");
    expect(done.email).not.toBe(REPEAT_EMAIL);
    for (const other of [await integration(), await guest()]) {
      const refused = await refusalOf(other, other.customers._request_anonymization("cstAldoAcq"));
      expect(codeOf(refused)).toBe("401 UNAUTHORIZED");
    }
  });
});

describe("an order", () => {
  const HOME = {
    ...{ first_name: "Ana", last_name: "Lima", line_1: "Av. Paulista, 1000", city: "São Paulo", zip_code: "01310-100" },
    ...{ state_code: "SP", country_code: "BR", phone: "+5511999999999", billing_info: "12345678900" },
  };

  test("is opened, filled, addressed and read with all that belongs to it", async () => {
    const client = await guest();
    const order = await client.orders.create({ language_code: "pt" });
    expect(order).toMatchObject({ type: "orders", status: "draft", guest: true });
    await client.line_items.create({
      sku_code: "CANECA-300",
      quantity: 2,
      order: client.orders.relationship(order.id),
    });
    const address = await client.addresses.create(HOME);
    expect(address).toMatchObject({ type: "addresses", ...HOME });
    const changed = await client.orders.update({
      ...{ id: order.id, customer_email: "ana@example.com", _billing_address_same_as_shipping: true },
      shipping_address: client.addresses.relationship(address.id),
    });
    expect(changed).toMatchObject({ customer_email: "ana@example.com", status: "pending" });
    const read = await client.orders.retrieve(order.id, {
      include: ["customer", "shipping_address", "billing_address", "line_items"],
    });
    expect(read).toMatchObject({
      ...{ total_amount_with_taxes_cents: 6980, customer: { type: "customers", email: "ana@example.com" } },
      shipping_address: { id: address.id, line_1: HOME.line_1, billing_info: HOME.billing_info },
      billing_address: { line_1: HOME.line_1 },
      line_items: [{ sku_code: "CANECA-300", quantity: 2 }],
    });
    expect(read.billing_address?.id).not.toBe(address.id);
    const staff = await integration();
    const orders = await staff.orders.list({ filters: { customer_email_eq: "ana@example.com" } });
    expect(idsIn(orders)).toEqual([order.id]);
    await client.orders._shipping_address_clone_id(order.id, address.id);
    const cloned = await client.orders.retrieve(order.id, { include: ["shipping_address"] });
    expect(cloned.shipping_address).toMatchObject({ line_1: HOME.line_1 });
    expect(cloned.shipping_address?.id).not.toBe(address.id);
  });

  test("of a customer's own token is that customer's, and nobody else's is seen with it", async () => {
    const client = clientOf(await auth.customer("cstRitaRep"));
    const order = await client.orders.create({});
    expect(order).toMatchObject({ guest: false, customer_email: REPEAT_EMAIL });
    const strangers = await (await guest()).orders.create({ customer_email: "ana@example.com" });
    expect(codeOf(await refusalOf(client, client.orders.retrieve(strangers.id)))).toBe("404 RECORD_NOT_FOUND");
    expect(idsIn(await client.orders.list())).toEqual([order.id]);
  });
});

test("webhooks are made, shown with their secret and circuit, switched off and on, and reset", async () => {
  const client = await integration();
  const made = await client.webhooks.create({
    ...{ name: "done", topic: "customers.anonymization_completed", callback_url: "http://127.0.0.1:9/hook" },
  });
  expect(made).toMatchObject({ circuit_state: "closed", circuit_failure_count: 0, shared_secret: expect.any(String) });
  expect((await client.webhooks._disable(made.id)).disabled_at).not.toBeNull();
  expect((await client.webhooks._enable(made.id)).disabled_at).toBeNull();
  expect(await client.webhooks._reset_circuit(made.id)).toMatchObject({ circuit_state: "closed" });
  expect(await client.webhooks.list()).toHaveLength(1);
  const topic = "customers.anonymization_requested";
  const refused = await refusalOf(client, client.webhooks.create({ topic, callback_url: "http://127.0.0.1:9/hook" }));
  expect(refused.errors[0]).toMatchObject({ status: "422", source: { pointer: "/data/attributes/topic" } });
});

describe("what is refused", () => {
  test("has the codes that are known: of records, values, rights and tokens", async () => {
    const client = await integration();
    const unknown = client.customers.retrieve("nobodyHere");
    expect(codeOf(await refusalOf(client, unknown))).toBe("404 RECORD_NOT_FOUND");
    const taken = await refusalOf(client, client.customers.create({ email: REPEAT_EMAIL }));
    expect(codeOf(taken)).toBe("422 VALIDATION_ERROR");
    expect(taken.errors[0]).toMatchObject({
      ...{ status: "422", source: { pointer: "/data/attributes/email" }, meta: { error: "taken" } },
    });
    const short = await refusalOf(client, client.customers.update({ id: "cstRitaRep", shopper_reference: "x" }));
    expect(short.errors[0]?.source?.pointer).toBe("/data/attributes/shopper_reference");
    const outsider = await guest();
    expect(codeOf(await refusalOf(outsider, outsider.customers.list()))).toBe("401 UNAUTHORIZED");
    const nobody = clientOf("eyJhbGciOiJIUzUxMiJ9.e30.bm9ib2R5");
    expect(codeOf(await refusalOf(nobody, nobody.customers.list()))).toBe("401 INVALID_TOKEN");
    const unheard = client.customers.update({ id: "cstRitaRep", nickname: "Ri" } as never);
    expect((await refusalOf(client, unheard)).status).toBe(400);
    shop.sandbox.switches.set(SLUG, { coreLimit: 0 });
    expect((await refusalOf(client, client.customers.list())).status).toBe(429);
    shop.sandbox.switches.set(SLUG, { trouble: "down" });
    expect((await refusalOf(client, client.customers.list())).status).toBe(503);
  });

  test("as INVALID_TOKEN makes the client ask for another token, once; as UNAUTHORIZED it does not", async () => {
    let asked = 0;
    const renewed = async () => {
      asked += 1;
      return auth.integration();
    };
    // The client looks at the token's own end before it believes that it is over, by its own clock.
    wait(Date.now() - now().getTime() - 3 * HOUR_MS);
    const old = await auth.integration();
    wait(3 * HOUR_MS);
    const client = clientOf(old, renewed);
    expect(await client.customers.list({ filters: { email_eq: REPEAT_EMAIL } })).toHaveLength(1);
    expect(asked).toBe(1);
    expect(codeOf(await refusalOf(client, client.customers._request_anonymization("cstRitaRep")))).toBe(
      "401 UNAUTHORIZED",
    );
    expect(asked).toBe(1);
  });
});
