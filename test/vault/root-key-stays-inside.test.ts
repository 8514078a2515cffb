import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  EnvelopeRejected,
  environmentKms,
  fileKms,
  folderKeystore,
  KeyUnavailable,
  openVault,
} from "../../src/vault/index.js";
import { makeVaultFolder, ORG, OTHER_ORG, type VaultFolder } from "./vault-folder.js";

const posixTest = process.platform === "win32" ? test.skip : test;
const PURPOSE = { orgId: ORG, kind: "kek", version: 1 } as const;
let folder: VaultFolder;
beforeEach(async () => {
  folder = await makeVaultFolder();
});
afterEach(() => folder.remove());

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

async function writeRing(text: string): Promise<void> {
  await mkdir(dirname(folder.rootKeyPath), { recursive: true });
  await writeFile(folder.rootKeyPath, text, { mode: 0o600 });
}

const ring = (keys: readonly { version: number; key: string }[], primary: number): string =>
  JSON.stringify({ format: "shopkey-root-keys/1", primary, keys });

describe("the root key file", () => {
  posixTest("is made at first use, for its owner alone, with nothing left beside it", async () => {
    await expect(folder.kms.primaryKeyId()).resolves.toBe("1");
    expect(await mode(folder.rootKeyPath)).toBe("600");
    expect(await mode(dirname(folder.rootKeyPath))).toBe("700");
    expect(await readdir(dirname(folder.rootKeyPath))).toEqual(["root-keys.json"]);
  });

  test("is read and kept by the next start", async () => {
    const wrapped = await folder.kms.wrap(Buffer.alloc(32, 7), PURPOSE);
    const before = await readFile(folder.rootKeyPath, "utf8");
    await expect(fileKms(folder.rootKeyPath).unwrap(wrapped, PURPOSE)).resolves.toEqual(Buffer.alloc(32, 7));
    expect(await readFile(folder.rootKeyPath, "utf8")).toBe(before);
  });

  test("made by many at once is one file with one key", async () => {
    const providers = Array.from({ length: 12 }, () => fileKms(folder.rootKeyPath));
    const wrapped = await Promise.all(providers.map((kms) => kms.wrap(Buffer.alloc(32, 7), PURPOSE)));
    for (const one of wrapped) await expect(folder.kms.unwrap(one, PURPOSE)).resolves.toEqual(Buffer.alloc(32, 7));
  });

  posixTest.each(["644", "640", "604", "660"])("with mode %s is refused: the gateway does not start", async (wider) => {
    await folder.kms.primaryKeyId();
    await chmod(folder.rootKeyPath, Number.parseInt(wider, 8));
    const kms = fileKms(folder.rootKeyPath);
    await expect(openVault({ kms, keystore: folder.keystore })).rejects.toThrow(KeyUnavailable);
    await expect(kms.health()).resolves.toMatchObject({ status: "unavailable", primaryKeyId: null });
    await chmod(folder.rootKeyPath, 0o600);
    await expect(kms.health()).resolves.toMatchObject({ status: "ready", primaryKeyId: "1" });
  });

  test("that is damaged is refused and left as it is, and its content is in no message", async () => {
    const key = randomBytes(32).toString("base64");
    const damaged = [
      "",
      "not json",
      "[]",
      ring([], 1),
      ring([{ version: 1, key }], 2),
      ring([{ version: 0, key }], 0),
      ring([{ version: 1, key: key.slice(4) }], 1),
      ring(
        [1, 1].map((version) => ({ version, key })),
        1,
      ),
      ring([{ version: 1, key }], 1).replace("keys/1", "keys/2"),
    ];
    for (const text of damaged) {
      await writeRing(text);
      const error: unknown = await fileKms(folder.rootKeyPath)
        .primaryKeyId()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(KeyUnavailable);
      expect(String(error)).not.toContain(key.slice(0, 8));
      expect(await readFile(folder.rootKeyPath, "utf8")).toBe(text);
    }
  });

  test("with several versions wraps with the primary one and opens what any of them wrapped", async () => {
    const keys = [1, 2, 5].map((version) => ({ version, key: randomBytes(32).toString("base64") }));
    await writeRing(ring(keys, 2));
    const kms = fileKms(folder.rootKeyPath);
    for (const keyId of [undefined, "1", "5"]) {
      const wrapped = await kms.wrap(Buffer.alloc(32, 7), PURPOSE, keyId);
      expect(wrapped.readUInt32BE(4)).toBe(Number(keyId ?? 2));
      await expect(kms.unwrap(wrapped, PURPOSE)).resolves.toEqual(Buffer.alloc(32, 7));
    }
    await expect(kms.wrap(Buffer.alloc(32, 7), PURPOSE, "3")).rejects.toThrow(KeyUnavailable);
  });
});

describe("a wrapped org key", () => {
  test("opens only under the root key that wrapped it", async () => {
    const wrapped = await folder.kms.wrap(Buffer.alloc(32, 7), PURPOSE);
    const other = fileKms(join(folder.dir, "other", "root-keys.json"));
    await expect(other.unwrap(wrapped, PURPOSE)).rejects.toThrow(EnvelopeRejected);
  });

  test.each([
    { ...PURPOSE, orgId: OTHER_ORG },
    { ...PURPOSE, version: 2 },
    { ...PURPOSE, kind: "index" as const },
  ])("does not open as $kind $version of $orgId", async (purpose) => {
    const wrapped = await folder.kms.wrap(Buffer.alloc(32, 7), PURPOSE);
    await expect(folder.kms.unwrap(wrapped, purpose)).rejects.toThrow(EnvelopeRejected);
  });

  test("of an org that another root key made stops that org, and says so", async () => {
    const vault = await openVault(folder);
    await vault.createOrg(ORG);
    vault.close();
    const kms = environmentKms("ab".repeat(32));
    const changed = await openVault({ kms, keystore: folderKeystore(folder.keystoreDir) });
    await expect(changed.org(ORG)).rejects.toThrow(KeyUnavailable);
    changed.close();
  });
});

describe("the root key of the environment", () => {
  test("is the same written as hex, base64 or base64url", async () => {
    const bytes = randomBytes(32);
    const texts = [
      bytes.toString("hex"),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      ` ${bytes.toString("hex")}\n`,
    ];
    const wrapped = await environmentKms(bytes.toString("hex")).wrap(Buffer.alloc(32, 7), PURPOSE);
    for (const text of texts)
      await expect(environmentKms(text).unwrap(wrapped, PURPOSE)).resolves.toEqual(Buffer.alloc(32, 7));
  });

  test.each(["", "secret", "ab".repeat(31), "ab".repeat(33), "zz".repeat(32), "A".repeat(42), "A".repeat(45)])(
    "is refused as %j, which the message does not repeat",
    (value) => {
      const attempt = (): unknown => environmentKms(value);
      expect(attempt).toThrow(KeyUnavailable);
      expect(attempt).toThrow("A root key is 32 bytes, written as 64 hex digits or as base64.");
    },
  );
});
