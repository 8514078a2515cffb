import { once } from "node:events";
import { chmod, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { fixedWorkers } from "../../src/browser/client/workers.js";
import { openLog } from "../../src/kernel/log.js";
import { type Folder, makeFolder, shopkey, spawnShopkey } from "./command-line.js";

let folder: Folder;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await makeFolder();
  env = {
    SHOPKEY_DATA_DIR: join(folder.path, "worker"),
    SHOPKEY_BROWSER_FOLDER: `${folder.path}-browsers`,
    SHOPKEY_WORKER_NAME: "far-1",
    SHOPKEY_WORKER_PORT: "0",
    SHOPKEY_LIVE_VIEW_PORT: "0",
    CHROMIUM_PATH: process.env.CHROMIUM_PATH ?? "",
    ...(process.env.SHOPKEY_TEST_NO_SANDBOX === "1" && { SHOPKEY_BROWSER_SANDBOX: "off" }),
  };
});
afterAll(() => folder?.remove());

describe("a browser worker by itself", () => {
  test("makes its secret, says where it is, answers whoever has the secret, and ends when told", async () => {
    const child = spawnShopkey(["browser-worker"], env);
    const said: Record<string, string> = {};
    for await (const line of createInterface({ input: child.stdout })) {
      const [, name = "", value = ""] = /^ {2}(API|Live view|Secret) +(.+)$/.exec(line) ?? [];
      said[name] = value;
      if (name === "Secret") break;
    }
    child.stdout.resume();
    const path = join(folder.path, "worker", "browser-worker.secret");
    expect(said).toMatchObject({ "Live view": expect.stringMatching(/^http:\/\/127/), Secret: `in ${path}` });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const secret = (await readFile(path, "utf8")).trim();
    const workers = fixedWorkers([{ name: "far-1", url: said.API ?? "", secret }]);
    const layer = openBrowserClient({ workers, log: openLog({ level: "silent" }) });
    expect(await layer.ping()).toMatchObject({ free: 8, slots: 8, chromium: expect.stringContaining("Chrom") });
    await layer.close();
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);

    await chmod(path, 0o644);
    const open = await shopkey(["browser-worker"], env);
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining("0600")]);
    expect(open.stderr).not.toContain(secret);
  }, 120_000);

  test("says what is missing, in a sentence", async () => {
    const data = { SHOPKEY_DATA_DIR: join(folder.path, "other"), CHROMIUM_PATH: "/nowhere/chromium" };
    const { code, stderr } = await shopkey(["browser-worker"], { ...env, ...data });
    expect([code, stderr.trim()]).toEqual([1, expect.stringContaining("CHROMIUM_PATH")]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }, 60_000);
});
