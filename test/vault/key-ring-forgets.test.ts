import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  EnvelopeRejected,
  type KeyKind,
  type KeyStatus,
  KeysReleased,
  KeyUnavailable,
  type KmsProvider,
  openVault,
  type Vault,
} from "../../src/vault/index.js";
import { RELEASE_GRACE_MS } from "../../src/vault/key-ring.js";
import { ANA, makeVaultFolder, ORG, OTHER_ORG, type VaultFolder } from "./vault-folder.js";

const TTL_MS = 10_000;
let folder: VaultFolder;
let vault: Vault;
let time: number;
let unwrapped: number;

const clock = { now: () => new Date(time) };

beforeEach(async () => {
  folder = await makeVaultFolder();
  time = Date.parse("2026-01-31T12:00:00Z");
  unwrapped = 0;
  const kms: KmsProvider = {
    ...folder.kms,
    unwrap: (wrapped, purpose) => {
      unwrapped++;
      return folder.kms.unwrap(wrapped, purpose);
    },
  };
  vault = await openVault({ kms, keystore: folder.keystore, clock, keyTtlMs: TTL_MS });
});
afterEach(async () => {
  vault.close();
  await folder.remove();
});

/** Adds the next version of a key, as a rotation will. */
async function addVersion(kind: KeyKind, version: number, status: KeyStatus): Promise<void> {
  const wrapped = await folder.kms.wrap(Buffer.alloc(32, version), { orgId: ORG, kind, version });
  const createdAt = clock.now().toISOString();
  await folder.keystore.add(ORG, { kind, version, status, wrapped, createdAt, since: createdAt });
}

const expire = (): void => {
  time += TTL_MS + 1;
};

describe("an org without keys", () => {
  test("is refused: a lost keystore must not be replaced by new keys in silence", async () => {
    await expect(vault.org(ORG)).rejects.toThrow("put the keystore back");
    expect(await folder.keystore.list(ORG)).toEqual([]);
    await vault.createOrg(ORG);
    expect((await vault.org(ORG)).orgId).toBe(ORG);
  });
});

describe("keys in memory", () => {
  test("are loaded once for all who ask at the same time", async () => {
    expect(vault.cachedOrg(ORG)).toBeUndefined();
    const orgs = await Promise.all(Array.from({ length: 10 }, () => vault.createOrg(ORG)));
    expect(new Set(orgs).size).toBe(1);
    expect(unwrapped).toBe(3);
    expect(vault.cachedOrg(ORG)).toBe(orgs[0]);
    expect(vault.cachedOrg(OTHER_ORG)).toBeUndefined();
    await vault.createOrg(ORG);
    expect(unwrapped).toBe(3);
  });

  test("are loaded again when their time is over", async () => {
    const before = await vault.createOrg(ORG);
    expire();
    expect(vault.cachedOrg(ORG)).toBeUndefined();
    const after = await vault.createOrg(ORG);
    expect(unwrapped).toBe(6);
    expect(after.openSecret("s", before.sealSecret("s", "x")).toString()).toBe("x");
  });

  test("serve work under way for a grace, and then nothing: a wiped key never seals", async () => {
    const org = await vault.createOrg(ORG);
    const key = org.newConsumerKey(ANA);
    const secret = org.sealSecret("s", "x");
    expire();
    await vault.createOrg(ORG);
    expect(org.openSecret("s", secret).toString()).toBe("x");
    time += RELEASE_GRACE_MS + 1;
    await vault.createOrg(ORG);
    const uses: readonly (() => unknown)[] = [
      () => org.newConsumerKey(ANA),
      () => org.withConsumer(ANA, key, () => "lent"),
      () => org.rewrap(ANA, key),
      () => org.sealSecret("s", "x"),
      () => org.openSecret("s", secret),
      () => org.blindIndex("email", "x"),
      () => org.fingerprint("x"),
    ];
    for (const use of uses) expect(use).toThrow(KeysReleased);
    expect((await vault.createOrg(ORG)).openSecret("s", secret).toString()).toBe("x");
  });

  test("are wiped when the vault closes, also those on their way", async () => {
    const org = await vault.createOrg(ORG);
    const onTheWay = vault.createOrg(OTHER_ORG);
    vault.close();
    await expect(onTheWay).rejects.toThrow();
    expect(() => org.sealSecret("s", "x")).toThrow(KeysReleased);
    expect(vault.cachedOrg(ORG)).toBeUndefined();
    await expect(vault.createOrg(ORG)).rejects.toThrow(KeyUnavailable);
  });

  test("that could not be loaded are tried again", async () => {
    await vault.createOrg(ORG);
    await folder.keystore.setStatus(ORG, "kek", 1, "decrypt-only");
    expire();
    await expect(vault.createOrg(ORG)).rejects.toThrow(KeyUnavailable);
    await folder.keystore.setStatus(ORG, "kek", 1, "current");
    await expect(vault.createOrg(ORG)).resolves.toMatchObject({ orgId: ORG });
  });
});

