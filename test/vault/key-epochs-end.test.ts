/** Epochs: one key gives way to the next, whatever is cut off in between; what was destroyed is gone. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  EnvelopeRejected,
  fileKms,
  folderKeystore,
  KeyUnavailable,
  openVault,
  type Vault,
} from "../../src/vault/index.js";
import { ANA, BOB, makeVaultFolder, ORG, OTHER_ORG, type VaultFolder } from "./vault-folder.js";

let folder: VaultFolder;
let vault: Vault;
beforeEach(async () => {
  folder = await makeVaultFolder();
  vault = await openVault(folder);
});
afterEach(async () => {
  vault.close();
  await folder.remove();
});

/** Another process: it knows nothing but what is on the disk. */
async function elsewhere<T>(work: (other: Vault) => Promise<T>): Promise<T> {
  const other = await openVault({ kms: fileKms(folder.rootKeyPath), keystore: folderKeystore(folder.keystoreDir) });
  try {
    return await work(other);
  } finally {
    other.close();
  }
}

describe("an org's key", () => {
  test("gives way to the next in stages, each of which another process can go on from", async () => {
    const org = await vault.createOrg(ORG);
    const ana = org.newConsumerKey(ANA);
    const sealed = org.withConsumer(ANA, ana, (box) => box.seal("email", "x"));
    expect(await vault.epochs.look(ORG, "kek")).toMatchObject({ stage: "steady", current: 1, next: null, old: [] });

    expect(await vault.epochs.mint(ORG, "kek")).toMatchObject({ stage: "minted", current: 1, next: 2 });
    expect(await elsewhere((other) => other.epochs.mint(ORG, "kek"))).toMatchObject({ stage: "minted", next: 2 });
    vault.refresh();
    expect((await vault.org(ORG)).newConsumerKey(BOB).kekVersion).toBe(1);

    expect(await elsewhere((other) => other.epochs.promote(ORG, "kek"))).toMatchObject({
      ...{ stage: "promoted", current: 2, old: [1] },
    });
    vault.refresh();
    const moved = (await vault.org(ORG)).rewrap(ANA, ana);
    expect(moved).toMatchObject({ version: ana.version, kekVersion: 2 });

    await vault.epochs.retire(ORG, "kek");
    vault.refresh();
    const after = await vault.org(ORG);
    expect(after.withConsumer(ANA, moved, (box) => box.openText("email", sealed))).toBe("x");
    expect(() => after.withConsumer(ANA, ana, () => 0)).toThrow(EnvelopeRejected);

    await vault.epochs.unretire(ORG, "kek");
    vault.refresh();
    expect((await vault.org(ORG)).withConsumer(ANA, ana, () => 0)).toBe(0);
    await expect(vault.epochs.destroy(ORG, "kek")).rejects.toThrow(KeyUnavailable);

    await vault.epochs.retire(ORG, "kek");
    expect(await vault.epochs.destroy(ORG, "kek")).toMatchObject({ stage: "steady", current: 2, old: [] });
    vault.refresh();
    await expect(async () => (await vault.org(ORG)).withConsumer(ANA, ana, () => 0)).rejects.toThrow(EnvelopeRejected);
    await expect(folder.keystore.setStatus(ORG, "kek", 1, "current")).rejects.toThrow(KeyUnavailable);
    expect(JSON.parse(await readFile(join(folder.keystoreDir, ORG, "kek-1.json"), "utf8"))).toMatchObject({
      ...{ status: "destroyed", wrapped: "", version: 1 },
    });
    expect(await vault.epochs.mint(ORG, "kek")).toMatchObject({ stage: "minted", next: 3 });
  });

  test("that a crash left current twice goes on with the higher", async () => {
    await vault.createOrg(ORG);
    await vault.epochs.mint(ORG, "kek");
    await folder.keystore.setStatus(ORG, "kek", 2, "current");
    expect(await vault.epochs.look(ORG, "kek")).toMatchObject({ stage: "promoted", current: 2, old: [1] });
    await vault.epochs.retire(ORG, "kek");
    expect(await vault.epochs.look(ORG, "kek")).toMatchObject({ stage: "retired" });
  });

  test("has epochs apart from the index key's", async () => {
    await vault.createOrg(ORG);
    await vault.epochs.mint(ORG, "index");
    await vault.epochs.promote(ORG, "index");
    expect(await vault.epochs.look(ORG, "kek")).toMatchObject({ stage: "steady", current: 1 });
    vault.refresh();
    const versions = (await vault.org(ORG)).blindIndex("email", "ana@example.com").map(({ version }) => version);
    expect(versions).toEqual([2, 1]);
  });
});

