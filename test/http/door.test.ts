/** The street door: what it answers to whom, and how it closes. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { auditServer } from "graphql-http";
import { isTooNested } from "../../src/http/body.js";
import { requestIdOf } from "../../src/http/request-id.js";
import { openGateway, type TestGateway } from "../support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

const at = (path: string, init: RequestInit = {}) => fetch(`${gateway.url}${path}`, { redirect: "manual", ...init });
const post = (body: string, headers: Record<string, string> = {}) =>
  at("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body,
  });

/** Sends bytes that `fetch` would not. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      socket.end();
    });
    socket.on("close", () => resolve(text)).on("error", reject);
  });

test("GraphQL over HTTP: the public audit finds no error and nothing to warn of", async () => {
  const results = await auditServer({
    url: `${gateway.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${gateway.key}` } }),
  });
  expect(results.length).toBeGreaterThan(55);
  const poor = results.filter(({ status }) => status === "error" || status === "warn");
  expect(poor.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
});

describe("a refusal", () => {
  const secret = "shopper-12345678900";
  const cases: readonly (readonly [string, number, () => Promise<Response>])[] = [
    ["an unknown address", 404, () => at(`/${secret}?q=${secret}`)],
    ["another method", 405, () => at(`/graphql?q=${secret}`)],
    ["another method for health", 405, () => at("/healthz", { method: "DELETE" })],
    ["a body that is too large", 413, () => post(JSON.stringify({ query: secret.repeat(10_000) }))],
    [
      "another media type",
      415,
      () => at("/graphql", { method: "POST", headers: { "content-type": "text/plain" }, body: secret }),
    ],
    ["a form", 415, () => at("/graphql", { method: "POST", body: new URLSearchParams({ query: secret }) })],
    ["a body that is no JSON", 400, () => post(`{"query": "${secret}`)],
    [
      "a body without end",
      400,
      () => post(`{"query":"{viewer{environment}}","variables":{"x":${"[".repeat(30_000)}${"]".repeat(30_000)}}}`),
    ],
    ["a malformed address", 400, () => at("/%E0%A4%A")],
  ];
  test.each(cases)("of %s says so and repeats nothing", async (_, status, send) => {
    const response = await send();
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ message: expect.any(String), extensions: { code: expect.any(String) } }],
    });
    expect(text).not.toMatch(/shopper|12345678900/);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    if (status === 405) expect(response.headers.get("allow")).toBeTruthy();
  });

  test("of bytes that are no HTTP is short", async () => {
    const text = await raw(`${secret}\r\n\r\n`);
    expect(text).toContain("400 Bad Request");
    expect(text).not.toContain(secret);
  });
});

describe("the request id", () => {
  test.each(["0190f3a2-7b1c-7000-8000-0123456789ab", "4bf92f3577b34da6a3ce929d0e0e4736", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])(
    "of the client is kept: %s",
    async (id) => {
      const response = await post(`{"query":"{viewer{environment}}"}`, { "x-request-id": id });
      expect(response.headers.get("x-request-id")).toBe(id);
      expect(gateway.logLines.some((line) => line.includes(id))).toBe(true);
    },
  );

  test.each(["12345678900", "ana@example.com", "", "a".repeat(5_000)])(
    "is not taken from anything else: %#",
    (given) => {
      const id = requestIdOf({ headers: { "x-request-id": given } });
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe("every answer", () => {
  test("carries the headers that keep browsers careful", async () => {
    for (const path of ["/healthz", "/nowhere", "/metrics"]) {
      const { headers } = await at(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("server")).toBeNull();
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });
});

describe("health", () => {
  test("is told without a key", async () => {
    expect(await (await at("/healthz")).json()).toEqual({ status: "ok" });
    expect(await (await at("/readyz")).json()).toEqual({ status: "ready" });
  });

  test.each(["/healthz", "/readyz", "/metrics", "/"])("is told to whoever asks with HEAD: %s", async (path) => {
    const [got, head] = [
      await at(path, { redirect: "manual" }),
      await at(path, { method: "HEAD", redirect: "manual" }),
    ];
    expect(head.status).toBe(got.status);
    expect(head.headers.get("content-type")).toBe(got.headers.get("content-type"));
    expect(await head.text()).toBe("");
  });

  test("figures name operations and codes, and nobody", async () => {
    await post(`{"query":"{viewer{environment}}"}`);
    await post(`{"query":"{nope}"}`);
    const response = await at("/metrics");
    const text = await response.text();
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(text).toMatch(/shopkey_request_duration_seconds_count\{operation="query",status="200"\} [1-9]/);
    expect(text).toMatch(/shopkey_errors_total\{code="GRAPHQL_VALIDATION_FAILED"\} [1-9]/);
    expect(text).toContain("shopkey_event_loop_delay_seconds");
    const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map((match) => match[1]));
    expect([...labels].sort()).toEqual(["code", "le", "operation", "quantile", "status"]);
  });
});

test("the access log has ids and codes, and not what was asked", async () => {
  const id = "0190f3a2-7b1c-7000-8000-00000000feed";
  await post(JSON.stringify({ query: `query Ana12345678900 { consumer(externalId: "ana12345678900") { id } }` }), {
    "x-request-id": id,
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const line = gateway.logLines.find((text) => text.includes(id) && text.includes("http.request"));
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    method: "POST",
    path: "/graphql",
    status: 200,
    operationType: "query",
    keyId: expect.stringMatching(/^key_[0-9a-f]{32}$/),
    orgId: expect.stringMatching(/^org_[0-9a-f]{32}$/),
    durationMs: expect.any(Number),
  });
  expect(gateway.logLines.join("")).not.toMatch(/12345678900/);
});

describe("what a client accepts", () => {
  const CREATE = `mutation ($id: String!) { createConsumer(input: { externalId: $id }) { consumer { id } userErrors { code } } }`;
  const create = (id: string, accept: string) => post(JSON.stringify({ query: CREATE, variables: { id } }), { accept });

  test.each([
    "text/html",
    "application/json;q=0",
    "application/json; charset=utf-16",
    "*/*;q=0.1, application/json;q=0, application/graphql-response+json;q=0",
    "",
  ])("decides before anything is done: %j", async (accept) => {
    const id = `accepts-${accept.replaceAll(/[^a-z]/g, "")}`;
    const { status } = await create(id, accept);
    const find = `query ($id: String!) { consumer(externalId: $id) { externalId } }`;
    const found = await gateway.ask<{ consumer: unknown }>(find, { id });
    expect(found.body.data?.consumer).toEqual(status === 200 ? { externalId: id } : null);
    expect(status).toBe(accept === "" ? 200 : 406);
  });

  test.each([
    "*/*",
    "application/*;q=0.5",
    "text/html, application/json; charset=UTF-8",
    "application/graphql-response+json",
  ])("is answered: %j", async (accept) => expect((await create(`answered ${accept.length}`, accept)).status).toBe(200));
});

