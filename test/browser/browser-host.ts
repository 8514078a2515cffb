/** A host of browsers in a folder of its own, and the options that a test starts one with. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserHost, findChromium, openBrowserHost } from "../../src/browser/workshop.js";

export interface TestHost {
  readonly host: BrowserHost;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** Sandboxed wherever root is: that Chromium runs as another user. */
export async function openTestHost(slots = 2, folder?: string): Promise<TestHost> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), "shopkey-browsers-")));
  const chromium = await findChromium({ configured: process.env.CHROMIUM_PATH });
  const sandbox = process.env.SHOPKEY_TEST_NO_SANDBOX === "1" ? "off" : "required";
  const host = await openBrowserHost({ chromium, folder: place, slots, sandbox });
  return { host, folder: place, close: () => rm(place, { recursive: true, force: true, maxRetries: 10 }) };
}

/** A proxy address where nobody answers: such a browser reaches nothing. */
export const NO_WAY_OUT = "http://127.0.0.1:9";

export const DESKTOP = {
  viewport: { width: 1280, height: 800 },
  touch: false,
  locale: "pt-BR",
  timezone: "America/Sao_Paulo",
} as const;
