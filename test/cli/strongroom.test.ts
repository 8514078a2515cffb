/** Rotation, backup, restore and receipts as somebody types them. */
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { ask } from "../support/database-sql.js";
import { askJson, type Folder, makeFolder, shopkey, spawnShopkey } from "./command-line.js";

let folder: Folder;
let database: TestDatabase;
let empty: TestDatabase;
let env: Record<string, string>;
let org: string;
const urls = (of: TestDatabase) => ({
  ...{ DATABASE_URL: of.ownerUrl, DATABASE_APP_URL: of.appUrl, DATABASE_CLOCK_URL: of.clockUrl },
});
beforeAll(async () => {
  [folder, database, empty] = [await makeFolder(), await createDatabase(), await createDatabase()];
  env = { ...urls(database), SHOPKEY_DATA_DIR: folder.path, PORT: "0" };
  org = (await askJson<{ id: string }>(["org", "create", "A shop"], env)).id;
}, 60_000);
afterAll(async () => {
  await database.drop();
  await empty.drop();
  await folder.remove();
});

describe("rotate", () => {
  test("ends an epoch of one org or of all, and the root key's", async () => {
    const one = await askJson<{ kind: string; version: number }[]>(["rotate", "--org", org, "--settle", "0"], env);
    expect(one.map(({ kind, version }) => `${kind} ${version}`)).toEqual(["kek 2", "index 2"]);
    const all = await askJson<{ version: number }[]>(["rotate", "--settle", "0"], env);
    expect(all.map(({ version }) => version)).toEqual([3, 3]);
    const told = await ask(database.adminUrl, "select actor_kind from audit_event where action = 'keys.rotated'", []);
    expect(told).toEqual(Array(4).fill({ actor_kind: "CLI" }));
    expect(await askJson<object>(["rotate", "--root", "--settle", "0"], env)).toEqual({
      rewrapped: expect.any(Number),
    });
    const keys = await readdir(
      join(folder.path, "keystore", org.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")),
    );
    expect(keys).toContain("kek-3.json");
  }, 60_000);

  /** Killed while it waits for the gateways to hear of the new key; what it had said by then. */
  async function killWaiting(args: readonly string[]): Promise<string> {
    const child = spawnShopkey(["rotate", ...args, "--settle", "600"], env);
    const ended = once(child, "close");
    let said = "";
    for await (const chunk of child.stderr) {
      said += String(chunk);
      if (said.includes("next stage in")) break;
    }
    child.kill("SIGKILL");
    await ended;
    return said;
  }

  /** The database may need a moment to see that whoever was killed is gone. */
  async function rotated<T>(args: readonly string[]): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const { code, stdout, stderr } = await shopkey(["rotate", ...args, "--settle", "0", "--json"], env);
      if (code === 0) return JSON.parse(stdout) as T;
      if (tries === 30 || !stderr.includes("being rotated")) throw new Error(stderr);
    }
  }

  test("that is killed is gone on with by the next call: the same new key, and no other", async () => {
    const look = async (): Promise<number> => (await rotated<{ version: number }[]>(["--org", org]))[0]?.version ?? 0;
    const before = await look();
    expect(await killWaiting(["--org", org])).toContain(`kek: minted, version ${before}`);
    expect(await look()).toBe(before + 1);

    expect(await killWaiting(["--root"])).toContain("root: settling, version ");
    const rootKeys = async () =>
      JSON.parse(await readFile(join(folder.path, "root.key"), "utf8")) as { primary: number; keys: unknown[] };
    const cut = await rootKeys();
    expect(cut.keys).toHaveLength(2);
    expect(await rotated<object>(["--root"])).toEqual({ rewrapped: 0 });
    expect(await rootKeys()).toMatchObject({ primary: cut.primary, keys: [expect.anything()] });
  }, 120_000);

  test.each([[["--org", "x"]], [["--settle", "soon"]]])("called with %j is called wrongly", async (args) => {
    expect((await shopkey(["rotate", ...args], env)).code).toBe(2);
  });
});

test("what is wrong with a file that was named is said in words", async () => {
  const file = join(folder.path, "a-file");
  await writeFile(file, "");
  expect(await shopkey(["backup", "--to", file], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^A folder is wanted where a file is: /),
  });
  for (const option of ["--jwks", "--secret-file"])
    expect(await shopkey(["issuer", "set", "--org", org, option, join(folder.path, "none")], env)).toEqual({
      code: 2,
      stdout: "",
      stderr: `${option} cannot be read.\n`,
    });
});

test("a backup is restored into an empty database, once, and with both of its files", async () => {
  const to = join(folder.path, "backups");
  const files = await askJson<{ data: string; keys: string; rows: { data: number } }>(["backup", "--to", to], env);
  expect(files.rows.data).toBeGreaterThan(0);
  const target = { ...env, ...urls(empty) };
  const swapped = await shopkey(["restore", "--data", files.keys, "--keys", files.data], target);
  expect(swapped).toMatchObject({ code: 1, stderr: expect.stringContaining("not the data file") });
  const cut = join(folder.path, "cut.gz");
  await writeFile(cut, (await readFile(files.data)).subarray(0, -40));
  const damaged = await shopkey(["restore", "--data", cut, "--keys", files.keys], target);
  expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining("data file is") });
  const nothing = join(folder.path, "nothing.gz");
  await writeFile(nothing, gzipSync("null\n"));
  for (const [data, said] of [
    [nothing, "The data file is damaged.\n"],
    [join(folder.path, "none.gz"), "The data file cannot be read.\n"],
    [folder.path, "The data file cannot be read.\n"],
  ] as const) {
    const refused = await shopkey(["restore", "--data", data, "--keys", files.keys], target);
    expect(refused).toEqual({ code: 1, stdout: "", stderr: said });
  }
  const restored = await askJson<{ rows: number }>(["restore", "--data", files.data, "--keys", files.keys], target);
  expect(restored.rows).toBe(files.rows.data);
  const again = await shopkey(["restore", "--data", files.data, "--keys", files.keys], target);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("holds rows already") });
  expect((await askJson<object[]>(["key", "list", "--org", org], target)).length).toBe(0);
}, 60_000);

describe("receipt", () => {
  test("verify needs files, and refuses what is none", async () => {
    expect((await shopkey(["receipt", "verify"], env)).code).toBe(2);
    const path = join(folder.path, "no-receipt.json");
    await writeFile(path, "{}\n");
    const nothing = { PATH: process.env.PATH ?? "" };
    expect(await shopkey(["receipt", "verify", path], nothing)).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining("not a receipt") },
    });
  });

  test("export writes as many as there are", async () => {
    const to = join(folder.path, "receipts");
    expect(await askJson<string[]>(["receipt", "export", "--org", org, "--to", to], env)).toEqual([]);
  });
});
