/**
 * After a key epoch an old backup opens every living shopper and nobody who was forgotten; nor does anything on the disk. What was
 * done about the forgotten comes back with it: every receipt, and what a store is still waited for.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import type { Output } from "../../src/cli/output.js";
import { exportReceipts, verifyReceipts } from "../../src/cli/receipts.js";
import type { Config } from "../../src/config.js";
import type { Caller } from "../../src/identity/index.js";
import { asId, toWire } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { type House, openHouse } from "../../src/main.js";
import { backupTo, restoreFrom } from "../../src/strongroom.js";
import {
  chainFaults,
  EnvelopeRejected,
  fileKms,
  folderKeystore,
  openVault,
  verifyReceipt,
} from "../../src/vault/index.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, SAVE_PROFILE } from "../support/story.js";
import { hitsIn, isIn } from "../support/traces.js";

const REQUEST = `mutation ($input: RequestAnonymizationInput!) {
  requestAnonymization(input: $input) { request { id } userErrors { code } } }`;
const STATUS = `query ($id: ID!) { anonymizationRequest(id: $id) { status steps { status } receipt { document } } }`;

const log = openLog({ level: "silent" });
let dir: string;
let gateway: TestGateway;
let empty: TestDatabase;
let waitingId: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "shopkey-backup-"));
  gateway = await openGateway();
  empty = await createDatabase();
}, 180_000);
afterAll(async () => {
  await gateway.close();
  await empty.drop();
  await rm(dir, { recursive: true, force: true });
});

const LIVING = ["lia", "leo", "lua"];
const LEAVING = ["zoraide", "zenobio"];
/** Who came after the backup and left, and whose store is still waited for. */
const LATE = "zuleica";
const WAITING = "zumira";
const emailOf = (name: string) => `${name}.canario@forgotten-example.com`;
const save = (name: string, nth: number) => {
  const buyer = { ...ANA.buyer, firstName: name, email: emailOf(name), document: String(30_000_000_000 + nth) };
  return gateway.ask(SAVE_PROFILE, { input: { externalId: name, profile: { ...ANA, buyer } } });
};

/** The keys that a backup holds, as the vault takes them. */
async function keysIn(path: string) {
  const lines = gunzipSync(await readFile(path))
    .toString("utf8")
    .trim()
    .split("\n");
  return lines
    .map((line) => JSON.parse(line) as { t?: string; r: Record<string, string | number> })
    .filter(({ t }) => t === "consumer_key")
    .map(({ r }) => ({
      ...{ orgId: asId("org", String(r.org_id)), consumerId: asId("csm", String(r.consumer_id)) },
      ...{ version: Number(r.version), kekVersion: Number(r.kek_version) },
      wrapped: Buffer.from(String(r.wrapped).slice(2), "hex"),
    }));
}

const settings = (config: Config, database: TestDatabase): Config => ({
  ...config,
  ...{ sandboxes: false, development: false, databaseUrl: database.ownerUrl },
  databaseRoles: { appUrl: database.appUrl, clockUrl: database.clockUrl },
});

async function wish(externalId: string, stores: readonly { slug: string }[]): Promise<string> {
  const { body } = await gateway.ask<{ requestAnonymization: { request: { id: string } } }>(REQUEST, {
    input: { consumer: { externalId }, stores },
  });
  return body.data?.requestAnonymization.request.id ?? "";
}

async function forget(externalId: string): Promise<string> {
  const id = await wish(externalId, []);
  return (await until(id, ({ status }) => status === "COMPLETED")).receipt?.document ?? "";
}

