/** Harmful queries are refused before they run; honest ones get through. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readTrustedDocuments } from "../../src/graphql/index.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ATTACKS, HONEST } from "./attacks.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

const codesOf = (body: Awaited<ReturnType<TestGateway["ask"]>>["body"]) =>
  body.errors?.map((error) => error.extensions.code) ?? [];

describe("a harmful query is refused", () => {
  const figures: string[] = [];
  afterAll(() => {
    process.stdout.write(`longest block of the event loop by one query, in ms: ${figures.sort().at(-1)}\n`);
  });

  test.each(ATTACKS.map((attack) => [attack.name, attack] as const))("%s", async (name, attack) => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const { status, body } = await gateway.ask(attack.query, attack.variables);
    delay.disable();
    figures.push(`${(delay.max / 1e6).toFixed(1).padStart(6)} (${name})`);
    expect(status).toBe(400);
    expect(body.data).toBeUndefined();
    expect(codesOf(body)).toContain(attack.code);
    expect(body.errors?.length).toBeLessThanOrEqual(11);
  });
});

describe("an honest query gets through", () => {
  test.each(HONEST.map((honest) => [honest.name, honest] as const))("%s", async (_, { query, variables }) => {
    const { status, body } = await gateway.ask(query, variables);
    expect([status, codesOf(body)]).toEqual([200, []]);
  });
});

describe("one request", () => {
  test("is one operation, not a batch", async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify([{ query: "{ viewer { environment } }" }]),
    });
    expect(response.status).toBe(400);
  });
});

describe("trusted documents", () => {
  const trusted = "query Who { viewer { environment } }";
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

  test("run, and nothing else does", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shopkey-trusted-"));
    const path = join(folder, "documents.json");
    await writeFile(path, JSON.stringify({ [sha256(trusted)]: trusted }));
    const guarded = await openGateway({ trustedDocuments: path });
    try {
      expect((await guarded.ask(trusted)).body.data).toEqual({ viewer: { environment: "TEST" } });
      const other = await guarded.ask("{ viewer { environment } }");
      expect([other.status, codesOf(other.body)]).toEqual([403, ["FORBIDDEN"]]);
    } finally {
      await guarded.close();
      await rm(folder, { recursive: true });
    }
  });

  test("are not read from a list that was tampered with", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shopkey-trusted-"));
    const path = join(folder, "documents.json");
    await writeFile(path, JSON.stringify({ [sha256(trusted)]: "{ adapters { id } }" }));
    expect(() => readTrustedDocuments(path)).toThrow("is not the SHA-256");
    await rm(folder, { recursive: true });
  });
});
