import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { ask } from "../support/database-sql.js";
import { type Folder, makeFolder, shopkey } from "./command-line.js";

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: string | null;
}

let folder: Folder;
let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  [folder, database] = await Promise.all([makeFolder(), createDatabase()]);
  env = { SHOPKEY_DATA_DIR: join(folder.path, "none"), PORT: "0" };
});
afterAll(async () => {
  await database?.drop();
  await folder?.remove();
});

async function examine(more: Record<string, string> = {}) {
  const { code, stdout } = await shopkey(["doctor", "--json"], { ...env, ...more });
  const findings = JSON.parse(stdout) as Finding[];
  return {
    code,
    ill: findings.filter(({ ok }) => !ok),
    of: (name: string) => findings.find((it) => it.check === name),
  };
}

async function listen(): Promise<{ server: Server; port: string }> {
  const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return { server, port: String(typeof address === "object" ? address?.port : "") };
}

describe("the doctor", () => {
  test("finds a fresh machine well, says so in lines, and changes nothing", async () => {
    const { code, stdout, stderr } = await shopkey(["doctor"], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const checks = ["node", "settings", "data folder", "root key", "database", "port", "playground", "browser"];
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => /^ok {7}(.{11})/.exec(line)?.[1]?.trim()),
    ).toEqual(checks);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("sees a port that something else holds, and says what to do", async () => {
    const { server, port } = await listen();
    const { code, ill } = await examine({ PORT: port });
    expect({ code, ill }).toEqual({
      code: 1,
      ill: [{ check: "port", ok: false, found: `${port} is taken`, fix: expect.stringContaining("PORT") }],
    });
    expect((await shopkey(["doctor"], { ...env, PORT: port })).stdout).toMatch(/^MISSING {2}port .*\n +→ stop what/m);
    server.close();
  });

  test("sees a HOST that is not of this machine", async () => {
    expect((await examine({ HOST: "192.0.2.1" })).ill).toMatchObject([
      { check: "port", fix: expect.stringContaining("HOST") },
    ]);
  });

  test("sees a data folder that is a file, and leaves its rights alone", async () => {
    const file = join(folder.path, "a-file");
    await writeFile(file, "");
    expect((await examine({ SHOPKEY_DATA_DIR: file })).ill).toMatchObject([
      { check: "data folder", found: `${file} is not a folder`, fix: expect.stringContaining("SHOPKEY_DATA_DIR") },
    ]);
  });

  test("sees keys that others may read, or that are no keys", async () => {
    const dir = join(folder.path, "open");
    await mkdir(dir, { mode: 0o700 });
    const path = join(dir, "root.key");
    await writeFile(path, JSON.stringify({ nonsense: "s3cret-bytes" }), { mode: 0o600 });
    const damaged = await examine({ SHOPKEY_DATA_DIR: dir });
    expect(damaged.ill).toMatchObject([{ check: "root key" }]);
    expect(JSON.stringify(damaged.ill)).not.toContain("s3cret");
    await chmod(path, 0o644);
    expect((await examine({ SHOPKEY_DATA_DIR: dir })).ill).toMatchObject([
      { found: "readable by others", fix: `chmod 600 ${path}` },
    ]);
    await chmod(path, 0o600);
    await chmod(dir, 0o755);
    expect((await examine({ SHOPKEY_DATA_DIR: dir })).ill).toMatchObject([
      { check: "data folder", fix: `chmod 700 ${dir}` },
      { check: "root key" },
    ]);
  });

  test("sees what a hosted browser lacks", async () => {
    expect((await examine({ CHROMIUM_PATH: "/nowhere/chromium" })).ill).toMatchObject([
      { check: "browser", found: expect.stringContaining("CHROMIUM_PATH"), fix: "correct or unset CHROMIUM_PATH" },
    ]);
    expect((await examine({ SHOPKEY_BROWSER: "off" })).of("browser")).toMatchObject({ ok: true });
    const file = join(folder.path, "workers.json");
    const list = [{ name: "w1", url: "http://127.0.0.1:9", secret: "s3cret".repeat(8) }];
    await writeFile(file, JSON.stringify(list), { mode: 0o600 });
    expect((await examine({ SHOPKEY_BROWSER_WORKERS: file })).ill).toMatchObject([
      { found: "no browser worker answers", fix: expect.stringContaining("browser-worker") },
    ]);
    await writeFile(file, JSON.stringify([{ ...list[0], url: "http://10.0.0.9:4200" }]));
    const unsafe = await examine({ SHOPKEY_BROWSER_WORKERS: file });
    expect(unsafe.ill).toMatchObject([{ found: expect.stringContaining("https") }]);
    await chmod(file, 0o644);
    const open = await examine({ SHOPKEY_BROWSER_WORKERS: file });
    expect(open.ill).toMatchObject([{ found: expect.stringContaining("0600") }]);
    expect(JSON.stringify([unsafe, open])).not.toContain("s3cret");
  });

  test("names a bad variable and never its value", async () => {
    const { code, ill } = await examine({ DATABASE_URL: "mysql://me:hunter2@db" });
    expect({ code, ill }).toMatchObject({
      code: 1,
      ill: [{ check: "settings", found: expect.stringMatching(/^DATABASE_URL/) }],
    });
    expect(JSON.stringify(ill)).not.toContain("hunter2");
  });
});

describe("the doctor, asked about a database of one's own", () => {
  test("finds it well with separate logins, and sees one that is another's", async () => {
    const logins = {
      DATABASE_URL: database.ownerUrl,
      DATABASE_APP_URL: database.appUrl,
      DATABASE_CLOCK_URL: database.clockUrl,
    };
    expect((await examine(logins)).of("database")).toMatchObject({
      ok: true,
      found: expect.stringMatching(/^PostgreSQL 1[5-9] at DATABASE_URL/),
    });
    for (const wrong of [database.clockUrl, database.adminUrl]) {
      const { ill } = await examine({ ...logins, DATABASE_APP_URL: wrong });
      expect(ill).toMatchObject([
        { check: "database", found: expect.stringMatching(/^DATABASE_APP_URL is not a plain login/) },
      ]);
    }
  });

  test("says which right is missing, and gives it to nobody", async () => {
    const role = `t_${randomBytes(4).toString("hex")}`;
    const password = randomBytes(12).toString("hex");
    const membership = "select count(*)::int as count from pg_auth_members where member = $1::regrole";
    const url = new URL(database.ownerUrl);
    url.username = role;
    url.password = password;
    await ask(database.adminUrl, `create role ${role} login createrole password '${password}'`);
    try {
      await ask(database.adminUrl, `grant connect on database ${url.pathname.slice(1)} to ${role}`);
      const { code, ill } = await examine({ DATABASE_URL: url.href });
      expect({ code, ill }).toMatchObject({
        code: 1,
        ill: [{ check: "database", fix: expect.stringContaining(`grant shopkey_app to ${role}`) }],
      });
      expect(JSON.stringify(ill)).not.toContain(password);
      const asSuper = await examine({ DATABASE_URL: database.adminUrl });
      expect(asSuper.code).toBe(0);
      expect(await ask(database.adminUrl, membership, [role])).toEqual([{ count: 0 }]);
      expect(await ask(database.adminUrl, membership, ["postgres"])).toEqual([{ count: 0 }]);
    } finally {
      await ask(database.adminUrl, `drop owned by ${role}`);
      await ask(database.adminUrl, `drop role ${role}`);
    }
  });

  test("says when it does not answer, without the password", async () => {
    const { ill } = await examine({ DATABASE_URL: "postgresql://me:hunter2@127.0.0.1:1/x" });
    expect(ill).toMatchObject([{ check: "database", found: expect.stringContaining("ECONNREFUSED") }]);
    expect(JSON.stringify(ill)).not.toContain("hunter2");
  });
});
