import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { auditEvents, type ConsumerCard, consumers, type ProfileWrite, type Scope } from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { type Bench, firstWrite, laterWrite, ledgerLine, makeOrg, openBench, wrappedKey } from "./fixtures.js";

let bench: Bench;
let scope: Scope;
beforeAll(async () => {
  bench = await openBench(8);
  scope = await makeOrg(bench.data);
});
afterAll(() => bench.end());

const EVERYTHING = { profile: true, connections: true } as const;
const save = (write: ProfileWrite) => bench.data.saveProfile(scope, write);
const read = (write: ProfileWrite) => bench.data.consumerCard(scope, { id: write.consumerId }, EVERYTHING);
const linesOf = (write: ProfileWrite) =>
  bench.data.inScope(scope, (tx) =>
    auditEvents.list(tx, { limit: 100, after: null }, { consumerId: write.consumerId }),
  );
const countByIndex = (value: Buffer) =>
  bench.data.consumerCount(scope, { index: [{ field: "email", values: [value] }] });

async function saved(externalId = `ext-${newId("csm")}`): Promise<ProfileWrite> {
  const write = firstWrite(externalId);
  expect((await save(write)).outcome).toBe("saved");
  return write;
}

describe("a save", () => {
  test("makes a consumer with key, profile, index and two ledger lines", async () => {
    const write = firstWrite("made");
    const result = await save(write);
    expect(result).toMatchObject({
      outcome: "saved",
      revision: 1,
      consumer: { id: write.consumerId, keyVersionLast: 1 },
    });
    const card = (await read(write)) as ConsumerCard;
    expect(card.consumer).toEqual(result.consumer);
    expect(card.key).toEqual(write.key);
    expect(card.profile).toMatchObject({ name: write.units.name, email: write.units.email, phone: null, revision: 1 });
    expect(card.profile?.updatedAt).toEqual(result.updatedAt);
    expect((await linesOf(write)).map(({ action }) => action)).toEqual(["consumer.created", "profile.saved"]);
  });

  test("merges: absent leaves, null erases, a value replaces", async () => {
    const write = await saved();
    const phone = randomBytes(144);
    await save({ ...laterWrite(write, 1), units: { email: null, phone } });
    expect((await read(write))?.profile).toMatchObject({ name: write.units.name, email: null, phone, revision: 2 });
  });

  test("replaces the index rows of the fields it names, and of no others", async () => {
    const [first, second, document] = [randomBytes(16), randomBytes(16), randomBytes(16)];
    const base = firstWrite(`ext-${newId("csm")}`);
    const entries = (value: Buffer) => [{ version: 1, value }];
    const write: ProfileWrite = {
      ...base,
      index: [
        { field: "email", entries: entries(first) },
        { field: "document", entries: entries(document) },
      ],
    };
    await save(write);
    await save({
      ...laterWrite(write, 1),
      index: [{ field: "email", entries: [...entries(second), { version: 2, value: first }] }],
    });
    expect(await countByIndex(first)).toBe(1);
    await save({ ...laterWrite(write, 2), index: [{ field: "email", entries: entries(second) }] });
    expect([await countByIndex(first), await countByIndex(second)]).toEqual([0, 1]);
    const byBoth = [
      { field: "email", values: [second] },
      { field: "document", values: [document] },
    ];
    expect(await bench.data.consumerCount(scope, { index: byBoth })).toBe(1);
    await save({ ...laterWrite(write, 3), index: [{ field: "email", entries: [] }] });
    expect(await bench.data.consumerCount(scope, { index: byBoth })).toBe(0);
  });

  test("is refused when it has read an older revision, and writes nothing then", async () => {
    const write = await saved();
    await save(laterWrite(write, 1));
    const before = [await read(write), await linesOf(write)];
    expect(await save(laterWrite(write, 1))).toEqual({
      outcome: "conflict",
      consumer: null,
      revision: 0,
      updatedAt: null,
    });
    expect([await read(write), await linesOf(write)]).toEqual(before);
  });

  test("of nobody is not_found, of a forgotten consumer anonymized", async () => {
    expect((await save({ ...firstWrite("nobody"), create: null })).outcome).toBe("not_found");
    const write = await saved();
    await bench.data.inScope(scope, (tx) =>
      tx.em.execute("update consumer set status = 'ANONYMIZED' where id = ?", [write.consumerId]),
    );
    expect((await save(laterWrite(write, 1))).outcome).toBe("anonymized");
  });
});

