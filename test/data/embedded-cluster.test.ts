import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { type Cluster, type ClusterOptions, startCluster } from "../../src/data/embedded/index.js";
import { openLog } from "../../src/kernel/log.js";
import { ask } from "../support/database-sql.js";

const root = mkdtempSync(join(tmpdir(), "shopkey-cluster-"));
chmodSync(root, 0o711);
const running = new Set<Cluster>();

afterAll(async () => {
  await Promise.all([...running].map((cluster) => cluster.stop()));
  rmSync(root, { recursive: true, force: true });
});

async function start(name: string, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await startCluster({
    dir: join(root, name),
    durable: false,
    log: openLog({ level: "silent" }),
    ...options,
  });
  running.add(cluster);
  void cluster.ended.then(() => running.delete(cluster));
  return cluster;
}

describe("the embedded cluster", () => {
  test("keeps what was written, and its passwords, from one start to the next", async () => {
    const steps: string[] = [];
    const first = await start("kept", { durable: true, onStep: (step) => steps.push(step) });
    expect(steps).toEqual(["creating the database cluster (once)…", "starting the database…"]);
    await ask(first.ownerUrl, "create table shelf (id int)");
    await ask(first.ownerUrl, "insert into shelf values (1), (2)");
    await first.stop();
    await first.stop();

    const second = await start("kept", { durable: true, port: first.port, onStep: (step) => steps.push(step) });
    expect(steps.slice(2)).toEqual(["starting the database…"]);
    expect(second.ownerUrl).toBe(first.ownerUrl);
    expect(await ask(second.ownerUrl, "select id from shelf order by id")).toEqual([{ id: 1 }, { id: 2 }]);
    const settings = "select name, setting from pg_settings where name = any($1) order by name";
    const names = ["fsync", "full_page_writes", "listen_addresses", "log_min_messages", "synchronous_commit"];
    expect((await ask<{ setting: string }>(second.ownerUrl, settings, [names])).map((row) => row.setting)).toEqual([
      ...["on", "on", "127.0.0.1", "log", "on"],
    ]);
    await second.stop();
  });

  test("leaves no password and no statement's value to others", async () => {
    const cluster = await start("kept");
    const files = ["kept/cluster/shopkey-passwords.json", "kept/postgres.log"].map((name) => join(root, name));
    for (const file of files) expect(statSync(file).mode & 0o077).toBe(0);
    await expect(ask(cluster.appUrl, "select '52998224725'::uuid")).rejects.toMatchObject({ code: "22P02" });
    await cluster.stop();
    expect(readFileSync(join(root, "kept/postgres.log"), "utf8")).not.toContain("52998224725");
  });

  test("refuses a folder that is in use, and names the process", async () => {
    const cluster = await start("kept");
    const second = start("kept");
    await expect(second).rejects.toMatchObject({ name: "DatabaseUnusable", code: "IN_USE" });
    await expect(second).rejects.toThrow(`process ${cluster.pid}`);
    expect(await ask(cluster.ownerUrl, "select 1 as one")).toEqual([{ one: 1 }]);
    await cluster.stop();
  });

  test("of two first starts at the same moment one wins", async () => {
    const both = await Promise.allSettled([start("race"), start("race")]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const lost = both.find((start) => start.status === "rejected");
    expect(lost?.reason).toMatchObject({ code: "IN_USE" });
  });

  test("refuses a port that somebody has", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(start("kept", { port })).rejects.toMatchObject({ code: "PORT_TAKEN" });
    other.close();
  });

  test("says when the folder is another version's, or something else", async () => {
    mkdirSync(join(root, "old/cluster"), { recursive: true });
    writeFileSync(join(root, "old/cluster/PG_VERSION"), "17\n");
    await expect(start("old")).rejects.toMatchObject({ code: "OTHER_VERSION" });
    mkdirSync(join(root, "odd/cluster"), { recursive: true });
    writeFileSync(join(root, "odd/cluster/notes.txt"), "");
    await expect(start("odd")).rejects.toMatchObject({ code: "DAMAGED" });
  });

  test("tells PostgreSQL's own last words when it does not start", async () => {
    await (await start("broken")).stop();
    writeFileSync(join(root, "broken/cluster/postgresql.auto.conf"), "no_such_setting = on\n");
    const failing = start("broken");
    await expect(failing).rejects.toMatchObject({ code: "NOT_STARTED" });
    await expect(failing).rejects.toThrow("no_such_setting");
  });
});

describe("a pid file that a dead server left", () => {
  const pidFile = join(root, "kept/cluster/postmaster.pid");
  const leave = (pid: number) =>
    writeFileSync(pidFile, `${pid}\n${join(root, "kept/cluster")}\n1\n5432\n\n127.0.0.1\n`);

  test("of a process that is gone", async () => {
    const gone = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(gone, "exit");
    leave(gone.pid ?? 0);
    await (await start("kept")).stop();
    expect(existsSync(pidFile)).toBe(false);
  });

  const onLinux = process.platform === "linux" ? test : test.skip;

  onLinux("of a number that is another process's now", async () => {
    leave(process.pid);
    await (await start("kept")).stop();
  });

  onLinux("of a zombie", async () => {
    // The shell becomes a sleep, which never asks how its child ended.
    const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const zombie = Number.parseInt(line.toString(), 10);
    while (!/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, "latin1")))
      await new Promise((done) => setTimeout(done, 5));
    leave(zombie);
    await (await start("kept")).stop();
    parent.kill();
    await once(parent, "exit");
  });
});
