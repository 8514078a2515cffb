/**
 * A test key cannot reach a live store, nor a live key a sandbox: every way that the graph offers is tried. Names are
 * resolved by this test, as a hostile resolver would: no name leads away from this machine.
 */
import dns, { type LookupAddress } from "node:dns";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { World } from "../campaigns/worlds.js";
import type { TestGateway } from "../support/gateway.js";
import { ANA, APPLY, READINESS, SAVE_PROFILE, type UserError } from "../support/story.js";

type Done = (error: Error | null, addresses: LookupAddress[]) => void;

const resolved: string[] = [];
let addresses: readonly string[] = ["127.0.0.1"];

let gateway: TestGateway;
let mine: Readonly<Record<"test" | "live", World>>;

beforeAll(async () => {
  const lookup = (host: string, _options: object, done: Done) => {
    resolved.push(host);
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    done(null, found);
  };
  jest.unstable_mockModule("node:dns", () => ({ ...dns, lookup, default: { ...dns, lookup } }));
  // Imported now, so that the guard's resolver is ours.
  const { openGateway } = await import("../support/gateway.js");
  const { openWorlds } = await import("../campaigns/worlds.js");
  gateway = await openGateway();
  const worlds = await openWorlds(gateway);
  const of = (environment: "test" | "live") => worlds.find((world) => world.name === `mine, ${environment}`);
  const [inTest, inLive] = [of("test"), of("live")];
  if (inTest === undefined || inLive === undefined) throw new Error("both environments are expected");
  mine = { test: inTest, live: inLive };
  const input = { externalId: inLive.things.externalId, profile: ANA };
  await gateway.ask(SAVE_PROFILE, { input }, inLive.key);
}, 60_000);
afterAll(() => gateway.close());

interface Entry {
  readonly account: string | null;
  readonly path: string;
}
async function askedOfSandbox(): Promise<number> {
  const journal = (await (await fetch(`${gateway.sandboxes.get("vtex")}/_sandbox/journal`)).json()) as Entry[];
  return journal.length;
}

type Payload = { readonly userErrors?: readonly UserError[]; readonly [name: string]: unknown } | null;

/** The root field's answer, with the key of that environment. */
async function as(environment: "test" | "live", query: string, variables: object): Promise<Payload> {
  const { body } = await gateway.ask<Record<string, Payload>>(query, variables, mine[environment].key);
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return Object.values(body.data ?? {})[0] ?? null;
}
const codesOf = (payload: Payload) => payload?.userErrors?.map(({ code }) => code);

const cart = { items: [{ id: "1", quantity: 1 }] };
const REGISTER = `mutation ($input: RegisterStoreInput!) {
  registerStore(input: $input) { store { id slug environment } userErrors { code field message } }
}`;
const UPDATE = `mutation ($input: UpdateStoreInput!) { updateStore(input: $input) { store { id } userErrors { code field message } } }`;
const REMOVE = `mutation ($input: RemoveStoreInput!) { removeStore(input: $input) { store { id } userErrors { code } } }`;
const REPORT = `mutation ($input: ReportOrderInput!) { reportOrder(input: $input) { consumer { id } userErrors { code } } }`;

let slugs = 0;
const register = (environment: "test" | "live", settings: object) =>
  as(environment, REGISTER, { input: { adapter: "vtex", slug: `way-${++slugs}`, title: "A way", settings } });

const storeOf = (payload: Payload) => ({ id: ((payload?.store ?? {}) as { id?: string }).id ?? "" });

let before: number;
beforeEach(async () => {
  before = await askedOfSandbox();
  resolved.length = 0;
  addresses = ["127.0.0.1"];
});