describe("at the same moment", () => {
  test("two saves of one revision: one is saved, one is a conflict", async () => {
    for (let round = 0; round < 10; round += 1) {
      const write = await saved();
      const outcomes = await Promise.all([save(laterWrite(write, 1)), save(laterWrite(write, 1))]);
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(["conflict", "saved"]);
      expect((await read(write))?.profile?.revision).toBe(2);
    }
  });

  test("two first saves of one external id: one consumer, and nothing of the other", async () => {
    for (let round = 0; round < 10; round += 1) {
      const writes = [firstWrite(`race-${round}`), firstWrite(`race-${round}`)];
      const outcomes = await Promise.all(writes.map(save));
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(["conflict", "saved"]);
      const loser = writes[outcomes.findIndex(({ outcome }) => outcome === "conflict")] as ProfileWrite;
      expect([await read(loser), await linesOf(loser)]).toEqual([null, []]);
    }
  });

  test("two saves under one idempotency key: one is saved, one is told that it is a repetition", async () => {
    for (let round = 0; round < 10; round += 1) {
      const write = await saved();
      const once = {
        key: `once-${round}`,
        operation: "saveProfile",
        fingerprint: randomBytes(32),
        result: { n: round },
      };
      const again = () => save({ ...laterWrite(write, 1), idempotency: once });
      const outcomes = (await Promise.all([again(), again()])).map(({ outcome }) => outcome);
      expect(outcomes.filter((outcome) => outcome === "saved")).toHaveLength(1);
      expect((await again()).outcome).toBe("repeated");
      expect((await read(write))?.profile?.revision).toBe(2);
    }
  });

  test("a new consumer under a key that another save holds leaves nothing", async () => {
    const once = { key: "held", operation: "saveProfile", fingerprint: randomBytes(32), result: null };
    const writes = ["held-1", "held-2"].map((name) => ({ ...firstWrite(name), idempotency: once }));
    const outcomes = (await Promise.all(writes.map(save))).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(["repeated", "saved"]);
    expect(await bench.data.consumerCount(scope, { externalIdPrefix: "held-" })).toBe(1);
  });

  test("a save that meets a deletion is a conflict, or comes before it; nothing comes back", async () => {
    for (let round = 0; round < 10; round += 1) {
      const write = await saved();
      const [{ outcome }] = await Promise.all([
        save(laterWrite(write, 1)),
        bench.data.inScope(scope, (tx) => consumers.deleteProfile(tx, write.consumerId)),
      ]);
      expect(["saved", "conflict"]).toContain(outcome);
      expect(await read(write)).toMatchObject({ key: null, profile: null });
    }
  });

  test("a save that indexes and meets a deletion leaves no index row behind", async () => {
    for (let round = 0; round < 10; round += 1) {
      const write = await saved();
      const value = randomBytes(16);
      const index = [{ field: "email", entries: [{ version: 1, value }] }];
      await Promise.all([
        save({ ...laterWrite(write, 1), index }),
        bench.data.inScope(scope, (tx) => consumers.deleteProfile(tx, write.consumerId)),
      ]);
      expect(await countByIndex(value)).toBe(0);
    }
  });
});

describe("after a deletion", () => {
  const remove = (write: ProfileWrite) =>
    bench.data.inScope(scope, (tx) => consumers.deleteProfile(tx, write.consumerId));

  test("profile, index and key are gone, and the consumer stays", async () => {
    const write = await saved();
    const value = write.index[0]?.entries[0]?.value ?? Buffer.alloc(0);
    expect(await countByIndex(value)).toBe(1);
    expect(await remove(write)).toBe(true);
    expect(await read(write)).toMatchObject({ key: null, profile: null, consumer: { keyVersionLast: 1 } });
    expect(await countByIndex(value)).toBe(0);
    expect(await remove(write)).toBe(false);
  });

  test("only a key of a larger version is taken", async () => {
    const write = await saved();
    await remove(write);
    const anew = { ...write, create: null, ledger: ledgerLine() };
    expect((await save(anew)).outcome).toBe("conflict");
    expect((await save({ ...anew, newKey: false })).outcome).toBe("conflict");
    expect((await save({ ...anew, key: wrappedKey(2) })).consumer?.keyVersionLast).toBe(2);
  });

  test("a save that was prepared before it, with the old key, is refused though the revision fits again", async () => {
    const write = await saved();
    await remove(write);
    await save({ ...write, create: null, key: wrappedKey(2), ledger: ledgerLine() });
    expect((await read(write))?.profile?.revision).toBe(1);
    expect((await save(laterWrite(write, 1))).outcome).toBe("conflict");
  });
});
