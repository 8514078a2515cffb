/**
 * Which Chromium drives a session: the configured one, Playwright's own, the system's, or the one that an npm package
 * brings, in this order. Production wants one that gets security updates: configured or the system's.
 */
import { stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { bringBundled } from "./chromium-bundled.js";
import { BrowserUnavailable } from "./unavailable.js";

const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/** The same place seen from `src/browser` and from `dist/browser`. */
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/shopkey-chromium");

const HOW_TO_GET_ONE =
  "No Chromium here. Debian or Ubuntu: apt-get install -y chromium. Elsewhere: install Google Chrome, or set CHROMIUM_PATH.";

/** A Chromium that can be started, and what must be in its environment. */
export interface FoundChromium {
  readonly from: "configured" | "playwright" | "system" | "bundled";
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where to look; everything has a default, and an empty string or list leaves that step out. */
export interface ChromiumPlaces {
  /** Must be there when given: never silently another one. */
  readonly configured?: string;
  readonly playwright?: string;
  readonly system?: readonly string[];
  /** Where the bundled one is unpacked to, once per version, about 210 MB; null leaves that step out. */
  readonly cacheFolder?: string | null;
  /** A file or folder whose `node_modules` hold `@sparticuz/chromium`. */
  readonly packagesFrom?: string;
}

/**
 * The first Chromium of the order above. Throws BrowserUnavailable `no-chromium`, with the line that installs one, where
 * none can be had or the configured path names no file.
 */
export async function findChromium(places: ChromiumPlaces = {}): Promise<FoundChromium> {
  if (places.configured) {
    if (await isFile(places.configured)) return found("configured", places.configured);
    throw new BrowserUnavailable("no-chromium", "The configured path of Chromium (CHROMIUM_PATH) names no file.");
  }
  const own = places.playwright ?? (await import("playwright")).chromium.executablePath();
  if (own && (await isFile(own))) return found("playwright", own);
  for (const path of places.system ?? SYSTEM_PATHS) if (await isFile(path)) return found("system", path);
  for (const cache of cachesOf(places)) {
    const bundled = await bringBundled(cache, places.packagesFrom ?? import.meta.filename).catch(nullWhereClosed);
    if (bundled) return { from: "bundled", ...bundled };
  }
  throw new BrowserUnavailable("no-chromium", HOW_TO_GET_ONE);
}

/** Where the packages belong to somebody else, this user has a folder of its own. */
function cachesOf({ cacheFolder }: ChromiumPlaces): readonly string[] {
  if (cacheFolder === null) return [];
  return cacheFolder === undefined ? [CACHE, join(tmpdir(), `shopkey-chromium-${userInfo().uid}`)] : [cacheFolder];
}

function nullWhereClosed(error: NodeJS.ErrnoException): null {
  if (error.code === "EACCES" || error.code === "EROFS" || error.code === "EPERM") return null;
  throw error;
}

function found(from: FoundChromium["from"], executablePath: string): FoundChromium {
  return { from, executablePath, env: {} };
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}
