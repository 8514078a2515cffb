/**
 * Before all tests: opens a door behind which the first test that asks for a database has the cluster started. A run of
 * pure unit tests never knocks, and pays nothing.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

export default async function openDoor() {
  const path = `/${randomUUID()}`;
  let host = null;
  const server = createServer(async (request, response) => {
    if (request.url !== path) return void response.writeHead(404).end();
    host ??= startHost();
    const { line, failure } = await host.ready;
    response.writeHead(line === null ? 500 : 200, { "content-type": "application/json" }).end(line ?? failure);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  process.env.SHOPKEY_TEST_DATABASES = `http://127.0.0.1:${server.address().port}${path}`;
  globalThis.shopkeyTestDatabases = async () => {
    server.close();
    server.closeAllConnections();
    await host?.stop();
  };
}

/** The cluster lives in a process that runs the TypeScript source, and ends with its standard input, hence with this one. */
function startHost() {
  const script = join(ROOT, "test", "support", "database-host.ts");
  const child = spawn(process.execPath, ["--conditions=shopkey-source", "--import", "tsx", script], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let line = "";
  let failure = "";
  child.stderr.on("data", (chunk) => {
    failure += chunk;
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const ready = new Promise((resolve) => {
    child.stdout.on("data", (chunk) => {
      line += chunk;
      if (line.endsWith("\n")) resolve({ line, failure });
    });
    child.once("close", () => resolve({ line: null, failure }));
  });
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  return { ready, stop };
}
