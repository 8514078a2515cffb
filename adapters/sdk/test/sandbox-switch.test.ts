import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { json, readJson, routeTable, type ServedSandbox, serveSandbox, setCookie } from "@shopkey/adapter-sdk/sandbox";

const notes = new Map<string, string[]>();
let sandbox: ServedSandbox;

beforeEach(async () => {
  notes.clear();
  sandbox = await serveSandbox({
    accountOf: (host) => host.match(/^(\w+)\.notes\.example$/)?.[1] ?? null,
    router: routeTable({
      "GET /notes/:id": (request) =>
        json(200, { id: request.params.id, who: request.account, cookies: request.cookies }),
      "POST /notes": (request) => {
        const body = readJson(request);
        if (body === undefined) return json(400, { error: "not JSON" });
        notes.set(request.account, [...(notes.get(request.account) ?? []), JSON.stringify(body)]);
        return json(201, { ok: true }, { cookies: [setCookie("seen", "1"), setCookie("turn", "2")] });
      },
      "GET /fault": () => {
        throw new Error("a mistake");
      },
    }),
    lens: (account) => (account === null ? Object.fromEntries(notes) : (notes.get(account) ?? [])),
    reset: (account) => (account === null ? notes.clear() : notes.delete(account)),
  });
});
afterEach(() => sandbox.close());

const ask = (path: string, init: RequestInit = {}, host = "ana.notes.example") =>
  fetch(sandbox.url + path, { ...init, headers: { ...init.headers, "x-forwarded-host": host } });
const control = (method: string, path: string, body?: unknown) =>
  fetch(`${sandbox.url}/_sandbox/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

test("accounts are told apart by the host that was asked for", async () => {
  await ask("/notes", { method: "POST", body: '"hello"' });
  await ask("/notes", { method: "POST", body: '"olá"' }, "bia.notes.example");
  expect(await (await control("GET", "state")).json()).toEqual({ ana: ['"hello"'], bia: ['"olá"'] });
  expect(await (await control("GET", "state?account=bia")).json()).toEqual(['"olá"']);
  expect((await ask("/notes/1", {}, "evil.example")).status).toBe(421);
  await control("DELETE", "state?account=ana");
  expect(sandbox.state(null)).toEqual({ bia: ['"olá"'] });
});

test("paths, cookies and bodies are read", async () => {
  const found = await ask("/notes/a%20b", { headers: { cookie: "a=1; b=x=y; a=2" } });
  expect(await found.json()).toEqual({ id: "a b", who: "ana", cookies: { a: "1", b: "x=y" } });
  expect((await ask("/notes", { method: "POST", body: "{" })).status).toBe(400);
  const posted = await ask("/notes", { method: "POST", body: "{}" });
  expect(posted.headers.getSetCookie()).toEqual([
    "seen=1; Path=/; Secure; HttpOnly",
    "turn=2; Path=/; Secure; HttpOnly",
  ]);
  expect((await ask("/notes/1", { method: "DELETE" })).status).toBe(405);
  expect((await ask("/nowhere")).status).toBe(404);
});

test.each([
  ["down", 503, "text/html; charset=utf-8", null],
  ["htmlNotFound", 404, "text/html; charset=utf-8", null],
  ["rateLimited", 429, "application/json; charset=utf-8", "7"],
  ["garbage", 200, "application/json", null],
] as const)("trouble %s", async (trouble, status, type, retryAfter) => {
  await control("PUT", "switches", { trouble });
  const reply = await ask("/notes/1");
  expect([reply.status, reply.headers.get("content-type"), reply.headers.get("retry-after")]).toEqual([
    status,
    type,
    retryAfter,
  ]);
  if (trouble === "garbage") await expect(reply.json()).rejects.toThrow("JSON");
  await control("DELETE", "switches");
  expect((await ask("/notes/1")).status).toBe(200);
});

test("a broken connection comes before or after the deed", async () => {
  const post = () => ask("/notes", { method: "POST", body: "1" });
  await control("PUT", "switches", { trouble: "reset" });
  await expect(post()).rejects.toThrow("fetch failed");
  expect(sandbox.state("ana")).toEqual([]);
  await control("PUT", "switches", { trouble: "lostAnswer" });
  await expect(post()).rejects.toThrow("fetch failed");
  expect(sandbox.state("ana")).toEqual(["1"]);
  await control("PUT", "switches", { trouble: "cut" });
  const half = await ask("/notes/1");
  await expect(half.text()).rejects.toThrow("terminated");
  await control("PUT", "switches", { trouble: "hang" });
  await expect(ask("/notes/1", { signal: AbortSignal.timeout(50) })).rejects.toThrow("timeout");
});

test("skip, times, path, method and account narrow a trouble", async () => {
  await control("PUT", "switches?account=ana", { trouble: "down", skip: 1, times: 1, path: "/notes/", method: "GET" });
  const statuses: number[] = [];
  for (let round = 0; round < 3; round++) statuses.push((await ask("/notes/1")).status);
  expect(statuses).toEqual([200, 503, 200]);
  await control("PUT", "switches?account=ana", { trouble: "down", path: "/notes/" });
  expect((await ask("/notes", { method: "POST", body: "1" })).status).toBe(201);
  expect((await ask("/notes/1", {}, "bia.notes.example")).status).toBe(200);
  expect((await control("PUT", "switches", { trouble: "nonsense" })).status).toBe(400);
});

test("the journal tells method, path and status, never what was said", async () => {
  await ask("/notes/1?email=ana@example.com");
  await ask("/fault");
  const journal = await (await control("GET", "journal?account=ana")).json();
  expect(journal).toEqual([
    { account: "ana", host: "ana.notes.example", method: "GET", path: "/notes/1", status: 200 },
    expect.objectContaining({ path: "/fault", status: 500, fault: expect.stringContaining("a mistake") }),
  ]);
});
