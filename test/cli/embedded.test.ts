import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { askJson, type Folder, makeFolder, shopkey, spawnShopkey } from "./command-line.js";

interface Key {
  readonly id: string;
  readonly secret: string;
}

let folder: Folder;
let env: Record<string, string>;
const running = new Set<ReturnType<typeof spawnShopkey>>();

beforeAll(async () => {
  folder = await makeFolder();
  env = { SHOPKEY_DATA_DIR: join(folder.path, "shop"), PORT: "0" };
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await folder?.remove();
});

/** `shopkey start`; resolves with its URL once it says that it is ready. */
async function start() {
  const child = spawnShopkey(["start"], env);
  running.add(child);
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    const url = /^ {2}GraphQL +(\S+)\/graphql$/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return { url, said, stop: () => stop(child) };
    }
  }
  throw new Error(`it never was ready: ${said.join("\n")}`);
}

async function stop(child: ReturnType<typeof spawnShopkey>): Promise<number | null> {
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  running.delete(child);
  return code;
}

async function statusWith(url: string, key: string): Promise<number> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers,
    body: '{"query":"{ viewer { environment } }"}',
  });
  return response.status;
}

describe("the embedded database", () => {
  test("serves the command line beside a running gateway, and without one", async () => {
    const gateway = await start();
    const kept = (await readFile(join(env.SHOPKEY_DATA_DIR ?? "", "dev.key"), "utf8")).trim();
    expect((await stat(join(env.SHOPKEY_DATA_DIR ?? "", "dev.key"))).mode & 0o777).toBe(0o600);
    expect(await statusWith(gateway.url, kept)).toBe(200);

    const key = await askJson<Key>(["key", "create", "beside", "--owner", "job"], env);
    expect(await statusWith(gateway.url, key.secret)).toBe(200);
    expect(await shopkey(["migrate"], env)).toMatchObject({ code: 0, stdout: "nothing to do\n", stderr: "" });
    expect((await shopkey(["store", "list"], env)).stdout).toMatch(/^cobasi /m);

    const doctor = await shopkey(["doctor"], { ...env, PORT: new URL(gateway.url).port });
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toMatch(/^ok +database +runs on port \d+$/m);
    expect(doctor.stdout).toMatch(/^ok +port +a gateway answers on \d+$/m);

    const second = await shopkey(["start"], env);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^Another gateway runs its database on .*\nStop that gateway/);
    expect(await statusWith(gateway.url, key.secret)).toBe(200);

    expect(await gateway.stop()).toBe(0);
    const keys = await askJson<Key[]>(["key", "list"], env);
    expect(keys.map(({ id }) => id)).toContain(key.id);
    expect(await shopkey(["key", "revoke", key.id], env)).toMatchObject({
      code: 0,
      stdout: `revoked ${key.id}\n`,
      stderr: "",
    });
  }, 60_000);
});