interface Request {
  readonly status: string;
  readonly receipt: { readonly document: string } | null;
  readonly steps: readonly { readonly status: string }[];
}
async function until(id: string, isSo: (request: Request) => boolean): Promise<Request> {
  for (let looks = 0; looks < 300; looks += 1) {
    const answer = await gateway.ask<{ anonymizationRequest: Request }>(STATUS, { id });
    const request = answer.body.data?.anonymizationRequest;
    if (request !== undefined && isSo(request)) return request;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the clock does not forget");
}

test("an old backup with the latest keys opens all of the living and none of the forgotten", async () => {
  const old = { data: join(dir, "old-data.gz"), keys: join(dir, "old-keys.gz") };
  const latest = join(dir, "latest-keys.gz");
  const source = { log, onStep: () => undefined, beside: true, config: gateway.config };
  for (const [nth, name] of [...LIVING, ...LEAVING].entries()) await save(name, nth);
  const counts = await backupTo(source, old);
  expect(counts.keys).toBeGreaterThanOrEqual(LIVING.length + LEAVING.length);

  await save(LATE, 8);
  await save(WAITING, 9);
  const receipts = await Promise.all([...LEAVING, LATE].map(forget));
  waitingId = await wish(WAITING, [{ slug: "cobasi" }]);
  await until(waitingId, ({ steps }) => steps.some(({ status }) => status === "AWAITING_OPERATOR"));
  for (const receipt of receipts) expect(receipt).not.toContain("forgotten-example");
  const house: House = await openHouse({ ...source, config: { ...gateway.config, sandboxes: false } });
  expect(await house.identity.rotateKeys({ settleMs: 300, org: null })).toBe(true);
  await house.close();
  await backupTo(source, { data: null, keys: latest });

  const target = { ...source, config: settings(gateway.config, empty) };
  await expect(restoreFrom(target, { dataPath: old.data, keysPath: old.keys })).rejects.toThrow("older key epoch");
  const restored = await restoreFrom(target, { dataPath: old.data, keysPath: latest });
  expect(restored).toMatchObject({ keys: LIVING.length, receipts: receipts.length });
  const back = await openHouse({ ...target, config: { ...target.config, sandboxes: false } });
  const orgs = new Set((await keysIn(latest)).map(({ orgId }) => orgId));
  expect(await back.identity.mendIndexes()).toBe(LIVING.length);
  for (const orgId of orgs) {
    const caller = await back.identity.consoleCaller(orgId, "test");
    for (const name of LIVING) {
      const filter = { email: emailOf(name) };
      const page = await back.identity.listConsumers(caller, { first: 5, filter }, { ...ALL, totalCount: false });
      expect(page.nodes.map(({ externalId }) => externalId)).toEqual([name]);
      expect(page.nodes[0]?.profile?.buyer.email).toBe("l•••@forgotten-example.com");
    }
    for (const externalId of [...LEAVING, LATE, WAITING])
      expect(await back.identity.findConsumer(caller, { externalId }, ALL)).toBeNull();
    await expectTheirEnds(back, caller, receipts);
  }
  expect(orgs.size).toBe(1);
  await back.close();
  await expectVerified({ ...target.config, sandboxes: false }, [...orgs].map((id) => toWire("org", id)).join(), 4);
}, 300_000);

/** As an auditor does it: exported, and checked without a gateway; so are the files beside the keys. */
async function expectVerified(config: Config, org: string, count: number): Promise<void> {
  const told: unknown[] = [];
  const out: Output = { print: (data) => void told.push(data) };
  await exportReceipts(config, { org, to: join(dir, "receipts") }, out);
  const exported = told[0] as readonly string[];
  await verifyReceipts(exported, undefined, out);
  const { receipts, keys } = told[1] as { receipts: readonly { sequence: number }[]; keys: readonly string[] };
  expect(receipts.map(({ sequence }) => sequence).toSorted()).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  await verifyReceipts(exported, keys[0], out);
  await expect(verifyReceipts(exported, "0123456789abcdef", out)).rejects.toMatchObject({ code: "INVALID" });
  const kept = await readdir(join(config.dataDir, "keystore"), { recursive: true });
  const beside = kept
    .filter((path) => path.includes(join("receipts", "test")) && path.endsWith(".json"))
    .map((path) => join(config.dataDir, "keystore", path));
  expect(beside).toHaveLength(count);
  await verifyReceipts(beside, keys[0], out);
  const [path = ""] = exported;
  await writeFile(path, (await readFile(path, "utf8")).replace("COMPLETED", "CANCELLED"));
  await expect(verifyReceipts(exported, undefined, out)).rejects.toThrow("signature does not fit");
}

/** Every receipt, in one chain that goes on; what was waited for still is; and no import brings anybody back. */
async function expectTheirEnds({ identity }: House, caller: Caller, receipts: readonly string[]): Promise<void> {
  const { nodes } = await identity.listAnonymizations(caller, { first: 20 });
  const kept = nodes.flatMap(({ receipt }) => (receipt === null ? [] : [receipt.document]));
  expect(kept.toSorted()).toEqual(receipts.toSorted());
  const ended = nodes.filter(({ receipt }) => receipt !== null);
  expect(ended.map(({ status }) => status)).toEqual(receipts.map(() => "COMPLETED"));
  expect(ended.every(({ steps }) => steps.every(({ endedAt }) => endedAt !== null))).toBe(true);

  const waiting = await identity.findAnonymization(caller, waitingId);
  expect(waiting).toMatchObject({ status: "IN_PROGRESS", shreddedAt: expect.any(Date) });
  expect(waiting?.steps.find(({ name }) => name === "STORE")).toMatchObject({
    ...{ status: "AWAITING_OPERATOR", store: { slug: "cobasi" }, attempts: 1 },
    note: expect.stringContaining("VTEX Admin"),
  });
  await expect(identity.cancelAnonymization(caller, { request: waitingId })).rejects.toMatchObject({
    code: "TOO_LATE",
  });
  const settle = { request: waitingId, store: { slug: "cobasi" }, outcome: "DONE", reference: "CERT-7" } as const;
  await identity.settleAnonymizationStep(caller, settle);
  await identity.tendAnonymization(caller.scope, waitingId);
  const last = (await identity.findAnonymization(caller, waitingId))?.receipt?.document ?? "";
  const genuine = [...kept, last].map((document) => verifyReceipt(Buffer.from(document)));
  expect(genuine.map(({ kind }) => kind)).toEqual([...kept, last].map(() => "genuine"));
  expect(genuine.at(-1)).toMatchObject({ sequence: kept.length + 1 });
  expect(chainFaults(genuine.filter((one) => one.kind === "genuine"))).toEqual([]);

  for (const [name, nth] of [[LATE, 8] as const, [WAITING, 9] as const]) {
    const buyer = { ...ANA.buyer, email: emailOf(name), document: String(30_000_000_000 + nth) };
    await expect(
      identity.saveProfile(caller, { externalId: `${name}-again`, profile: { ...ANA, buyer } }),
    ).rejects.toMatchObject({ code: "CONSUMER_ANONYMIZED" });
    // The org's own id is in no backup, and is known again all the same: with nothing else that was theirs.
    const another = { firstName: "Zaida", email: "zaida@elsewhere.example.com", document: "30999999999" };
    await expect(identity.saveProfile(caller, { externalId: name, profile: { buyer: another } })).rejects.toMatchObject(
      { code: "CONSUMER_ANONYMIZED", field: ["externalId"] },
    );
    await expect(identity.createConsumer(caller, { externalId: name })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
  }
}

const ALL = { profile: true, connections: true } as const;

test("no key of the old backup opens any more, by the keystore as it is", async () => {
  const { dataDir } = gateway.config;
  const vault = await openVault({
    kms: fileKms(join(dataDir, "root.key")),
    keystore: folderKeystore(join(dataDir, "keystore")),
  });
  const keys = await keysIn(join(dir, "old-keys.gz"));
  expect(keys.length).toBeGreaterThanOrEqual(LIVING.length + LEAVING.length);
  for (const { orgId, consumerId, ...key } of keys) {
    const org = await vault.org(orgId);
    expect(() => org.withConsumer(consumerId, key, () => 0)).toThrow(EnvelopeRejected);
  }
  vault.close();
});

test("nothing of the forgotten is in the database's files, its log of writes, the gateway's log or its keystore", async () => {
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  await admin.query("checkpoint");
  const { rows } = await admin.query<{ dir: string }>("select current_setting('data_directory') as dir");
  await admin.end();
  const values = [...LEAVING, LATE, WAITING].map(emailOf);
  // Their ids are theirs to know by, and stay: the search does see what is there.
  expect(await hitsIn(rows[0]?.dir ?? "", [LIVING[0] ?? "", "shopper_reference"])).not.toEqual([]);
  expect(await hitsIn(rows[0]?.dir ?? "", values)).toEqual([]);
  // Every value of each, and the browser's store: forgotten-with-a-login.test.ts.
  expect(await hitsIn(gateway.config.dataDir, [...values, ...LEAVING, LATE, WAITING])).toEqual([]);
  expect(gateway.logLines.filter((line) => isIn(line, values))).toEqual([]);
}, 180_000);
