/**
 * A process of its own: PostgreSQL's parent. It holds the other end of a pipe to the gateway; when the gateway ends,
 * in whatever way, the pipe closes, and PostgreSQL is shut down in order. It is run by node as it stands (types
 * stripped), so it imports nothing of ours and uses no syntax that has to be compiled.
 *
 * argv[2]: JSON `{ command, args, spawn, env, cwd, state, stop }`; stdout: one line with PostgreSQL's pid; stderr: the log.
 */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";

/** What the gateway asks the watchdog to do. */
export interface WatchdogOrder {
  readonly command: string;
  readonly args: readonly string[];
  readonly spawn: { readonly uid?: number; readonly gid?: number };
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The gateway's pid. */
  readonly gateway: number;
  /** The file that says who watches whom, while it lasts. */
  readonly state: string;
  /** Command that stops the server, where signals do not exist (Windows). */
  readonly stop: readonly string[] | null;
}

const order = JSON.parse(process.argv[2] ?? "") as WatchdogOrder;
const postgres = spawn(order.command, order.args, {
  ...order.spawn,
  env: order.env,
  cwd: order.cwd,
  stdio: ["ignore", 2, 2],
});

postgres.once("error", (error) => {
  process.stderr.write(`cannot run ${order.command}: ${error.message}\n`);
  process.exit(127);
});

postgres.once("spawn", () => {
  const state = { gateway: order.gateway, watchdog: process.pid, postgres: postgres.pid };
  writeFileSync(order.state, JSON.stringify(state), { mode: 0o644 });
  process.stdout.write(`${postgres.pid}\n`);
});

postgres.once("exit", (code, signal) => {
  rmSync(order.state, { force: true });
  process.exit(signal === null ? (code ?? 1) : 1);
});

let stopping = false;

/** Fast shutdown: open transactions are rolled back. When that hangs, at once; the log is replayed at the next start. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  if (order.stop !== null) {
    const [command = "", ...args] = order.stop;
    spawn(command, args, { env: order.env, stdio: "ignore" });
    return;
  }
  postgres.kill("SIGINT");
  setTimeout(() => postgres.kill("SIGQUIT"), 15_000).unref();
  setTimeout(() => postgres.kill("SIGKILL"), 25_000).unref();
}

process.stdin.resume();
process.stdin.once("end", stop);
process.stdin.once("close", stop);
process.stdin.once("error", stop);
process.stdout.on("error", () => {});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop);