describe.each([
  ["live", "test"],
  ["test", "live"],
] as const)("with a %s key, what is %s", (environment, other) => {
  const refs = () => {
    const { things } = mine[other];
    return { stores: [{ id: things.storeId }, { slug: things.slug }], own: mine[environment].things, theirs: things };
  };

  test("is found by no id and no name", async () => {
    const { stores, theirs } = refs();
    for (const ref of stores) {
      const find = "query ($id: ID, $slug: String) { store(id: $id, slug: $slug) { id } }";
      expect(await as(environment, find, ref)).toBeNull();
    }
    expect(
      await as(environment, "query ($id: ID!) { checkoutIdentity(id: $id) { id } }", { id: theirs.checkoutId }),
    ).toBeNull();
    const all = await as(environment, "{ stores(first: 100) { nodes { slug environment } } }", {});
    const nodes = (all?.nodes ?? []) as { slug: string; environment: string }[];
    expect(nodes.length).toBeGreaterThan(0);
    expect(nodes.every((store) => store.environment === environment.toUpperCase())).toBe(true);
  });

  test("is asked for nothing, and not changed", async () => {
    const { stores, own, theirs } = refs();
    const shopper = { externalId: own.externalId };
    for (const store of stores) {
      const notFound = ["NOT_FOUND"];
      expect(codesOf(await as(environment, READINESS, { consumer: shopper, store }))).toEqual(notFound);
      expect(codesOf(await as(environment, APPLY, { input: { consumer: shopper, store, cart } }))).toEqual(notFound);
      expect(codesOf(await as(environment, UPDATE, { input: { store, title: "Mine now" } }))).toEqual(notFound);
      expect(codesOf(await as(environment, REMOVE, { input: { store } }))).toEqual(notFound);
      const order = { consumer: shopper, store, orderReference: "order-1" };
      expect(codesOf(await as(environment, REPORT, { input: order }))).toEqual(notFound);
    }
    const consumer = { id: theirs.consumerId };
    const elsewhere = { consumer, store: { slug: own.slug }, cart };
    expect(codesOf(await as(environment, APPLY, { input: elsewhere }))).toEqual(["NOT_FOUND"]);
    const order = { checkoutIdentity: theirs.checkoutId, orderReference: "order-1" };
    expect(codesOf(await as(environment, REPORT, { input: order }))).toEqual(["NOT_FOUND"]);
    expect(await askedOfSandbox()).toBe(before);
    expect(resolved).toEqual([]);
  });

  test("is not opened by the key under another name", async () => {
    const renamed = mine[environment].key.replace(`shk_${environment}_`, `shk_${other}_`);
    const { status, body } = await gateway.ask("{ viewer { environment } }", {}, renamed);
    expect(status).toBe(401);
    expect(body.errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
  });

  test("cannot be asked for by an argument", async () => {
    const settings = { account: "cobasi" };
    const input = { adapter: "vtex", slug: "asked", title: "Asked", settings, environment: other.toUpperCase() };
    const { body } = await gateway.ask(REGISTER, { input }, mine[environment].key);
    expect(body.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    const inside = await register(environment, { ...settings, environment: other });
    expect(codesOf(inside)).toEqual(["INVALID"]);
    const named = await register(environment, settings);
    expect(named?.store).toMatchObject({ environment: environment.toUpperCase() });
  });
});

describe("a live store", () => {
  const port = () => new URL(gateway.sandboxes.get("vtex") ?? "").port;
  const sandboxHosts = () => [
    ...["127.0.0.1", "localhost", "127.1", "0.0.0.0", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "::1"],
    ...["[::ffff:127.0.0.1]", "169.254.169.254", `127.0.0.1:${port()}`, `localhost:${port()}`],
    ...[
      `http://127.0.0.1:${port()}`,
      `https://localhost:${port()}/`,
      `x@127.0.0.1:${port()}`,
      "127.0.0.1#.example.com",
    ],
    ...["localhost%00.example.com", "localhost\u0000.example.com", "ⓛocalhost", "１２７.0.0.1", ""],
  ];

  test("cannot be set up, or changed, to name this machine", async () => {
    const own = { store: { slug: mine.live.things.slug } };
    const refused = ["INVALID"];
    for (const host of sandboxHosts()) {
      expect([host, codesOf(await register("live", { account: "cobasi", host }))]).toEqual([host, refused]);
      const changed = await as("live", UPDATE, { input: { ...own, settings: { account: "cobasi", host } } });
      expect([host, codesOf(changed)]).toEqual([host, refused]);
      // An account is one label of a host name; what is one is tried below.
      if (!/^[a-z0-9]+$/.test(host))
        expect([host, codesOf(await register("live", { account: host }))]).toEqual([host, refused]);
    }
    expect(await askedOfSandbox()).toBe(before);
  });

  const tries: readonly (readonly [string, readonly string[], object])[] = [
    ["loopback", ["127.0.0.1"], { account: "cobasi" }],
    ["loopback in IPv6", ["::1"], { account: "cobasi" }],
    ["loopback mapped into IPv6", ["::ffff:127.0.0.1"], { account: "cobasi" }],
    ["a public and a private address", ["8.8.8.8", "127.0.0.1"], { account: "cobasi" }],
    ["a private network", ["10.0.0.1"], { account: "cobasi", environment: "vtexcommercebeta" }],
    ["the cloud's own address", ["169.254.169.254"], { account: "localhost" }],
    ["loopback, by a domain of its own", ["127.0.0.1"], { account: "cobasi", host: "sandbox.localhost" }],
    ["no machine", ["0.0.0.0"], { account: "2130706433" }],
  ];
  test.each(tries)("whose name leads to %s is refused when the connection is made", async (_, led, settings) => {
    addresses = led;
    const registered = await register("live", settings);
    const store = storeOf(registered);
    const consumer = { externalId: mine.live.things.externalId };
    const applied = await as("live", APPLY, {
      input: { consumer, store, cart, overrides: { buyer: { firstName: "Bia" } } },
    });
    expect(codesOf(applied)).toEqual(["SETTINGS_INVALID"]);
    expect(resolved.length).toBeGreaterThan(0);
    expect(resolved.every((host) => /\.vtexcommerce(stable|beta)\.com\.br$/.test(host))).toBe(true);
    const found = await as("live", APPLY, { input: { consumer, store, cart: { id: mine.test.things.cartId } } });
    expect(codesOf(found)).toEqual(["SETTINGS_INVALID"]);
    expect(await askedOfSandbox()).toBe(before);
  });

  test("is not led astray by the headers of a request", async () => {
    const input = {
      consumer: { externalId: mine.live.things.externalId },
      store: { slug: mine.live.things.slug },
      cart,
    };
    const { host } = new URL(gateway.sandboxes.get("vtex") ?? "");
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${mine.live.key}`,
        "content-type": "application/json",
        "x-forwarded-host": host,
        "x-shopkey-environment": "test",
        forwarded: `host=${host}`,
      },
      body: JSON.stringify({ query: APPLY, variables: { input }, extensions: { environment: "test" } }),
    });
    const { data } = (await response.json()) as { data: Record<string, Payload> };
    expect(codesOf(data.applyCheckoutIdentity ?? null)).toEqual(["SETTINGS_INVALID"]);
    expect(await askedOfSandbox()).toBe(before);
  });
});

describe("a test store", () => {
  test("leads to the sandbox whatever it is called, and no name is resolved", async () => {
    for (const settings of [{ account: "cobasi" }, { account: "real-shop", host: "www.real-shop.com.br" }]) {
      const registered = await register("test", settings);
      const store = storeOf(registered);
      const items = [{ id: settings.account === "cobasi" ? "1001" : "1", quantity: 1 }];
      const consumer = { externalId: mine.test.things.externalId };
      const applied = await as("test", APPLY, { input: { consumer, store, cart: { items } } });
      const { checkoutUrl = "" } = (applied?.checkoutIdentity ?? {}) as { checkoutUrl?: string };
      expect(new URL(checkoutUrl).origin).toBe(gateway.sandboxes.get("vtex"));
    }
    // The journal does tell when the sandbox is asked.
    expect(await askedOfSandbox()).toBeGreaterThan(before);
    expect(resolved).toEqual([]);
  });
});
