/** `npm start` as its user meets it: the built gateway in a process of its own, with the embedded database. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const ROOT = resolve(import.meta.dirname, "../..");
let dataDir: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "shopkey-start-"));
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  /** Until it was ready. */
  readonly text: string;
  /** All that it has said by now. */
  readonly said: () => string;
  readonly url: string;
}

async function start(): Promise<Started> {
  const env = { ...process.env, PORT: "0", SHOPKEY_DATA_DIR: dataDir, NODE_ENV: "development" };
  const child = spawn(process.execPath, ["dist/cli/main.js", "start"], {
    cwd: ROOT,
    env,
    // A group of its own, as a terminal makes one.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let text = "";
  await new Promise<void>((ready, failed) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("Try it:") && text.includes("curl")) ready();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => failed(new Error(`exited ${code}: ${text}`)));
  });
  const url = /GraphQL\s+(\S+)/.exec(text)?.[1];
  if (!url) throw new Error(`no URL in: ${text}`);
  return { child, text, said: () => text, url };
}

async function end({ child }: Started, signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  child.kill(signal);
  const code = await ended;
  running.delete(child);
  return code;
}

/** Ctrl-C: the terminal tells the whole group, and npm tells the gateway once more. */
async function interrupt({ child }: Started): Promise<number | null> {
  // Its output is read to the end.
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  process.kill(-(child.pid ?? Number.NaN), "SIGINT");
  child.kill("SIGINT");
  const code = await ended;
  running.delete(child);
  return code;
}

async function viewer(url: string): Promise<unknown> {
  const key = (await readFile(join(dataDir, "dev.key"), "utf8")).trim();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ query: "{ viewer { org { name } environment } stores { nodes { slug } } }" });
  return (await fetch(url, { method: "POST", headers, body })).json();
}

/** Processes that run on the data folder, as the kernel tells. */
function databaseProcesses(): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(dataDir) && line.includes("postgres") ? [line] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

async function untilNone(list: () => string[]): Promise<string[]> {
  for (let tries = 0; tries < 100 && list().length > 0; tries++) await new Promise((later) => setTimeout(later, 100));
  return list();
}

const STORES = ["animale", "caneca", "cobasi", "ifood", "lojaspompeia", "mercadolivre"];
const EXPECTED = {
  data: { viewer: { org: { name: "Development" }, environment: "TEST" }, stores: { nodes: expect.any(Array) } },
};

describe("npm start", () => {
  test("makes a key once, answers, and stops when told to", async () => {
    const first = await start();
    expect(first.text).toMatch(/shk_test_\w+ \(shown once/);
    // It is pasted in another terminal, which is in another folder.
    expect(first.text).toContain(`"authorization: Bearer $(cat ${join(dataDir, "dev.key")})"`);
    const answer = (await viewer(first.url)) as { data: { stores: { nodes: { slug: string }[] } } };
    expect(answer).toEqual(EXPECTED);
    expect(answer.data.stores.nodes.map(({ slug }) => slug).sort()).toEqual(STORES);
    expect((await stat(join(dataDir, "dev.key"))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await end(first, "SIGTERM")).toBe(0);
    expect(await untilNone(databaseProcesses)).toEqual([]);

    const second = await start();
    expect(second.text).not.toMatch(/shk_test_\w{20}/);
    expect(await viewer(second.url)).toEqual(EXPECTED);
    expect(await interrupt(second)).toBe(0);
    expect(second.said().match(/"closing"/g)).toHaveLength(1);
    expect(second.said()).not.toMatch(/"level":[4-6]0/);
    expect(await untilNone(databaseProcesses)).toEqual([]);
  }, 60_000);

  test("leaves no database behind when killed, and starts again", async () => {
    const killed = await start();
    await end(killed, "SIGKILL");
    expect(await untilNone(databaseProcesses)).toEqual([]);
    const next = await start();
    expect(await viewer(next.url)).toEqual(EXPECTED);
    expect(await end(next, "SIGTERM")).toBe(0);
  }, 60_000);
});
