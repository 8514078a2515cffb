/**
 * Every org's keys made anew while shoppers are served: what they notice, and how long it takes. The rotation is a command of its
 * own, killed at the end of each cell and gone on with in the next. `npm run bench -- rotation`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { compareBusy, type Job, keepResults, machine, READS_AND_WRITES, say, toLines } from "./background.js";
import { bareEnvironment, stopProcess } from "./processes.js";
import { type Filled, GATEWAY_SCRIPT, openWorld, startGateway } from "./world.js";

const ORGS = 20;
/** How long gateways get to hear of a new key, in seconds. By the clock it is six minutes and a half. */
const SETTLE_SECONDS = "1";

interface Rotation extends Job {
  /** Runs it to its end; how many seconds that took. */
  readonly finish: () => Promise<number>;
}

function rotating({ gatewayEnv }: Filled): Rotation {
  let child: ChildProcess | null = null;
  const spawnIt = (): ChildProcess =>
    spawn(process.execPath, [GATEWAY_SCRIPT, "rotate", "--settle", SETTLE_SECONDS], {
      stdio: ["ignore", "ignore", "pipe"],
      env: bareEnvironment({ ...gatewayEnv, NODE_ENV: "production" }),
    });
  /** Made anew by commands before this one, and by this one, told once a second. */
  let [before, now, told] = [0, 0, 0];
  const follow = (one: ChildProcess): void => {
    if (one.stderr === null) return;
    createInterface(one.stderr).on("line", (line) => {
      const renewed = Number(/ (\d+) renewed/.exec(line)?.[1] ?? 0);
      // It counts anew for every org and kind.
      if (renewed < told) [before, now] = [before + told, 0];
      [told, now] = [renewed, renewed];
    });
  };
  return {
    count: async () => before + now,
    start: async () => {
      [before, now, told] = [before + now, 0, 0];
      child = spawnIt();
      follow(child);
      const from = before;
      while (before + now === from && child.exitCode === null) await wait(20);
      if (child.exitCode !== null)
        throw new Error("the rotation ended before it was measured: more consumers are needed");
    },
    stop: async () => {
      child?.kill("SIGKILL");
      if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, "exit");
      child = null;
      await wait(1_000);
    },
    finish: async () => {
      const begun = performance.now();
      const last = spawnIt();
      last.stderr?.resume();
      const [code] = (await once(last, "exit")) as [number | null];
      if (code !== 0) throw new Error("the rotation did not end well");
      await stopProcess(last);
      return (performance.now() - begun) / 1_000;
    },
  };
}

/** Wrapped keys and index rows that are not of the newest version. */
async function leftOver(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ count: string }>(
    `select (select count(*) from consumer_key k where kek_version < (select max(kek_version) from consumer_key m where m.org_id = k.org_id))
       + (select count(*) from consumer_index x where key_version < (select max(key_version) from consumer_index m where m.org_id = x.org_id)) as count`,
  );
  return Number(rows[0]?.count);
}

export async function benchRotation(given: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...given],
    options: {
      consumers: { type: "string", default: "60000" },
      rounds: { type: "string", default: "7" },
      seconds: { type: "string", default: "5" },
      finish: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  const [consumers, rounds, seconds] = [Number(values.consumers), Number(values.rounds), Number(values.seconds)];
  const world = await openWorld();
  const closes: (() => Promise<unknown>)[] = [world.close];
  try {
    const filled = await world.fill("rotation", { orgs: ORGS, consumers });
    const admin = new pg.Client({ connectionString: filled.adminUrl });
    await admin.connect();
    closes.push(() => admin.end());
    const server = await startGateway(world, filled);
    closes.push(server.stop);
    say(`${consumers} consumers of ${ORGS} orgs`);
    const job = rotating(filled);
    closes.push(job.stop);
    const cells = await compareBusy({ world, server, on: filled, mix: READS_AND_WRITES, seconds }, job, rounds);
    const perMinute = (60 * cells.reduce((sum, { done }) => sum + done, 0)) / (rounds * seconds);
    if (values.finish) say("to its end, with nobody served…");
    const finished = values.finish ? { seconds: await job.finish(), left: await leftOver(admin) } : null;
    await keepResults("rotation", { consumers, seconds, perMinute, finished, rounds: cells });
    const failures = cells.reduce((sum, { calm, busy }) => sum + calm.failures + busy.failures, 0);
    const end =
      finished === null
        ? ""
        : `; the rest of it, alone, in ${finished.seconds.toFixed(0)} s: ${finished.left} things left under an older key`;
    process.stdout.write(
      `\n${consumers} consumers of ${ORGS} orgs, reads and writes (Q1 on 28 connections, M1 on 4), ${seconds} s a cell; ${machine()}\n${[
        ...toLines(cells),
        `  keys and shoppers made anew a minute: ${perMinute.toFixed(0)} beside them${end}`,
      ].join("\n")}\n`,
    );
    return failures === 0 && (finished?.left ?? 0) === 0 ? 0 : 1;
  } finally {
    for (const close of closes.reverse()) await close();
  }
}
