import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  auditEvents,
  consumers,
  type ProfileOutline,
  type ProfileWrite,
  type ProfileWriteResult,
  type Scope,
} from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { type Bench, firstWrite, laterWrite, makeOrg, openBench } from "./fixtures.js";

let bench: Bench;
let scope: Scope;
beforeAll(async () => {
  bench = await openBench(8);
  scope = await makeOrg(bench.data);
});
afterAll(() => bench.end());

const entry = (value: Buffer, version = 1) => ({ version, value });
const unsaved = { outcome: "conflict", consumer: null, revision: 0, updatedAt: null };

async function saved(): Promise<ProfileWrite> {
  const write = firstWrite(`ext-${newId("csm")}`);
  expect((await bench.data.saveProfile(scope, write)).outcome).toBe("saved");
  return write;
}

const outline = async (write: ProfileWrite): Promise<ProfileOutline> => {
  const found = await bench.data.profileOutline(scope, { id: write.consumerId }, true);
  if (found === null) throw new Error("the consumer is not there");
  return found;
};

/** A save of what differs from what is there now. */
async function change(write: ProfileWrite, to: Partial<ProfileWrite> = {}, where = scope): Promise<ProfileWriteResult> {
  const read = await outline(write);
  return bench.data.saveProfile(where, { ...laterWrite(write, read.revision), read, ...to });
}

const lines = (write: ProfileWrite) =>
  bench.data.inScope(scope, (tx) =>
    auditEvents.list(tx, { limit: 100, after: null }, { consumerId: write.consumerId }),
  );

describe("what a change starts from", () => {
  test("is the consumer, the key, what is there of the profile and its index rows, by id and by name", async () => {
    const write = await saved();
    const read = await outline(write);
    expect(read).toMatchObject({
      key: write.key,
      revision: 1,
      present: { name: true, email: true, document: false, phone: false, address: false, company: false },
      units: { name: write.units.name, email: write.units.email, phone: null },
      index: [{ field: "email", ...write.index[0]?.entries[0] }],
    });
    const ref = { externalId: read.consumer.externalId };
    expect(await bench.data.profileOutline(scope, ref, true)).toEqual(read);
    expect((await bench.data.profileOutline(scope, ref, false))?.units.name).toBeNull();
    expect(await bench.data.profileOutline(scope, { externalId: "nobody" }, true)).toBeNull();
  });

  test("of a consumer without a profile is revision 0 and nothing present", async () => {
    const id = newId("csm");
    await bench.data.inScope(scope, (tx) => consumers.create(tx, { id, externalId: id, shopperReference: id }));
    expect(await bench.data.profileOutline(scope, { id }, true)).toMatchObject({
      key: null,
      revision: 0,
      present: { name: false },
      index: [],
    });
  });

  test("is nobody's in another org or environment", async () => {
    const write = await saved();
    const strangers = [await makeOrg(bench.data), { ...scope, environment: "live" as const }];
    for (const stranger of strangers)
      expect(await bench.data.profileOutline(stranger, { id: write.consumerId }, true)).toBeNull();
  });
});

describe("a change", () => {
  test("merges: absent leaves, null erases, a value replaces; one line in the ledger", async () => {
    const write = await saved();
    const phone = randomBytes(144);
    const before = (await lines(write)).length;
    const result = await change(write, { units: { email: null, phone } });
    const read = await outline(write);
    expect(result).toEqual({ outcome: "saved", consumer: read.consumer, revision: 2, updatedAt: expect.any(Date) });
    expect(read.units).toMatchObject({ name: write.units.name, email: null, phone });
    expect((await lines(write)).length).toBe(before + 1);
  });

  test("replaces the index rows of the fields it names, and touches none that stays", async () => {
    const write = await saved();
    const first = (await outline(write)).index[0]?.value as Buffer;
    const [second, document] = [randomBytes(16), randomBytes(16)];
    const rows = async () => (await outline(write)).index.map((row) => [row.field, row.version, row.value]).sort();
    const documents = { field: "document", entries: [entry(document)] };
    await change(write, { index: [{ field: "email", entries: [entry(first), entry(second, 2)] }, documents] });
    expect(await rows()).toEqual([
      ["document", 1, document],
      ["email", 1, first],
      ["email", 2, second],
    ]);
    await change(write, { index: [{ field: "email", entries: [entry(second)] }] });
    expect(await rows()).toEqual([
      ["document", 1, document],
      ["email", 1, second],
    ]);
    await change(write, { index: [{ field: "email", entries: [] }] });
    expect(await rows()).toEqual([["document", 1, document]]);
    await change(write, { index: [documents] });
    expect(await rows()).toEqual([["document", 1, document]]);
  });

  test("of what has changed meanwhile writes nothing", async () => {
    const write = await saved();
    const read = await outline(write);
    await change(write);
    const late = { ...laterWrite(write, read.revision), read, index: [{ field: "email", entries: [] }] };
    expect(await bench.data.saveProfile(scope, late)).toEqual(unsaved);
    expect(await outline(write)).toMatchObject({ revision: 2, index: read.index });
    expect((await lines(write)).length).toBe(3);
  });

  test("of many at the same time is one", async () => {
    const write = await saved();
    const read = await outline(write);
    const results = await Promise.all(
      Array.from({ length: 8 }, () => bench.data.saveProfile(scope, { ...laterWrite(write, 1), read })),
    );
    expect(results.map(({ outcome }) => outcome).sort()).toEqual([...Array(7).fill("conflict"), "saved"]);
    expect((await lines(write)).length).toBe(3);
  });

  test("under another key than the consumer's writes nothing", async () => {
    const write = await saved();
    expect(await change(write, { key: { ...write.key, version: 2 } })).toEqual(unsaved);
    expect((await outline(write)).revision).toBe(1);
  });

  test("in another environment or org writes nothing", async () => {
    const write = await saved();
    expect(await change(write, {}, { ...scope, environment: "live" })).toEqual(unsaved);
    expect(await change(write, {}, await makeOrg(bench.data))).toEqual(unsaved);
    expect((await outline(write)).revision).toBe(1);
    expect((await lines(write)).length).toBe(2);
  });

  test("of a profile that was deleted meanwhile writes nothing", async () => {
    const write = await saved();
    const read = await outline(write);
    await bench.data.inScope(scope, (tx) => consumers.deleteProfile(tx, write.consumerId));
    expect(await bench.data.saveProfile(scope, { ...laterWrite(write, 1), read })).toEqual(unsaved);
    expect((await outline(write)).revision).toBe(0);
  });
});
