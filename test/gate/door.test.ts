import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { signRequest } from "@shopkey/adapter-amazon-connector/sandbox";
import pg from "pg";
import { openLog } from "../../src/kernel/log.js";
import { type Gateway, startGateway } from "../../src/main.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import {
  admit,
  type Connector,
  entry,
  HMAC_KEY,
  openConnector,
  post,
  question,
  SETTINGS,
  SHOPPER,
  updateConnector,
  VERIFY,
} from "./gate.js";

let gateway: TestGateway;
/** Another gateway on the same database, with places of its own for the Store. */
let replica: Gateway;
let connector: Connector;
beforeAll(async () => {
  gateway = await openGateway();
  connector = await openConnector(gateway);
  const config = {
    ...gateway.config,
    development: false,
    storeHosts: new Map([["gate.example", connector.storeId]]),
    storeListeners: [{ host: "127.0.0.1", port: 0, store: connector.storeId }],
  };
  replica = await startGateway({ config, log: openLog({ level: "silent" }), onStep: () => undefined });
  await admit(gateway, connector, { code: "card-of-ana" });
});
afterAll(async () => {
  await replica.close();
  await gateway.close();
});

const FORBIDDEN = '{"errorMsg":"Forbidden"}';
const pathOf = (below: string, { storeId }: Pick<Connector, "storeId"> = connector) => `/stores/${storeId}${below}`;
const signed = (path: string, body: string, at = new Date(), key = HMAC_KEY) => ({
  "x-shopkey-signature": signRequest(key, { method: "POST", path, body: Buffer.from(body) }, at),
});

describe("a request that is not proven", () => {
  const body = JSON.stringify(entry("card-of-ana"));
  const path = () => pathOf(VERIFY);
  const HEADERS: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    "no signature": () => ({ "x-shopkey-signature": "" }),
    "another key's signature": () => signed(path(), body, new Date(), { ...HMAC_KEY, secret: "x".repeat(40) }),
    "an unknown key": () => signed(path(), body, new Date(), { ...HMAC_KEY, id: "other" }),
    "another body's signature": () => signed(path(), `${body} `),
    "another path's signature": () => signed(pathOf(SHOPPER), body),
    "a signature of six minutes ago": () => signed(path(), body, new Date(Date.now() - 360_000)),
    "a signature of six minutes ahead": () => signed(path(), body, new Date(Date.now() + 360_000)),
    "a signature twice": () => {
      const { "x-shopkey-signature": one = "" } = signed(path(), body);
      return { "x-shopkey-signature": `${one}, ${one}` };
    },
  };
  test.each(Object.keys(HEADERS))("with %s is answered 403 and no more", async (what) => {
    const { status, text } = await post(gateway.url, path(), body, HEADERS[what]?.());
    expect([status, text]).toEqual([403, FORBIDDEN]);
  });

  test("looks the same where there is no such Store", async () => {
    for (const store of ["sto_00000000000070008000000000000000", "sto_x", "x".repeat(64)]) {
      const { status, text } = await post(gateway.url, pathOf(VERIFY, { storeId: store }), body);
      expect([status, text]).toEqual([403, FORBIDDEN]);
    }
  });

  test("nobody is believed before the Store says how", async () => {
    const { inbound: _none, ...settings } = SETTINGS;
    const closed = await openConnector(gateway, settings);
    expect((await closed.post(VERIFY, entry("card-of-ana"))).text).toBe(FORBIDDEN);
    const keyless = await openConnector(gateway, SETTINGS, { credentials: null });
    expect((await keyless.post(VERIFY, entry("card-of-ana"))).text).toBe(FORBIDDEN);
  });

  test("a proxy's word counts with the proxy's own secret only", async () => {
    const inbound = { kind: "mtls", header: "x-client-cert", identities: ["CN=amazon-connector"] };
    const credentials = { proxySecret: "a-proxy-secret-of-thirty-two-characters" };
    const behind = await openConnector(gateway, { ...SETTINGS, inbound }, { credentials });
    const ask = (headers: Record<string, string>) => behind.post(VERIFY, entry("nobody"), headers);
    const proxy = { "x-shopkey-proxy": credentials.proxySecret };
    expect((await ask({ ...proxy, "x-client-cert": "CN=amazon-connector" })).status).toBe(401);
    expect((await ask({ "x-client-cert": "CN=amazon-connector" })).status).toBe(403);
    expect((await ask({ ...proxy, "x-client-cert": "CN=somebody" })).status).toBe(403);
    expect((await ask({ ...proxy })).status).toBe(403);
  });
});

