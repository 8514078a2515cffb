/**
 * Starts a session's Chromium: one process per session, CDP by pipe, sandboxed, a private profile, nothing of the
 * worker's environment. Where the worker is root, the Chromium is a user of its own; kill is the end of it.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BrowserContext, CDPSession, Page } from "playwright";
import { isError } from "../kernel/fault.js";
import { LAUNCH_ARGUMENTS, proxyArguments } from "./arguments.js";
import type { FoundChromium } from "./chromium.js";
import { moveBundled } from "./chromium-bundled.js";
import { localeEnvironment } from "./locale-environment.js";
import { claimSlot, type Slot, sweepSlots } from "./slot.js";
import { BrowserUnavailable } from "./unavailable.js";

const run = promisify(execFile);

export interface BrowserHostOptions {
  readonly chromium: FoundChromium;
  /** Holds the slots. Every user must be able to pass the folders above it when the worker is root. */
  readonly folder: string;
  readonly slots: number;
  /** `off` only by an operator who says so: without it a page that breaks out of its renderer is the slot's user. */
  readonly sandbox: "required" | "off";
}

export interface BrowserHost {
  readonly chromium: FoundChromium;
  /** Throws BrowserUnavailable `no-free-slot`. */
  readonly claim: () => Promise<Slot>;
  readonly start: (slot: Slot, options: StartOptions) => Promise<RunningBrowser>;
  /** Removes the folder of slots where nothing is left in it. */
  readonly close: () => Promise<void>;
}

export interface StartOptions {
  /** `http://127.0.0.1:<port>` of this session's egress proxy: its only way out. */
  readonly proxyUrl: string;
  /** Base64 SHA-256 of the key that the proxy presents for sandboxes; null where nothing is intercepted. */
  readonly trustedKey: string | null;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly touch: boolean;
  /** BCP 47, for example `pt-BR`, and an IANA zone. */
  readonly locale: string;
  readonly timezone: string;
}

export interface RunningBrowser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Speaks to the browser as a whole, whichever of its pages are closed. */
  readonly browser: CDPSession;
  /** For example `HeadlessChrome/153.0.8010.0`. */
  readonly version: string;
  /** Resolves when the process is gone, for whatever reason. */
  readonly closed: Promise<void>;
  /** Ends it so that everything is written to the profile. Throws BrowserUnavailable `close-failed` after 10 s. */
  readonly close: () => Promise<void>;
}

const START_MS = 30_000;
const CLOSE_MS = 10_000;

/** Opens the folder of slots and removes what dead workers left there. Throws BrowserUnavailable. */
export async function openBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  await mkdir(options.folder, { recursive: true, mode: 0o711 });
  await sweepSlots(options.folder);
  let found = await makeReachable(options);
  return {
    chromium: found,
    claim: async () => {
      // Both may lie where the system clears away what is old.
      await mkdir(options.folder, { recursive: true, mode: 0o711 });
      if (!(await stat(found.executablePath).catch(() => null))) found = await makeReachable(options);
      return await claimSlot(options.folder, options.slots);
    },
    start: (slot, start) => startBrowser(found, options.sandbox, slot, start),
    close: async () => await rmdir(options.folder).catch(() => undefined),
  };
}

/** A slot's user must be able to run the Chromium; the bundled one moves when a folder above it is closed. */
async function makeReachable({ chromium: found, folder, sandbox }: BrowserHostOptions): Promise<FoundChromium> {
  if (process.getuid?.() !== 0) return found;
  if (!(await run("setpriv", ["--version"]).catch(() => null))) {
    if (sandbox === "off") return found;
    throw new BrowserUnavailable("no-sandbox", "Root needs setpriv (util-linux) to start Chromium as another user.");
  }
  await chmod(folder, 0o711);
  if (await canRun(found.executablePath)) return found;
  // Beside every gateway's folder of browsers, so that each does not bring its own; within it where that cannot be.
  for (const place of found.from === "bundled" ? [join(tmpdir(), "shopkey-chromium"), folder] : []) {
    const moved = await moveBundled(found.executablePath, place).catch(() => null);
    if (moved && (await canRun(moved.executablePath))) return { from: "bundled", ...moved };
  }
  throw new BrowserUnavailable(
    "unreachable-chromium",
    "Other users cannot run this Chromium: every folder above it, and above the browser's folder, must let them pass.",
  );
}

async function canRun(path: string): Promise<boolean> {
  const anyone = ["--reuid=65534", "--regid=65534", "--clear-groups", "test", "-x", path];
  return await run("setpriv", anyone).then(
    () => true,
    () => false,
  );
}

async function startBrowser(
  found: FoundChromium,
  sandbox: "required" | "off",
  slot: Slot,
  options: StartOptions,
): Promise<RunningBrowser> {
  await slot.hand();
  const context = await launchContext(found, sandbox, slot, options).catch((error: unknown) => {
    throw explainStart(error);
  });
  const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
  // Every permission that a page could ask for is refused.
  await context.grantPermissions([]);
  const page = context.pages()[0] ?? (await context.newPage());
  const owner = context.browser();
  if (!owner) throw new BrowserUnavailable("start-failed", "Chromium did not start.");
  const browser = await owner.newBrowserCDPSession();
  const { product } = await browser.send("Browser.getVersion");
  return { context, page, browser, version: product, closed, close: () => closeContext(context) };
}

async function launchContext(
  found: FoundChromium,
  sandbox: "required" | "off",
  slot: Slot,
  options: StartOptions,
): Promise<BrowserContext> {
  const trust = options.trustedKey ? [`--ignore-certificate-errors-spki-list=${options.trustedKey}`] : [];
  const starter = process.platform === "win32" ? found.executablePath : await slot.writeStarter(found.executablePath);
  // Loaded by whoever starts a browser, and by nobody else who enters this room.
  const { chromium } = await import("playwright");
  return await chromium.launchPersistentContext(slot.profile, {
    executablePath: starter,
    chromiumSandbox: sandbox === "required",
    args: [...LAUNCH_ARGUMENTS, ...proxyArguments(options.proxyUrl), ...trust],
    env: {
      ...{ ...found.env, PATH: "/usr/bin:/bin", HOME: slot.home, TMPDIR: slot.home },
      ...{ LANG: "C.UTF-8", ...localeEnvironment(options.locale) },
    },
    artifactsDir: slot.home,
    timeout: START_MS,
    acceptDownloads: false,
    viewport: { ...options.viewport },
    hasTouch: options.touch,
    isMobile: options.touch,
    locale: options.locale,
    timezoneId: options.timezone,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

function explainStart(error: unknown): BrowserUnavailable {
  const text = isError(error) ? error.message : "";
  if (/No usable sandbox|without --no-sandbox|Operation not permitted/.test(text)) {
    return new BrowserUnavailable(
      "no-sandbox",
      "This machine gives Chromium no sandbox: allow unprivileged user namespaces, or switch the sandbox off by name.",
    );
  }
  return new BrowserUnavailable("start-failed", "Chromium did not start.", error);
}

async function closeContext(context: BrowserContext): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), CLOSE_MS);
  });
  try {
    await Promise.race([context.close(), late]);
  } catch (error) {
    throw new BrowserUnavailable("close-failed", "Chromium did not close in time; what it held is not saved.", error);
  } finally {
    clearTimeout(timer);
  }
}