describe("nesting", () => {
  test.each([
    ["[".repeat(64) + "]".repeat(64), false],
    ["[".repeat(65) + "]".repeat(65), true],
    [`"${"[".repeat(100)}"`, false],
    [`"\\"${"{".repeat(100)}"`, false],
    [`["\\\\",${"[".repeat(64)}`, true],
    [`"${"[".repeat(100)}`, false],
    [JSON.stringify({ a: ['"', "\\", { b: "}" }] }), false],
  ])("is measured outside texts: %#", (json, expected) => {
    expect(isTooNested(Buffer.from(json))).toBe(expected);
  });
});

describe("the playground", () => {
  test("gets the development key on loopback, and not by another name", async () => {
    const { port } = new URL(gateway.url);
    expect(await (await at("/playground/boot.json")).json()).toEqual({ key: gateway.key, endpoint: "/graphql" });
    const rebound = await raw(
      `GET /playground/boot.json HTTP/1.1\r\nHost: evil.example:${port}\r\nConnection: close\r\n\r\n`,
    );
    expect(rebound).toContain(`{"key":null`);
    expect(rebound).not.toContain(gateway.key);
  });
});

describe("closing", () => {
  test("lets what is under way finish, then takes no more", async () => {
    const other = await openGateway();
    const { hostname, port } = new URL(other.url);
    const body = JSON.stringify({ query: "{ viewer { environment } }" });
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    const ended = new Promise((resolve) => socket.on("close", resolve));
    const head = `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nAuthorization: Bearer ${other.key}\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body.slice(0, 10));
    // A later request's answer tells that the server has seen the first one's head.
    await fetch(`${other.url}/healthz`);
    const closed = other.close();
    socket.write(body.slice(10));
    await closed;
    await ended;
    expect(text).toContain("200 OK");
    expect(text).toContain(`{"data":{"viewer":{"environment":"TEST"}}}`);
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});