describe("an address", () => {
  test("that is nobody's is 404, another method 405, a body beyond the limit 400: each in the store's own form", async () => {
    expect(await post(gateway.url, pathOf("/v1/identity/nothing"), "{}")).toMatchObject({
      status: 404,
      text: '{"errorMsg":"Not Found"}',
    });
    const got = await fetch(gateway.url + pathOf(VERIFY));
    expect([got.status, await got.text()]).toEqual([405, '{"errorMsg":"Method Not Allowed"}']);
    expect(await connector.post(VERIFY, `"${"x".repeat(200_000)}"`)).toMatchObject({
      status: 400,
      text: '{"errorMsg":"Bad Request"}',
    });
  });

  test("is the bare path on the Store's own listener, and nothing else is there", async () => {
    const [own = ""] = replica.storeUrls;
    expect((await post(own, VERIFY, entry("card-of-ana"))).status).toBe(200);
    expect((await fetch(`${own}/graphql`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${own}/healthz`)).status).toBe(200);
  });

  test("is the bare path at the Store's own host, and nothing else is there", async () => {
    const { port } = new URL(replica.url);
    const at = (path: string, body: string) => requestAs("gate.example", Number(port), path, body);
    expect(await at(VERIFY, JSON.stringify(entry("card-of-ana")))).toBe(200);
    expect(await at("/graphql", "{}")).toBe(404);
  });
});

/** `fetch` does not let the host be chosen. */
async function requestAs(host: string, port: number, path: string, body: string): Promise<number> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const headers = { host, "content-type": "application/json", ...signed(path, body) };
    request({ port, path, method: "POST", headers }, (reply) => {
      reply.resume();
      resolve(reply.statusCode ?? 0);
    })
      .on("error", reject)
      .end(body);
  });
}

describe("a request that comes again", () => {
  test("is answered as the first time, by any gateway, also when its code is spent", async () => {
    const ana = await admit(gateway, connector);
    const code = (await ana.refresh()).gatePass?.code ?? "";
    const asked = entry(code);
    const first = await connector.post(VERIFY, asked);
    expect(first.status).toBe(200);
    expect((await connector.post(VERIFY, asked)).text).toBe(first.text);
    expect((await post(replica.url, pathOf(VERIFY), asked)).text).toBe(first.text);
    expect((await post(replica.url, pathOf(VERIFY), { ...asked, requestId: crypto.randomUUID() })).status).toBe(401);
    // An associate scans the same code again.
    expect((await connector.post(SHOPPER, question(code))).status).toBe(200);
  });

  test("with another body is evaluated afresh", async () => {
    const asked = entry("card-of-ana");
    expect((await connector.post(VERIFY, asked)).status).toBe(200);
    expect((await connector.post(VERIFY, { ...asked, identityKey: btoa("nobody") })).status).toBe(401);
    expect((await connector.post(VERIFY, asked)).status).toBe(200);
  });

  test("of twenty that show one code one gets in; of ten that are the same request all do", async () => {
    const ana = await admit(gateway, connector);
    const spend = (await ana.refresh()).gatePass?.code ?? "";
    const origins = [gateway.url, replica.url];
    const each = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => post(origins[nth % 2] ?? "", pathOf(VERIFY), entry(spend))),
    );
    expect(each.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
    const again = entry((await ana.refresh()).gatePass?.code ?? "");
    const same = await Promise.all(
      Array.from({ length: 10 }, (_, nth) => post(origins[nth % 2] ?? "", pathOf(VERIFY), again)),
    );
    expect(new Set(same.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(same[0]?.status).toBe(200);
  });
});

describe("a caller's rate", () => {
  test("is shared by all gateways and told with Retry-After", async () => {
    const slow = await openConnector(gateway, { ...SETTINGS, rate: { perMinute: 1, burst: 4 } });
    const origins = [gateway.url, replica.url];
    const statuses: number[] = [];
    for (let nth = 0; nth < 6; nth += 1) {
      const { status, text, headers } = await post(origins[nth % 2] ?? "", pathOf(VERIFY, slow), entry("nobody"));
      statuses.push(status);
      if (status !== 429) continue;
      expect(text).toBe('{"errorMsg":"Too Many Requests"}');
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    // Another store of the same connector has a rate of its own.
    expect((await slow.post(VERIFY, entry("nobody", { storeId: "STORE-QR-ONLY" }))).status).toBe(401);
  });
});

describe("a Store's settings", () => {
  test("are heard of by every gateway: 201 instead of 200", async () => {
    const store = await openConnector(gateway);
    await admit(gateway, store, { code: "card-of-bia" });
    expect((await post(replica.url, pathOf(SHOPPER, store), question("card-of-bia"))).status).toBe(200);
    await updateConnector(gateway, store, { settings: { ...SETTINGS, getShopperSuccessStatus: 201 } });
    let status = 0;
    for (let turn = 0; status !== 201 && turn < 500; turn += 1)
      ({ status } = await post(replica.url, pathOf(SHOPPER, store), question("card-of-bia")));
    expect(status).toBe(201);
  });
});

describe("a database that does not answer", () => {
  test("is a 500 without detail, and afterwards everything is as before", async () => {
    const admin = new pg.Client({ connectionString: gateway.adminUrl });
    await admin.connect();
    await admin.query("begin; lock table recognition_key in access exclusive mode");
    const { status, text } = await connector.post(VERIFY, entry("card-of-ana"));
    expect([status, text]).toEqual([500, '{"errorMsg":"Internal Server Error"}']);
    await admin.query("rollback");
    await admin.end();
    expect((await connector.post(VERIFY, entry("card-of-ana"))).status).toBe(200);
  });
});

describe("the log and the metrics", () => {
  test("hold no code, no telephone number and no token", async () => {
    const ana = await admit(gateway, connector, { phone: "+5511987650000", code: "card-of-caio" });
    const code = (await ana.refresh()).gatePass?.code ?? "";
    await connector.post(VERIFY, entry(code));
    await connector.post(SHOPPER, question("", { shopperKey: "+55 11 987650000", shopperKeyType: "PHONE_NUMBER" }));
    await connector.post(VERIFY, entry("card-of-caio"));
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    const told = gateway.logLines.join("\n") + metrics;
    for (const value of [code, code.slice(-32), "5511987650000", "card-of-caio", btoa("card-of-caio"), HMAC_KEY.secret])
      expect(told).not.toContain(value);
    expect(metrics).toContain('shopkey_route_duration_seconds_count{adapter="amazon-connector",status="200"}');
  });
});
