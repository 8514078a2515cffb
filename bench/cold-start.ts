/** How long the gateway takes from nothing, and from a folder that is there, to its first answer; and what it rests at. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { bareEnvironment, findPort, residentBytes, stopProcess, untilAnswers } from "./processes.js";
import { GATEWAY_SCRIPT } from "./world.js";

export interface ColdStart {
  /** From an empty folder: makes the database, migrates, makes the development org. */
  readonly emptySeconds: number;
  /** From the folder that this left, each time. */
  readonly existingSeconds: readonly number[];
  /** Of the gateway's process, some seconds after its first answer. */
  readonly idleRssMb: number;
}

/** Seconds until a GraphQL query is answered, and the resident megabytes after `restMs`. */
async function startOnce(dataDir: string, restMs: number): Promise<{ seconds: number; rssMb: number }> {
  const port = await findPort();
  const begun = performance.now();
  const child = spawn(process.execPath, [GATEWAY_SCRIPT, "start"], {
    stdio: "ignore",
    env: bareEnvironment({ SHOPKEY_DATA_DIR: dataDir, PORT: String(port) }),
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilAnswers(child, `${url}/healthz`, "the gateway");
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${readFileSync(join(dataDir, "dev.key"), "utf8").trim()}`,
      },
      body: JSON.stringify({ query: "{ viewer { org { name } } consumers(first: 5) { nodes { id } } }" }),
    });
    const text = await answer.text();
    const seconds = (performance.now() - begun) / 1_000;
    if (!text.startsWith('{"data":{')) throw new Error("the first answer was none");
    await wait(restMs);
    return { seconds, rssMb: residentBytes(child.pid ?? 0) / 1_048_576 };
  } finally {
    await stopProcess(child);
  }
}

export async function measureColdStart(options: {
  readonly times: number;
  readonly restMs: number;
}): Promise<ColdStart> {
  const dir = await mkdtemp(join(tmpdir(), "shopkey-bench-cold-"));
  await chmod(dir, 0o711);
  const dataDir = join(dir, "data");
  try {
    const empty = await startOnce(dataDir, 0);
    const existing: { seconds: number; rssMb: number }[] = [];
    for (let time = 0; time < options.times; time++)
      existing.push(await startOnce(dataDir, time === options.times - 1 ? options.restMs : 0));
    return {
      emptySeconds: empty.seconds,
      existingSeconds: existing.map(({ seconds }) => seconds),
      idleRssMb: existing.at(-1)?.rssMb ?? 0,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
