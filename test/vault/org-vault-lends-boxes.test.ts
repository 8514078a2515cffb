import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ConsumerBox, EnvelopeRejected, type OrgVault, openVault, type Vault } from "../../src/vault/index.js";
import { BoxClosed } from "../../src/vault/org-vault.js";
import { ANA, BOB, makeVaultFolder, ORG, OTHER_ORG, type VaultFolder } from "./vault-folder.js";

let folder: VaultFolder;
let vault: Vault;
let org: OrgVault;
let otherOrg: OrgVault;
beforeAll(async () => {
  folder = await makeVaultFolder();
  vault = await openVault(folder);
  org = await vault.createOrg(ORG);
  otherOrg = await vault.createOrg(OTHER_ORG);
});
afterAll(async () => {
  vault.close();
  await folder.remove();
});

describe("a consumer's box", () => {
  test("seals text and bytes, and opens them in another call", () => {
    const key = org.newConsumerKey(ANA);
    const sealed = org.withConsumer(ANA, key, (box) => ({
      email: box.seal("email", "ana@example.com"),
      bytes: box.seal("photo", Buffer.from([0, 255, 128])),
    }));
    expect(org.withConsumer(ANA, key, (box) => box.openText("email", sealed.email))).toBe("ana@example.com");
    expect(org.withConsumer(ANA, key, (box) => box.open("photo", sealed.bytes))).toEqual(Buffer.from([0, 255, 128]));
    expect(sealed.email.length).toBe(144);
    expect(sealed.email.readUInt32BE(4)).toBe(key.version);
    expect(key).toMatchObject({ version: 1, kekVersion: 1 });
    expect(key.wrapped.length).toBe(144);
  });

  test("opens no other field, consumer, org or key version", () => {
    const key = org.newConsumerKey(ANA);
    const email = org.withConsumer(ANA, key, (box) => box.seal("email", "ana@example.com"));
    const attempts: readonly (() => unknown)[] = [
      () => org.withConsumer(ANA, key, (box) => box.openText("phone", email)),
      () => org.withConsumer(ANA, org.newConsumerKey(ANA), (box) => box.openText("email", email)),
      () => org.withConsumer(ANA, { ...key, version: 2 }, (box) => box.openText("email", email)),
      () => org.withConsumer(ANA, { ...key, kekVersion: 2 }, (box) => box.openText("email", email)),
      () => org.withConsumer(BOB, key, () => "lent"),
      () => otherOrg.withConsumer(ANA, key, () => "lent"),
      () => org.withConsumer(ANA, { ...key, wrapped: email }, () => "lent"),
      () => org.withConsumer(ANA, { ...key, wrapped: key.wrapped.subarray(0, 143) }, () => "lent"),
      () => org.withConsumer(ANA, key, (box) => box.openText("email", key.wrapped)),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(EnvelopeRejected);
  });

  test("is closed after the call, also when the call threw or waits", async () => {
    const key = org.newConsumerKey(ANA);
    const email = org.withConsumer(ANA, key, (box) => box.seal("email", "ana@example.com"));
    const kept = org.withConsumer(ANA, key, (box) => box);
    let thrownWith: ConsumerBox | undefined;
    expect(() =>
      org.withConsumer(ANA, key, (box) => {
        thrownWith = box;
        throw new Error("in use");
      }),
    ).toThrow("in use");
    // Another consumer's key is lent now, perhaps in the same memory.
    org.withConsumer(BOB, org.newConsumerKey(BOB), () => {
      for (const box of [kept, thrownWith]) {
        expect(() => box?.openText("email", email)).toThrow(BoxClosed);
        expect(() => box?.open("email", email)).toThrow(BoxClosed);
        expect(() => box?.seal("email", "x")).toThrow(BoxClosed);
      }
    });
    const waiting = org.withConsumer(ANA, key, async (box) => {
      await null;
      return box.openText("email", email);
    });
    await expect(waiting).rejects.toThrow(BoxClosed);
  });

  test("keeps to its own key when boxes are lent inside each other", () => {
    const [anaKey, bobKey] = [org.newConsumerKey(ANA), org.newConsumerKey(BOB)];
    const [outer, inner] = org.withConsumer(ANA, anaKey, (ana) =>
      org.withConsumer(BOB, bobKey, (bob) => [ana.seal("name", "Ana"), bob.seal("name", "Bob")] as const),
    );
    expect(org.withConsumer(ANA, anaKey, (box) => box.openText("name", outer))).toBe("Ana");
    expect(org.withConsumer(BOB, bobKey, (box) => box.openText("name", inner))).toBe("Bob");
    expect(() => org.withConsumer(BOB, bobKey, (box) => box.openText("name", outer))).toThrow(EnvelopeRejected);
  });

  test("rewrapped holds the same key in another wrapping", () => {
    const key = org.newConsumerKey(ANA);
    const email = org.withConsumer(ANA, key, (box) => box.seal("email", "ana@example.com"));
    const again = org.rewrap(ANA, key);
    expect(again.wrapped.equals(key.wrapped)).toBe(false);
    expect(again).toMatchObject({ version: key.version, kekVersion: 1 });
    expect(org.withConsumer(ANA, again, (box) => box.openText("email", email))).toBe("ana@example.com");
    expect(() => org.rewrap(BOB, key)).toThrow(EnvelopeRejected);
    expect(() => otherOrg.rewrap(ANA, key)).toThrow(EnvelopeRejected);
  });
});

describe("a secret of the org", () => {
  test("opens under its name, in its org, and as nothing else", () => {
    const sealed = org.sealSecret("store:1:credentials", '{"appToken":"t"}');
    expect(org.openSecret("store:1:credentials", sealed).toString()).toBe('{"appToken":"t"}');
    expect(() => org.openSecret("store:2:credentials", sealed)).toThrow(EnvelopeRejected);
    expect(() => otherOrg.openSecret("store:1:credentials", sealed)).toThrow(EnvelopeRejected);
    expect(() => org.openSecret("", org.newConsumerKey(ANA).wrapped)).toThrow(EnvelopeRejected);
    expect(() => org.openSecret("store:1:credentials", Buffer.alloc(3))).toThrow(EnvelopeRejected);
    const futureKey = Buffer.from(sealed);
    futureKey.writeUInt32BE(2, 4);
    expect(() => org.openSecret("store:1:credentials", futureKey)).toThrow(EnvelopeRejected);
  });
});

describe("the blind index", () => {
  test("is equal for equal values of one org and field, and for nothing else", () => {
    const value = (of: OrgVault, field: "email" | "document", text: string) => of.blindIndex(field, text)[0]?.value;
    const ana = value(org, "email", "ana@example.com");
    expect(ana?.length).toBe(16);
    expect(value(org, "email", "ana@example.com")).toEqual(ana);
    expect(value(org, "email", "bob@example.com")).not.toEqual(ana);
    expect(value(org, "document", "ana@example.com")).not.toEqual(ana);
    expect(value(otherOrg, "email", "ana@example.com")).not.toEqual(ana);
    expect(org.blindIndex("email", "ana@example.com").map(({ version }) => version)).toEqual([1]);
  });
});

describe("a fingerprint", () => {
  test("stands for one text of one org and is no blind index", () => {
    const fingerprint = org.fingerprint('{"email":"ana@example.com"}');
    expect(fingerprint.length).toBe(32);
    expect(org.matchesFingerprint('{"email":"ana@example.com"}', fingerprint)).toBe(true);
    expect(org.matchesFingerprint('{"email":"bob@example.com"}', fingerprint)).toBe(false);
    expect(org.matchesFingerprint('{"email":"ana@example.com"}', fingerprint.subarray(1))).toBe(false);
    expect(otherOrg.matchesFingerprint('{"email":"ana@example.com"}', fingerprint)).toBe(false);
    const start = org.fingerprint("ana@example.com").subarray(0, 16);
    expect(org.blindIndex("email", "ana@example.com")[0]?.value.equals(start)).toBe(false);
  });
});
