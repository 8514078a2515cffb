import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { newId, toWire } from "../../src/kernel/ids.js";
import { type Folder, makeFolder, shopkey } from "./command-line.js";

let folder: Folder;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await makeFolder();
  env = { SHOPKEY_DATA_DIR: folder.path };
});
afterAll(() => folder?.remove());

const COMMANDS = [
  ...["start", "migrate", "doctor", "org create", "org list", "key create", "key list", "key revoke"],
  ...["store register", "store update", "store list", "store remove"],
  ...["impersonation list", "impersonation end", "impersonation off", "impersonation on"],
];

describe("the command line, called", () => {
  test("with --help describes itself and every argument and option of every command", async () => {
    const help = await shopkey(["--help"], env);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const name of COMMANDS.map((command) => command.split(" ")[0] ?? ""))
      expect(help.stdout).toContain(`  ${name}`);
    for (const command of COMMANDS) {
      const { code, stdout } = await shopkey([...command.split(" "), "--help"], env);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout.split("\n")[2]).toMatch(/^\w.{10,}/);
      const options = stdout.split("\n").filter((line) => /^ {2}(-|[a-z]+ {2})/.test(line));
      for (const line of options) expect(line).toMatch(/^ {2}\S.*? {2,}\S/);
    }
  });

  test("with --version says which it is", async () => {
    expect(await shopkey(["--version"], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([
    [[]],
    [["key"]],
    [["nonsense"]],
    [["key", "make"]],
    [["key", "create", "x"]],
    [["key", "create", "--owner", "me"]],
    [["key", "create", "x", "--owner", "me", "--owner-kind", "ROBOT"]],
    [["key", "create", "x", "--owner", "me", "--scopes", "everything"]],
    [["key", "create", "x", "--owner", "me", "--expires", "tomorrow"]],
    [["key", "create", "x", "--owner", "me", "--expires", "2099-01-31T12:00"]],
    [["key", "list", "--org", "acme"]],
    [["key", "list", "--verbose"]],
    [["key", "list", "stray"]],
    [["store", "register", "x", "--adapter", "vtex", "--title", "X"]],
  ])("wrongly (%j) says so on stderr, exits with 2 and touches nothing", async (args) => {
    const { code, stdout, stderr } = await shopkey(args, env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("without an org, in a folder without one, says so and makes no database there", async () => {
    const { code, stderr } = await shopkey(["key", "list"], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no development org .* --org/);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test.each([
    [["org", "list"]],
    [["rotate"]],
    [["backup", "--to", "backups"]],
    [["store", "list", "--org", toWire("org", newId("org"))]],
  ])("%j in a folder without a database says so and makes nothing there", async (args) => {
    const { code, stdout, stderr } = await shopkey(
      args.map((arg) => (arg === "backups" ? join(folder.path, arg) : arg)),
      env,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^There is no database in the data folder\. .* SHOPKEY_DATA_DIR/);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("with a bad variable names it, and never its value", async () => {
    for (const args of [["migrate"], ["start"], ["org", "create", "x"]]) {
      const outcome = await shopkey(args, { ...env, DATABASE_URL: "mysql://me:hunter2@db" });
      expect(outcome).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(/^DATABASE_URL is not usable/),
      });
      expect(outcome.stderr).not.toContain("hunter2");
    }
  });

  test("with a data folder that is a file says so in words", async () => {
    const outcome = await shopkey(["start"], { ...env, SHOPKEY_DATA_DIR: import.meta.filename });
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^A folder is wanted where a file is: look at SHOPKEY_DATA_DIR/),
    });
  });

  test("with a database that does not answer says so in words", async () => {
    const outcome = await shopkey(["org", "create", "x"], {
      ...env,
      DATABASE_URL: "postgresql://me:hunter2@127.0.0.1:1/x",
    });
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^The database of DATABASE_URL cannot be reached \(ECONNREFUSED\)\.\n/);
    expect(outcome.stderr).not.toContain("hunter2");
  });
});
