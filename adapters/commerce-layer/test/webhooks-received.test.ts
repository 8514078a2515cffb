import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ANONYMIZATION_MS, REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import type { RawRequest, RouteAnswer } from "@shopkey/adapter-sdk";
import { heldBy } from "./bench.js";
import { deliveryOf } from "./deliveries.js";
import { credentials } from "./fixtures.js";
import { MINUTE_MS, openShop } from "./shop.js";

const shop = openShop();
const { adapter, book, wait } = shop;
/** Stands where the gateway's door would be, and keeps what knocks. */
const knocks: RawRequest[] = [];
let isDoorOpen = true;
const door = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    knocks.push({ method: "POST", path: incoming.url ?? "", headers, body: Buffer.concat(chunks) });
    outgoing.writeHead(isDoorOpen ? 200 : 500).end();
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  isDoorOpen = true;
  knocks.length = 0;
});
afterAll(async () => {
  door.closeAllConnections();
  await new Promise((resolve) => door.close(resolve));
});

const receive = async (request: RawRequest, secrets = credentials.webhookSecrets): Promise<RouteAnswer | null> => {
  const [route] = adapter.routes ?? [];
  const { call } = shop.open({ credentials: { ...credentials, webhookSecrets: secrets } });
  const meet = () => Promise.reject(new Error("nobody is asked for"));
  return (
    (await route?.answer(
      { ...call, meet, fetch: () => Promise.reject(new Error("nothing is asked here")) },
      request,
    )) ?? null
  );
};
const rita = { identity: { "buyer.email": REPEAT_EMAIL }, secret: null };

/** As an integration does it: one webhook for each topic; answers the secrets. */
async function register(...topics: string[]): Promise<string[]> {
  const callback = `http://127.0.0.1:${(door.address() as AddressInfo).port}/hooks/sto_1/commerce-layer`;
  return registerAt(callback, topics);
}

async function registerAt(callback_url: string, topics: readonly string[]): Promise<string[]> {
  const { call } = shop.open();
  const token = await book.obtain(call, "integration");
  const media = "application/vnd.api+json";
  const headers = { accept: media, "content-type": media, authorization: `Bearer ${token}` };
  const secrets: string[] = [];
  for (const topic of topics) {
    const body = JSON.stringify({ data: { type: "webhooks", attributes: { name: topic, topic, callback_url } } });
    const reply = await call.fetch("https://loja.commercelayer.io/api/webhooks", { method: "POST", headers, body });
    expect(reply.status).toBe(201);
    const { data } = (await reply.json()) as { data: { attributes: { shared_secret: string } } };
    secrets.push(data.attributes.shared_secret);
  }
  return secrets;
}
const ANONYMIZATION = ["customers.anonymization_started", "customers.anonymization_completed"];

describe("a delivery", () => {
  const attributes = { email: "ana@example.com", status: "acquired", updated_at: "2026-08-20T12:00:00Z" };

  test("becomes an event with ids and states, and nothing of a person", async () => {
    const answer = await receive(
      deliveryOf({
        ...attributes,
        anonymization_status: "in_progress",
        anonymization_info: { requester: { email: "olga@example.com" } },
      }),
    );
    expect(answer).toEqual({
      status: 200,
      events: [
        {
          name: "anonymization.changed",
          id: expect.stringMatching(/^[0-9a-f]{32}$/),
          facts: { account: "xYZkjABcde", standing: "acquired", anonymization: "started" },
        },
      ],
    });
  });

  test("without an anonymization says how the customer stands", async () => {
    const answer = await receive(deliveryOf(attributes));
    expect(answer?.events).toMatchObject([
      { name: "customer.changed", facts: { standing: "acquired", anonymization: null } },
    ]);
  });

  test("doubled is the same event; another state is another", async () => {
    const once = await receive(deliveryOf(attributes));
    const twice = await receive(deliveryOf({ ...attributes, email: "anything-else@example.com" }));
    const later = await receive(deliveryOf({ ...attributes, updated_at: "2026-08-20T12:00:01Z" }));
    expect(twice?.events[0]?.id).toBe(once?.events[0]?.id);
    expect(later?.events[0]?.id).not.toBe(once?.events[0]?.id);
  });

  test("with any of the webhooks' secrets is genuine, with another or with none it is not", async () => {
    const delivery = deliveryOf(attributes, "the-third-secret");
    expect(await receive(delivery)).toBeNull();
    expect(await receive(delivery, ["first-secret", "second-secret", "the-third-secret"])).not.toBeNull();
    expect(await receive(delivery, [])).toBeNull();
  });

  test("signed in hex, over the same JSON written otherwise, or with a body that is no resource, is not", async () => {
    const genuine = deliveryOf(attributes);
    const signature = genuine.headers["x-commercelayer-signature"] ?? "";
    const hex = Buffer.from(signature, "base64").toString("hex");
    expect(await receive({ ...genuine, headers: { "x-commercelayer-signature": hex } })).toBeNull();
    const rewritten = JSON.stringify(JSON.parse(Buffer.from(genuine.body).toString()), null, 1);
    expect(await receive({ ...genuine, body: Buffer.from(rewritten) })).toBeNull();
    expect(await receive(deliveryOf({ ...attributes, status: "emperor" }))).toMatchObject({
      events: [{ facts: { standing: null } }],
    });
  });

  test("of another kind of resource is taken, and nothing follows", async () => {
    expect(await receive(deliveryOf(attributes, undefined, "orders"))).toEqual({ status: 200, events: [] });
  });
});

