import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { newId, toWire } from "../../src/kernel/ids.js";
import { ask } from "../support/database-sql.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { askJson, environmentOf, shopkey } from "./command-line.js";

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly last4: string;
  readonly scopes: readonly string[];
}

const VIEWER = "{ viewer { org { id name } environment apiKey { name scopes ownerKind ownerName } } }";
const LIST_KEYS = "{ apiKeys(first: 5) { nodes { id } } }";

let gateway: TestGateway;
let env: Record<string, string>;

beforeAll(async () => {
  gateway = await openGateway();
  env = environmentOf(gateway.config);
});
afterAll(() => gateway?.close());

const codesOf = async (key: string, query = VIEWER) =>
  (await gateway.ask(query, {}, key)).body.errors?.map(({ extensions }) => extensions.code) ?? [];

describe("keys made on the command line, beside a running gateway", () => {
  test("work at once over HTTP, with the scopes and the owner that were given, and no others", async () => {
    const key = await askJson<Key>(
      ["key", "create", "till", "--owner", "Maria", "--owner-kind", "USER", "--scopes", "stores:read, profiles:read"],
      env,
    );
    expect(key).toMatchObject({
      id: expect.stringMatching(/^key_/),
      secret: expect.stringMatching(/^shk_test_/),
      scopes: ["stores:read", "profiles:read"],
      environment: "test",
      expiresAt: null,
      revokedAt: null,
    });
    const { body } = await gateway.ask(VIEWER, {}, key.secret);
    expect(body.data).toMatchObject({
      viewer: {
        environment: "TEST",
        apiKey: { name: "till", scopes: ["STORES_READ", "PROFILES_READ"], ownerKind: "USER", ownerName: "Maria" },
      },
    });
    expect(await codesOf(key.secret, LIST_KEYS)).toEqual(["FORBIDDEN"]);
  });

  test("are shown once: neither the list nor the revocation has the secret", async () => {
    const { code, stdout } = await shopkey(["key", "create", "once", "--owner", "job"], env);
    const [secret = "", told = ""] = stdout.split("\n");
    expect(code).toBe(0);
    expect(secret).toMatch(/^shk_test_/);
    expect(told).toMatch(/^key_\S+ · shown once/);
    const id = told.split(" ")[0] ?? "";
    const listed = [await shopkey(["key", "list"], env), await shopkey(["key", "list", "--json"], env)];
    for (const { stdout: list } of listed) {
      expect(list).toContain(id);
      expect(list).not.toContain(secret.slice(9, 30));
    }
    expect(listed[0]?.stdout).toMatch(
      new RegExp(`${id} +…${secret.slice(-4)} +active +SERVICE +job +once +never used`),
    );
  });

  test("end at once when they are revoked, twice if need be", async () => {
    const key = await askJson<Key>(["key", "create", "short", "--owner", "job"], env);
    expect(await codesOf(key.secret)).toEqual([]);
    const first = await askJson<{ revokedAt: string }>(["key", "revoke", key.id], env);
    const again = await shopkey(["key", "revoke", key.id], env);
    expect(again).toMatchObject({ code: 0, stdout: `revoked ${key.id}\n`, stderr: "" });
    expect(await codesOf(key.secret)).toEqual(["UNAUTHENTICATED"]);
    expect(first.revokedAt).toEqual(expect.any(String));
    expect((await shopkey(["key", "list"], env)).stdout).toMatch(new RegExp(`${key.id} .* revoked `));
  });

  test("of the live environment are another kind, and are not in the test list", async () => {
    const key = await askJson<Key>(["key", "create", "production", "--owner", "shop", "--live"], env);
    expect(key.secret).toMatch(/^shk_live_/);
    expect((await gateway.ask(VIEWER, {}, key.secret)).body.data).toMatchObject({ viewer: { environment: "LIVE" } });
    const ids = async (...where: string[]) =>
      (await askJson<Key[]>(["key", "list", ...where], env)).map(({ id }) => id);
    expect(await ids("--live")).toEqual([key.id]);
    expect(await ids()).not.toContain(key.id);
    expect(await shopkey(["key", "revoke", key.id], env)).toMatchObject({ code: 1 });
  });

  test("expire when they were told to", async () => {
    const expiry = ["--expires", "2099-01-31T12:00:00-03:00"];
    const key = await askJson<Key & { expiresAt: string }>(
      ["key", "create", "brief", "--owner", "job", ...expiry],
      env,
    );
    expect(key.expiresAt).toBe("2099-01-31T15:00:00.000Z");
    await ask(gateway.adminUrl, "update api_key set expires_at = now() where last4 = $1", [key.secret.slice(-4)]);
    expect(await codesOf(key.secret)).toEqual(["UNAUTHENTICATED"]);
    expect((await shopkey(["key", "list"], env)).stdout).toMatch(new RegExp(`${key.id} .* expired `));
  });

  test("more than a page of them are all listed", async () => {
    const one = `mutation { createApiKey(input: { name: "n", scopes: [STORES_READ], ownerKind: SERVICE, ownerName: "o" }) {
      userErrors { code } } }`;
    for (let made = 0; made < 101; made++) {
      expect((await gateway.ask(one)).body).toEqual({ data: { createApiKey: { userErrors: [] } } });
    }
    expect((await askJson<Key[]>(["key", "list"], env)).length).toBeGreaterThan(101);
  });
});

describe("an org made on the command line", () => {
  test("is listed with its name, after those that were there", async () => {
    const before = await askJson<{ id: string; name: string }[]>(["org", "list"], env);
    const org = await askJson<{ id: string; name: string }>(["org", "create", "A listed shop"], env);
    expect(before).not.toHaveLength(0);
    expect(await askJson(["org", "list"], env)).toEqual([...before, org]);
    expect((await shopkey(["org", "list"], env)).stdout).toContain(`${org.id}  A listed shop\n`);
  });

  test("has keys and Stores of its own, which the running gateway serves", async () => {
    const org = await askJson<{ id: string; name: string }>(["org", "create", "Second shop"], env);
    expect(org).toMatchObject({ id: expect.stringMatching(/^org_/), name: "Second shop" });
    const key = await askJson<Key>(["key", "create", "first", "--org", org.id, "--owner", "shop"], env);
    const { body } = await gateway.ask(VIEWER, {}, key.secret);
    expect(body.data).toMatchObject({ viewer: { org: { id: org.id, name: "Second shop" } } });
    const saved = await gateway.ask(
      `mutation { saveProfile(input: { externalId: "x", profile: { buyer: { firstName: "Ana" } } }) {
        profile { buyer { firstName } } userErrors { code } } }`,
      {},
      key.secret,
    );
    expect(saved.body.data).toMatchObject({
      saveProfile: { profile: { buyer: { firstName: "A•••" } }, userErrors: [] },
    });
    expect(await askJson<Key[]>(["key", "list", "--org", org.id], env)).toHaveLength(1);
  });
});

describe("a refusal", () => {
  test("is one sentence and exit code 1", async () => {
    const cases = [
      ["key", "revoke", "key_unknown"],
      ["key", "create", "x", "--owner", "y", "--expires", "2001-01-01"],
      ["key", "create", "x", "--owner", ""],
      ["key", "list", "--org", toWire("org", newId("org"))],
    ];
    for (const args of cases) {
      const { code, stdout, stderr } = await shopkey(args, env);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
      expect(stderr).toMatch(/^(\w+: )?[A-Z][^\n]+\.\n$/);
    }
  });
});