describe("the root key", () => {
  test("is exchanged under every key of every org, beside a gateway that knows only the old one", async () => {
    const before = await vault.createOrg(ORG);
    await vault.createOrg(OTHER_ORG);
    const secret = before.sealSecret("probe", "x");
    const other = await openVault({ kms: fileKms(folder.rootKeyPath), keystore: folder.keystore });
    await other.org(ORG);

    expect(await folder.kms.addRootKey?.()).toBe("2");
    expect(await vault.epochs.rewrapUnderRoot()).toBe(8);
    expect(await vault.epochs.rewrapUnderRoot()).toBe(0);
    expect(await folder.kms.dropOldRootKeys?.()).toBe(1);

    other.refresh();
    expect((await other.org(ORG)).openSecret("probe", secret).toString()).toBe("x");
    const file = JSON.parse(await readFile(folder.rootKeyPath, "utf8")) as { primary: number; keys: unknown[] };
    expect(file.primary).toBe(2);
    expect(file.keys).toHaveLength(1);
    other.close();
  });

  test("whose exchange was cut off goes on with the one that was added, and tells how far it is", async () => {
    const secret = (await vault.createOrg(ORG)).sealSecret("probe", "x");
    await vault.createOrg(OTHER_ORG);
    // Killed before anything was wrapped anew, and again in the middle of it.
    expect(await folder.kms.addRootKey?.()).toBe("2");
    const cut = new Error("killed");
    const stop = (): void => {
      throw cut;
    };
    await expect(elsewhere((other) => other.rotateRoot(0, stop))).rejects.toThrow(cut);
    const told: string[] = [];
    const left = await vault.rotateRoot(0, ({ stage, keyId, orgs }) => void told.push(`${stage} ${keyId} ${orgs}`));
    // One of two orgs was done.
    expect(left).toBe(4);
    expect(told).toEqual([
      ...["renewing 2 1", "renewing 2 2", "settling 2 2", "renewing 2 1", "renewing 2 2", "steady 2 2"],
    ]);
    const file = JSON.parse(await readFile(folder.rootKeyPath, "utf8")) as { primary: number; keys: unknown[] };
    expect([file.primary, file.keys.length]).toEqual([2, 1]);
    expect(await elsewhere(async (other) => (await other.org(ORG)).openSecret("probe", secret).toString())).toBe("x");
    expect(await vault.rotateRoot(0)).toBe(8);
  });

  test("does not come back: a keystore from before does not open", async () => {
    await vault.createOrg(ORG);
    const old = await folder.keystore.list(ORG);
    await folder.kms.addRootKey?.();
    await vault.epochs.rewrapUnderRoot();
    await folder.kms.dropOldRootKeys?.();
    for (const { kind, version, wrapped } of old)
      await expect(fileKms(folder.rootKeyPath).unwrap(wrapped, { orgId: ORG, kind, version })).rejects.toThrow(
        KeyUnavailable,
      );
  });
});

describe("the ledger of erasures", () => {
  const entry = {
    orgId: ORG,
    environment: "test",
    consumerId: ANA,
    requestId: "r-1",
    at: "2026-01-31T12:00:00.000Z",
  } as const;

  test("keeps the first entry of each consumer, and no other org's", async () => {
    await vault.createOrg(ORG);
    await vault.erasures.note(entry);
    await vault.erasures.note({ ...entry, requestId: "r-2" });
    await vault.erasures.note({ ...entry, consumerId: BOB });
    const found = await elsewhere((other) => other.erasures.list(ORG));
    expect([...found].sort((a, b) => a.consumerId.localeCompare(b.consumerId))).toEqual([
      entry,
      { ...entry, consumerId: BOB },
    ]);
    expect(await vault.erasures.list(OTHER_ORG)).toEqual([]);
    // The keys beside it are still found.
    expect((await folder.keystore.list(ORG)).map(({ kind }) => kind)).toEqual(["index", "kek", "print", "sign"]);
    expect(await readdir(folder.keystoreDir)).toEqual([ORG]);
    expect(await folder.keystore.orgs()).toEqual([ORG]);
  });
});
