/** A Chromium as a service somewhere would run it: reached over the DevTools protocol by anybody who knows its address. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findChromium } from "../../src/browser/workshop.js";

export interface Elsewhere {
  readonly url: string;
  readonly child: ChildProcess;
  readonly close: () => Promise<void>;
}

export async function openElsewhere(): Promise<Elsewhere> {
  const found = await findChromium({ configured: process.env.CHROMIUM_PATH });
  const profile = await mkdtemp(join(tmpdir(), "shopkey-elsewhere-"));
  const flags = ["--headless", "--disable-gpu", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-port=0"];
  const child = spawn(found.executablePath, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    env: { PATH: process.env.PATH, HOME: profile, ...found.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let url = "";
  for await (const line of createInterface({ input: child.stderr })) {
    url = /DevTools listening on (ws:\S+)/.exec(line)?.[1] ?? "";
    if (url !== "") break;
  }
  child.stderr.resume();
  const close = async (): Promise<void> => {
    const gone = child.exitCode !== null || child.signalCode !== null ? null : once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  return { url, child, close };
}
