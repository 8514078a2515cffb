import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { fixedWorkers } from "../../src/browser/client/workers.js";
import { CONTENT_TYPE, decodeBody, encodeBody, MAX_BODY_BYTES } from "../../src/browser/worker/wire.js";
import { openLog } from "../../src/kernel/log.js";
import { logIn, type NineItemsSite, openNineItemsSite } from "./nine-items-site.js";
import { openWorkerBench, sessionAt, surroundingsOf, until, type WorkerBench } from "./worker-bench.js";

let bench: WorkerBench;
let site: NineItemsSite;
const never = new AbortController().signal;

beforeAll(async () => {
  [bench, site] = await Promise.all([openWorkerBench(), openNineItemsSite()]);
}, 60_000);
afterAll(async () => {
  await bench?.close();
  await site?.close();
});

const ask = (path: string, init: RequestInit) => fetch(new URL(path, bench.worker.url), init);
const send = (operation: string, body: Uint8Array, secret = bench.secret) =>
  ask(`/v1/${operation}`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": CONTENT_TYPE },
    body: Buffer.from(body),
  });

describe("the worker's door", () => {
  test("opens for its secret and for nothing else", async () => {
    const body = encodeBody({}, null);
    expect((await send("ping", body)).status).toBe(200);
    const { secret } = bench;
    for (const wrong of [
      "",
      "x",
      secret.slice(1),
      `${secret}x`,
      secret.toUpperCase(),
      randomBytes(32).toString("hex"),
    ]) {
      expect((await send("ping", body, wrong)).status).toBe(401);
    }
    expect((await ask("/v1/ping", { method: "POST" })).status).toBe(401);
    expect((await ask("/v1/watch", {})).status).toBe(401);
    expect((await ask("/", {})).status).toBe(401);
    const layer = openBrowserClient({
      workers: fixedWorkers([{ name: "w1", url: bench.worker.url, secret: "s".repeat(40) }]),
      log: openLog({ level: "silent" }),
    });
    await expect(layer.ping()).rejects.toMatchObject({ name: "LayerRefused", why: "unavailable" });
    await layer.close();
  });

  test("takes what it knows, no more of it than it says, and says nothing of what was wrong", async () => {
    expect((await send("ping", new Uint8Array(MAX_BODY_BYTES + 1).fill(32))).status).toBe(413);
    for (const [operation, body] of [
      ["ping", Buffer.from("{}")],
      ["ping", Buffer.from("\u0000{")],
      ["ping", Buffer.alloc(0)],
      ["renewLink", encodeBody({}, null)],
      ["openSession", encodeBody({ startUrl: "https://shop.example/" }, null)],
      ["endSession", encodeBody({ sessionId: "x", outcome: "other" }, null)],
      ["deleteContext", encodeBody({ contextId: "../../etc" }, null)],
      ["holdsContext", encodeBody({ contextId: "../../etc" }, null)],
    ] as const) {
      const answer = await send(operation, body);
      expect([answer.status, await answer.text()]).toEqual([400, ""]);
    }
    for (const operation of ["other", "constructor", "toString", "__proto__"]) {
      expect((await send(operation, encodeBody({}, null))).status).toBe(404);
    }
    const plain = { method: "POST", headers: { authorization: `Bearer ${bench.secret}` }, body: "{}" };
    expect((await ask("/v1/ping", plain)).status).toBe(415);
  });

  test("a key is taken out of a body and wiped from it", () => {
    const key = randomBytes(32);
    const body = encodeBody({ a: 1 }, key);
    const taken = decodeBody(body);
    expect([taken?.json, taken?.key?.equals(key)]).toEqual([{ a: 1 }, true]);
    expect(body.includes(key)).toBe(false);
  });

  test("workers elsewhere are reached by https, each by its own name", () => {
    const secret = "s".repeat(40);
    const at = (...urls: string[]) => fixedWorkers(urls.map((url, n) => ({ name: `w${n}`, url, secret })));
    for (const url of ["http://10.0.0.8:4200", "http://workers.example", "ftp://127.0.0.1", "nonsense"]) {
      expect(() => at(url)).toThrow(RangeError);
    }
    expect(at("https://workers.example", "http://127.0.0.1:1", "http://[::1]:1")).toHaveLength(3);
    const url = "https://w.example";
    expect(() => fixedWorkers([1, 2].map(() => ({ name: "same", url, secret })))).toThrow(RangeError);
  });

  test("nothing of a login is in the log, or left on the disk but sealed", async () => {
    const key = randomBytes(32);
    const { layer, watched, folders } = bench;
    const session = await layer.openSession(sessionAt(site.origin), never);
    const page = watched.get(session.sessionId)?.browser()?.page;
    if (!page) throw new Error("no page");
    await logIn(page);
    await page.evaluate("void sessionStorage.setItem('typed', 'canary-password-71')");
    const lease = { contextId: "ctx_canary_0001", generation: 0, key };
    await layer.saveSession(session.sessionId, lease, never);
    await layer.endSession(session.sessionId, "connected");
    const context = { ...lease, generation: 1 };
    const use = { surroundings: surroundingsOf(site.origin), context, keep: true };
    await layer.withContextPage(use, never, async (lent) => {
      await lent.goto("https://shop.example/me");
      const cookies = await lent.context().cookies("https://shop.example/");
      expect(cookies.find(({ name }) => name === "__Host-session")?.value).toBe("s3cr3t");
    });
    const left = (await readdir(folders.browsers).catch(() => [])).filter((name) => name.startsWith("slot-"));
    expect(left).toEqual([]);
    const secrets = [
      "s3cr3t",
      "canary-password-71",
      "2fa done",
      bench.secret,
      key.toString("base64"),
      key.toString("hex"),
    ];
    const files = await readdir(folders.contexts, { recursive: true, withFileTypes: true });
    const kept = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name))),
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const bytes of kept) for (const secret of secrets) expect(bytes.includes(secret)).toBe(false);
    expect(kept.some((bytes) => bytes.includes(key))).toBe(false);
    await until(() => bench.logged().includes("session ended"));
    for (const secret of secrets) expect(bench.logged()).not.toContain(secret);
  }, 60_000);
});