describe("versions", () => {
  test("the highest current one wraps, and a decrypt-only one opens", async () => {
    const old = await vault.createOrg(ORG);
    const key = old.newConsumerKey(ANA);
    const secret = old.sealSecret("s", "x");
    await addVersion("kek", 2, "decrypt-only");
    expire();
    expect((await vault.createOrg(ORG)).newConsumerKey(ANA).kekVersion).toBe(1);
    await folder.keystore.setStatus(ORG, "kek", 2, "current");
    expire();
    // Both are current for a moment: what a crash between the two steps leaves.
    expect((await vault.createOrg(ORG)).newConsumerKey(ANA).kekVersion).toBe(2);
    await folder.keystore.setStatus(ORG, "kek", 1, "decrypt-only");
    expire();
    const org = await vault.createOrg(ORG);
    const email = org.withConsumer(ANA, key, (box) => box.seal("email", "ana@example.com"));
    const rewrapped = org.rewrap(ANA, key);
    expect(rewrapped.kekVersion).toBe(2);
    expect(org.withConsumer(ANA, rewrapped, (box) => box.openText("email", email))).toBe("ana@example.com");
    expect(org.openSecret("s", secret).toString()).toBe("x");

    await folder.keystore.setStatus(ORG, "kek", 1, "retired");
    expire();
    const later = await vault.createOrg(ORG);
    expect(() => later.withConsumer(ANA, key, () => "lent")).toThrow(EnvelopeRejected);
    expect(() => later.openSecret("s", secret)).toThrow(EnvelopeRejected);
    expect(later.withConsumer(ANA, rewrapped, (box) => box.openText("email", email))).toBe("ana@example.com");
  });

  test("every index key that is not retired is queried, the current one first", async () => {
    const before = (await vault.createOrg(ORG)).fingerprint("x");
    await addVersion("index", 2, "current");
    await folder.keystore.setStatus(ORG, "index", 1, "decrypt-only");
    expire();
    const org = await vault.createOrg(ORG);
    const values = org.blindIndex("email", "ana@example.com");
    expect(values.map(({ version }) => version)).toEqual([2, 1]);
    expect(values[0]?.value.equals(values[1]?.value ?? Buffer.alloc(0))).toBe(false);
    // There is nothing to make a fingerprint anew from: it outlives the index keys.
    expect(org.fingerprint("x").equals(before)).toBe(true);
    expect(org.matchesFingerprint("x", before)).toBe(true);
    await folder.keystore.setStatus(ORG, "index", 1, "retired");
    expire();
    expect((await vault.createOrg(ORG)).blindIndex("email", "x").map(({ version }) => version)).toEqual([2]);
  });

  test("all retired: the org stops, and gets no new key by itself", async () => {
    await vault.createOrg(ORG);
    await folder.keystore.setStatus(ORG, "kek", 1, "retired");
    expire();
    await expect(vault.createOrg(ORG)).rejects.toThrow(KeyUnavailable);
    expect((await folder.keystore.list(ORG)).map((key) => key.version)).toEqual([1, 1, 1, 1]);
  });
});
