/** With a test key anyone may read the schema; with a live key, who has `schema:read`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readConfig } from "../../src/config.js";
import { type Graphql, openGraphql } from "../../src/graphql/index.js";
import type { ScopeName } from "../../src/identity/index.js";
import { openLog } from "../../src/kernel/log.js";
import { type House, openHouse } from "../../src/main.js";
import { createDatabase, type TestDatabase } from "../support/database.js";

const log = openLog({ level: "silent" });
let database: TestDatabase;
let dataDir: string;
let house: House;
let graphql: Graphql;

beforeAll(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(join(tmpdir(), "shopkey-test-"));
  const config = {
    ...readConfig({}),
    dataDir,
    rootKey: { kind: "file", path: join(dataDir, "root.key") } as const,
    databaseUrl: database.ownerUrl,
    databaseRoles: { appUrl: database.appUrl, clockUrl: database.clockUrl },
    databasePoolSize: 4,
    sandboxes: false,
  };
  house = await openHouse({ config, log, onStep: () => undefined });
  graphql = await openGraphql({ identity: house.identity, log });
});
afterAll(async () => {
  await graphql.close();
  await house.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** What a new key of a new org is answered. */
async function ask(environment: "test" | "live", scopes: readonly ScopeName[], query: string) {
  const { orgId } = await house.identity.createOrg({ name: "Org" });
  const caller = await house.identity.consoleCaller(orgId, environment);
  const made = await house.identity.createApiKey(caller, { name: "k", scopes, ownerKind: "SERVICE", ownerName: "t" });
  const { status, body } = await graphql.answer({
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${made.secret}` },
    body: { query },
    requestId: "0190f3a2-7b1c-7000-8000-0123456789ab",
  });
  return { status, body: JSON.parse(body) as { data?: unknown; errors?: { extensions: { code: string } }[] } };
}

const SCHEMA = "{ __schema { queryType { name } } }";
const TYPE = `query ($n: Boolean = true) { viewer { environment } ... @include(if: $n) { __type(name: "Store") { name } } }`;

test.each([SCHEMA, TYPE])("the schema is told to a test key and to a live key with the scope: %s", async (query) => {
  expect((await ask("test", ["stores:read"], query)).body.errors).toBeUndefined();
  expect((await ask("live", ["schema:read"], query)).body.errors).toBeUndefined();
});

test.each([SCHEMA, TYPE])("and to no other live key: %s", async (query) => {
  const { status, body } = await ask("live", ["stores:read"], query);
  expect([status, body.data, body.errors?.map(({ extensions }) => extensions.code)]).toEqual([
    403,
    undefined,
    ["FORBIDDEN"],
  ]);
});

test("a live key without the scope still works, and may ask for type names", async () => {
  const { body } = await ask("live", ["stores:read"], "{ __typename viewer { __typename environment } }");
  expect(body.data).toEqual({ __typename: "Query", viewer: { __typename: "Viewer", environment: "LIVE" } });
});
