import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { asId } from "../../src/kernel/ids.js";
import { fileKms, folderKeystore, KeyUnavailable, openVault, type StoredKey } from "../../src/vault/index.js";
import { makeVaultFolder, ORG, OTHER_ORG, type VaultFolder } from "./vault-folder.js";

const here = dirname(fileURLToPath(import.meta.url));
const posixTest = process.platform === "win32" ? test.skip : test;
let folder: VaultFolder;
beforeEach(async () => {
  folder = await makeVaultFolder();
});
afterEach(() => folder.remove());

const key = (version: number, more: Partial<StoredKey> = {}): StoredKey => ({
  kind: "kek",
  version,
  status: "current",
  wrapped: Buffer.alloc(144, version),
  createdAt: "2026-01-31T12:00:00.000Z",
  since: "2026-01-31T12:00:00.000Z",
  ...more,
});

describe("the folder keystore", () => {
  test("gives back what was added, by kind and version", async () => {
    await folder.keystore.add(ORG, key(1));
    await folder.keystore.add(ORG, key(2, { status: "decrypt-only" }));
    for (let version = 3; version <= 11; version++) await folder.keystore.add(ORG, key(version));
    await folder.keystore.add(ORG, key(1, { kind: "index" }));
    const listed = await folderKeystore(folder.keystoreDir).list(ORG);
    expect(listed.map((one) => `${one.kind} ${one.version}`)).toEqual([
      "index 1",
      ...Array.from({ length: 11 }, (_, i) => `kek ${i + 1}`),
    ]);
    expect(listed[2]).toEqual(key(2, { status: "decrypt-only" }));
    expect(await folder.keystore.list(OTHER_ORG)).toEqual([]);
  });

  test("never takes a version again, nor an earlier one, also of a retired key", async () => {
    await expect(folder.keystore.add(ORG, key(2))).resolves.toBe(true);
    await folder.keystore.setStatus(ORG, "kek", 2, "retired", new Date("2026-02-28T12:00:00.000Z"));
    await expect(folder.keystore.add(ORG, key(2, { wrapped: Buffer.alloc(144, 99) }))).resolves.toBe(false);
    await expect(folder.keystore.add(ORG, key(1))).resolves.toBe(false);
    await expect(folder.keystore.list(ORG)).resolves.toEqual([
      key(2, { status: "retired", since: "2026-02-28T12:00:00.000Z" }),
    ]);
  });

  test("lets one of many win a version", async () => {
    const keystores = Array.from({ length: 20 }, () => folderKeystore(folder.keystoreDir));
    const won = await Promise.all(keystores.map((one, i) => one.add(ORG, key(1, { wrapped: Buffer.alloc(144, i) }))));
    expect(won.filter(Boolean).length).toBe(1);
    const [kept] = await folder.keystore.list(ORG);
    expect(kept?.wrapped).toEqual(Buffer.alloc(144, won.indexOf(true)));
  });

  posixTest("writes for its owner alone and leaves nothing beside the keys", async () => {
    await folder.keystore.add(ORG, key(1));
    await folder.keystore.add(ORG, key(1));
    await folder.keystore.setStatus(ORG, "kek", 1, "decrypt-only");
    expect(await readdir(join(folder.keystoreDir, ORG))).toEqual(["kek-1.json"]);
    expect((await stat(join(folder.keystoreDir, ORG, "kek-1.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder.keystoreDir, ORG))).mode & 0o777).toBe(0o700);
    expect((await stat(folder.keystoreDir)).mode & 0o777).toBe(0o700);
  });

  test("ignores a draft that a crash left, and refuses a damaged or misplaced key", async () => {
    await folder.keystore.add(ORG, key(1));
    const path = join(folder.keystoreDir, ORG, "kek-1.json");
    await writeFile(join(folder.keystoreDir, ORG, ".kek-2.json.0123456789abcdef.tmp"), "half a k");
    await expect(folder.keystore.list(ORG)).resolves.toEqual([key(1)]);
    const whole = await readFile(path, "utf8");
    await mkdir(join(folder.keystoreDir, OTHER_ORG));
    await writeFile(join(folder.keystoreDir, OTHER_ORG, "kek-1.json"), whole);
    await expect(folder.keystore.list(OTHER_ORG)).rejects.toThrow(KeyUnavailable);
    for (const text of [
      whole.slice(0, 40),
      whole.replace("current", "primary"),
      whole.replace('"version": 1', '"version": 2'),
    ]) {
      await writeFile(path, text);
      await expect(folder.keystore.list(ORG)).rejects.toThrow(KeyUnavailable);
    }
  });

  test("takes no path for an org", async () => {
    await expect(folder.keystore.list(asId("org", "../../etc"))).rejects.toThrow(RangeError);
    await expect(folder.keystore.add(asId("org", ".."), key(1))).rejects.toThrow(RangeError);
  });
});

describe("an org seen for the first time", () => {
  test("by many instances at once has one key of each kind, and all use it", async () => {
    const vaults = await Promise.all(
      Array.from({ length: 8 }, () =>
        openVault({ kms: fileKms(folder.rootKeyPath), keystore: folderKeystore(folder.keystoreDir) }),
      ),
    );
    const orgs = await Promise.all(vaults.map((vault) => vault.createOrg(ORG)));
    expect(new Set(orgs.map((org) => org.fingerprint("x").toString("hex"))).size).toBe(1);
    const [first] = orgs;
    for (const org of orgs) expect(first?.openSecret("probe", org.sealSecret("probe", "x")).toString()).toBe("x");
    expect(await readdir(join(folder.keystoreDir, ORG))).toEqual([
      "index-1.json",
      "kek-1.json",
      "print-1.json",
      "sign-1.json",
    ]);
    for (const vault of vaults) vault.close();
  });

  test("by several processes at once, too", async () => {
    const orgs = [ORG, OTHER_ORG];
    const outputs = await runChildren(3, orgs);
    const vault = await openVault(folder);
    for (const [i, id] of orgs.entries()) {
      const org = await vault.createOrg(id);
      for (const lines of outputs) {
        const [fingerprint, secret] = (lines[i] ?? "").split(" ") as [string, string];
        expect(fingerprint).toBe(org.fingerprint("ana@example.com").toString("hex"));
        expect(org.openSecret("probe", Buffer.from(secret, "hex")).toString()).toBe(id);
      }
    }
    vault.close();
  });
});

/** The lines that each process printed; all begin at the same moment, on an empty folder. */
async function runChildren(count: number, orgs: readonly string[]): Promise<readonly (readonly string[])[]> {
  const startAt = String(Date.now() + 2500);
  const args = ["--conditions=shopkey-source", "--import", "tsx", join(here, "keystore-child.ts")];
  const children = Array.from({ length: count }, () =>
    promisify(execFile)(process.execPath, [...args, folder.rootKeyPath, folder.keystoreDir, startAt, ...orgs]),
  );
  return (await Promise.all(children)).map(({ stdout }) => stdout.split("\n"));
}
