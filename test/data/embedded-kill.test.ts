import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { chooseAccount } from "../../src/data/embedded/account.js";
import { locateBinaries } from "../../src/data/embedded/binaries.js";
import { startCluster } from "../../src/data/embedded/index.js";
import { isRunning } from "../../src/data/embedded/processes.js";
import { openLog } from "../../src/kernel/log.js";
import { ask } from "../support/database-sql.js";

const ROOT = resolve(import.meta.dirname, "../..");
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), "shopkey-kill-"));
chmodSync(folder, 0o711);
const children = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await until(() => [...children].every((child) => child.exitCode !== null || child.signalCode !== null));
  rmSync(folder, { recursive: true, force: true });
});

interface Gateway {
  readonly child: ChildProcess;
  readonly ownerUrl: string;
  /** PostgreSQL's. */
  readonly pid: number;
  readonly watchdog: number;
}

/** A process of its own that holds a cluster, as a gateway does. */
async function hold(dir: string, account: { uid?: number; gid?: number } = {}): Promise<Gateway> {
  const script = join(ROOT, "test/support/database-child.ts");
  const child = spawn(process.execPath, ["--conditions=shopkey-source", "--import", "tsx", script, dir], {
    ...account,
    cwd: ROOT,
    env: { PATH: process.env.PATH, TMPDIR: dir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let trouble = "";
  child.stderr.on("data", (chunk) => {
    trouble += chunk;
  });
  const line = await Promise.race([once(child.stdout, "data"), once(child, "close").then(() => null)]);
  if (line === null) throw new Error(`The child did not start.\n${trouble}`);
  const { watchdog } = JSON.parse(readFileSync(join(dir, "watchdog.json"), "utf8")) as { watchdog: number };
  return { child, watchdog, ...(JSON.parse(String(line[0])) as { ownerUrl: string; pid: number }) };
}

async function until(done: () => boolean): Promise<void> {
  for (const end = performance.now() + 15_000; !done(); await new Promise((next) => setTimeout(next, 10))) {
    if (performance.now() > end) throw new Error("waited in vain");
  }
}

async function kill(gateway: Gateway): Promise<void> {
  gateway.child.kill("SIGKILL");
  await once(gateway.child, "exit");
}

const restart = (dir: string) => startCluster({ dir, durable: true, log: openLog({ level: "silent" }) });

describe("a gateway that is killed", () => {
  const dir = join(folder, "killed");

  test("takes its database with it, and the next one finds every row that was acknowledged", async () => {
    const gateway = await hold(dir);
    await ask(gateway.ownerUrl, "create table shelf (id int)");
    await ask(gateway.ownerUrl, "insert into shelf select generate_series(1, 100)");
    await kill(gateway);
    // At once: the old server is still on its way out.
    const next = await restart(dir);
    expect(isRunning(gateway.pid)).toBe(false);
    expect(next.pid).not.toBe(gateway.pid);
    expect(await ask(next.ownerUrl, "select count(*)::int as rows from shelf")).toEqual([{ rows: 100 }]);
    await next.stop();
    await until(() => !isRunning(gateway.watchdog));
  });

  test("with nobody starting again, no process is left", async () => {
    const gateway = await hold(dir);
    await kill(gateway);
    await until(() => !isRunning(gateway.pid) && !isRunning(gateway.watchdog));
  });

  test("together with the watchdog: the next gateway stops the orphan and starts", async () => {
    const gateway = await hold(dir);
    process.kill(gateway.watchdog, "SIGKILL");
    await kill(gateway);
    await until(() => !isRunning(gateway.watchdog));
    expect(isRunning(gateway.pid)).toBe(true);
    const next = await restart(dir);
    expect(isRunning(gateway.pid)).toBe(false);
    await next.stop();
  });

  test("a watchdog that is killed alone takes the database with it, and the gateway hears of it", async () => {
    const cluster = await restart(dir);
    const { watchdog } = JSON.parse(readFileSync(join(dir, "watchdog.json"), "utf8")) as { watchdog: number };
    process.kill(watchdog, "SIGKILL");
    await cluster.ended;
    await until(() => !isRunning(cluster.pid));
  });

  test("together with everything: the log is replayed", async () => {
    const gateway = await hold(dir);
    await ask(gateway.ownerUrl, "insert into shelf values (101)");
    for (const pid of [gateway.watchdog, gateway.pid]) process.kill(pid, "SIGKILL");
    await kill(gateway);
    const next = await restart(dir);
    expect(await ask(next.ownerUrl, "select count(*)::int as rows from shelf")).toEqual([{ rows: 101 }]);
    await next.stop();
  });

  test("Ctrl-C does not reach the server: it is in no process group of ours", async () => {
    if (process.platform !== "linux") return console.info("skipped: reads /proc");
    const next = await restart(dir);
    const groupOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[2];
    expect(groupOf(next.pid)).not.toBe(groupOf(process.pid));
    await next.stop();
  });
});

describe("accounts of the operating system", () => {
  const ownerOf = (pid: number) => statSync(`/proc/${pid}`).uid;
  const skipped = (): string | null => {
    if (!isRoot || process.platform !== "linux") return "needs root on Linux, to become other accounts";
    for (let at = ROOT; at !== dirname(at); at = dirname(at)) {
      if ((statSync(at).mode & 0o1) === 0) return `other accounts may not enter ${at}`;
    }
    return null;
  };

  test("root lends the server the account nobody", async () => {
    const reason = skipped();
    if (reason !== null) return console.info(`skipped: ${reason}`);
    const cluster = await restart(join(folder, "killed"));
    expect(ownerOf(cluster.pid)).toBe(NOBODY);
    expect(statSync(join(folder, "killed/cluster")).uid).toBe(NOBODY);
    await cluster.stop();
  });

  test("a user who is not root runs it as itself; root goes on with that user's cluster", async () => {
    const reason = skipped();
    if (reason !== null) return console.info(`skipped: ${reason}`);
    const dir = join(folder, "unprivileged");
    mkdirSync(dir, { mode: 0o711 });
    chownSync(dir, NOBODY, NOBODY);
    const gateway = await hold(dir, { uid: NOBODY, gid: NOBODY });
    expect(ownerOf(gateway.pid)).toBe(NOBODY);
    expect(ownerOf(gateway.watchdog)).toBe(NOBODY);
    await ask(gateway.ownerUrl, "create table shelf (id int)");
    await kill(gateway);
    const next = await restart(dir);
    expect(ownerOf(next.pid)).toBe(NOBODY);
    expect(await ask(next.ownerUrl, "select * from shelf")).toEqual([]);
    await next.stop();
  });

  test("where there are no user namespaces, root is told which folder to open", () => {
    const reason = skipped();
    if (reason !== null) return console.info(`skipped: ${reason}`);
    const shut = join(folder, "shut");
    mkdirSync(join(shut, "database"), { recursive: true, mode: 0o700 });
    const binaries = locateBinaries(folder);
    // A program that never runs stands in for a kernel that says no.
    const forbidden = { ...binaries, postgres: join(binaries.native, "pg-symlinks.json") };
    expect(() => chooseAccount(join(shut, "database"), join(shut, "database/cluster"), forbidden)).toThrow(
      expect.objectContaining({ code: "NO_ACCOUNT", nextAction: expect.stringContaining(`chmod o+x ${shut} `) }),
    );
  });

  test("below a folder that only root may enter, root goes behind a user namespace", async () => {
    const reason = skipped();
    if (reason !== null) return console.info(`skipped: ${reason}`);
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const starting = restart(join(closed, "database"));
    if (spawnSync("unshare", ["--user", "true"]).status !== 0) {
      await expect(starting).rejects.toMatchObject({ code: "NO_ACCOUNT" });
      await expect(starting).rejects.toThrow(closed);
      return;
    }
    const cluster = await starting;
    await ask(cluster.ownerUrl, "create table shelf (id int)");
    expect(statSync(join(closed, "database/cluster")).uid).toBe(0);
    await cluster.stop();
    // Opened later on, the cluster stays whose it is.
    chmodSync(closed, 0o711);
    const next = await restart(join(closed, "database"));
    expect(await ask(next.ownerUrl, "select * from shelf")).toEqual([]);
    await next.stop();
  });
});