describe("the sandbox's own deliveries", () => {
  test("follow an anonymization, signed so that the adapter believes them", async () => {
    const secrets = await register(...ANONYMIZATION);
    await adapter.anonymize.request(shop.open().call, rita);
    wait(13 * 60 * MINUTE_MS);
    await shop.sandbox.settle();
    wait(ANONYMIZATION_MS);
    await shop.sandbox.settle();
    const events = await Promise.all(knocks.map((knock) => receive(knock, secrets)));
    expect(events.map((answer) => answer?.events[0]?.facts.anonymization)).toEqual(["started", "completed"]);
    expect(new Set(events.map((answer) => answer?.events[0]?.facts.account))).toEqual(new Set(["cstRitaRep"]));
    expect(await receive(knocks[0] as RawRequest, credentials.webhookSecrets)).toBeNull();
  });

  test("there is none for a mere request, nor to an address outside this machine", async () => {
    await expect(register("customers.anonymization_requested")).rejects.toThrow();
    await expect(registerAt("http://example.com/hook", ["customers.create"])).rejects.toThrow();
  });

  test("are tried eleven times in all", async () => {
    await register("customers.create");
    isDoorOpen = false;
    await adapter.connect.start(shop.open().call, {
      identity: { "buyer.email": "nova@example.com" },
    });
    for (let round = 0; round < 20; round++) {
      await shop.sandbox.settle();
      wait(11 * MINUTE_MS);
    }
    expect(knocks).toHaveLength(11);
    expect(heldBy(shop.sandbox).deliveries).toMatchObject([{ attempts: 11, state: "given up" }]);
  });

  test("stop after thirty failures in a row, until somebody resets the circuit", async () => {
    await register("customers.create");
    isDoorOpen = false;
    const connect = (email: string) => adapter.connect.start(shop.open().call, { identity: { "buyer.email": email } });
    for (const name of ["um", "dois", "tres", "quatro"]) await connect(`${name}@example.com`);
    for (let round = 0; round < 12; round++) {
      await shop.sandbox.settle();
      wait(11 * MINUTE_MS);
    }
    expect(knocks).toHaveLength(30);
    const [[id = "", webhook] = []] = Object.entries(heldBy(shop.sandbox).webhooks);
    expect(webhook).toMatchObject({ circuit: "open", failures: 30 });
    isDoorOpen = true;
    await connect("cinco@example.com");
    await shop.sandbox.settle();
    expect(knocks).toHaveLength(30);
    const { call } = shop.open();
    const media = "application/vnd.api+json";
    const headers = {
      accept: media,
      "content-type": media,
      authorization: `Bearer ${await book.obtain(call, "integration")}`,
    };
    const body = JSON.stringify({ data: { type: "webhooks", id, attributes: { _reset_circuit: true } } });
    await call.fetch(`https://loja.commercelayer.io/api/webhooks/${id}`, { method: "PATCH", headers, body });
    await connect("seis@example.com");
    await shop.sandbox.settle();
    expect(knocks.length).toBeGreaterThan(30);
  });

  test.each([
    ["webhooksLost", []],
    ["webhooksDoubled", ["started", "started", "completed", "completed"]],
    ["webhooksReversed", ["completed", "started"]],
  ])("%s: what knocks is %j, and polling tells the truth anyway", async (name, states) => {
    const secrets = await register(...ANONYMIZATION);
    const asked = await adapter.anonymize.request(shop.open().call, rita);
    shop.sandbox.switches.set(null, { [name]: true });
    wait(2 * ANONYMIZATION_MS);
    await shop.sandbox.settle();
    const told = await Promise.all(knocks.map((knock) => receive(knock, secrets)));
    expect(told.map((answer) => answer?.events[0]?.facts.anonymization)).toEqual(states);
    expect(await adapter.anonymize.status(shop.open().call, rita, asked)).toMatchObject({
      kind: "completed",
    });
  });
});
