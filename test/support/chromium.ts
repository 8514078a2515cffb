/**
 * Finds or brings a Chromium for the browser tests: the named one, Playwright's own, the system's, or the one inside
 * `@sparticuz/chromium` (Linux x64), which needs nothing installed. Its launch arguments are ours, never that
 * package's: those switch web security and process isolation off.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/shopkey-chromium");
const ARGUMENTS = ["--disable-gpu", "--disable-dev-shm-usage", "--password-store=basic", "--font-render-hinting=none"];

/** A Chromium that can be started, and what must be in its environment. */
export interface FoundChromium {
  readonly from: "named" | "playwright" | "system" | "bundled";
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The first Chromium of: `named` (must exist when given), Playwright's own, the usual system paths, the bundled one.
 * Throws with the line that installs one where none of them can be had.
 */
export async function findChromium(named?: string): Promise<FoundChromium> {
  if (named) {
    if (!(await isFile(named))) throw new Error("CHROMIUM_PATH names no file");
    return { from: "named", executablePath: named, env: {} };
  }
  const own = chromium.executablePath();
  if (own && (await isFile(own))) return { from: "playwright", executablePath: own, env: {} };
  for (const path of SYSTEM_PATHS) if (await isFile(path)) return { from: "system", executablePath: path, env: {} };
  const bundled = await bringBundled();
  if (bundled) return bundled;
  throw new Error(
    "No Chromium here. Debian or Ubuntu: apt-get install -y chromium. Elsewhere: install Google Chrome, or set CHROMIUM_PATH.",
  );
}

/**
 * Starts a headless Chromium; the caller closes it. It is sandboxed wherever that can be: Chromium refuses a sandbox to
 * root, and a container without user namespaces has none to give. The tests open nothing but pages of their own.
 */
export async function openChromium(named = process.env.CHROMIUM_PATH): Promise<Browser> {
  const found = await findChromium(named);
  const start = (chromiumSandbox: boolean) =>
    chromium.launch({
      executablePath: found.executablePath,
      args: ARGUMENTS,
      chromiumSandbox,
      env: { ...process.env, ...found.env },
    });
  if (process.getuid?.() === 0) return await start(false);
  try {
    return await start(true);
  } catch (error) {
    if (error instanceof Error && error.message.includes("No usable sandbox")) return await start(false);
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

/** Unpacks the bundled Chromium once per version, into a folder that only this user can write to. */
async function bringBundled(): Promise<FoundChromium | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  let entry: string;
  try {
    entry = require.resolve("@sparticuz/chromium");
  } catch {
    return null;
  }
  const folder = resolve(dirname(entry), "..");
  const { version } = require(join(folder, "package.json")) as { version: string };
  const home = join(CACHE, version);
  if (!(await isFile(join(home, "chromium")))) await unpack(join(folder, "bin"), home);
  await refuseForeign(home);
  return { from: "bundled", executablePath: join(home, "chromium"), env: await missingPieces(home) };
}

/**
 * The package unpacks to TMPDIR and trusts what it finds there, so a child process gets a fresh private TMPDIR, and the
 * result is renamed into place: of several test workers at once, the first wins and the others use its folder.
 */
async function unpack(archives: string, home: string): Promise<void> {
  await mkdir(dirname(home), { recursive: true, mode: 0o700 });
  const fresh = await mkdtemp(`${home}-`);
  await chmod(fresh, 0o700);
  const script = `import chromium, { inflate } from "@sparticuz/chromium";
    await chromium.executablePath(); await inflate(${JSON.stringify(join(archives, "al2023.tar.br"))});`;
  try {
    await run(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: import.meta.dirname,
      env: { PATH: process.env.PATH, TMPDIR: fresh },
    });
    await writeFile(join(fresh, "fonts.conf"), describeFonts(home));
    await rename(fresh, home);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await isFile(join(home, "chromium")))) throw error;
  }
}

async function refuseForeign(home: string): Promise<void> {
  const facts = await stat(home);
  const mine = facts.uid === process.getuid?.();
  if (!mine || (facts.mode & 0o077) !== 0) {
    throw new Error(`The unpacked Chromium is not private to this user: remove ${CACHE} and try again`);
  }
}

/** Libraries come from the system where it has them, else from the package; its one font stands behind the system's. */
async function missingPieces(home: string): Promise<Record<string, string>> {
  const env: Record<string, string> = { FONTCONFIG_FILE: join(home, "fonts.conf") };
  const { stdout } = await run("ldd", [join(home, "chromium")]).catch(() => ({ stdout: "not found" }));
  if (stdout.includes("not found")) env.LD_LIBRARY_PATH = join(home, "al2023", "lib");
  return env;
}

function describeFonts(home: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>${join(home, "fonts")}</dir><cachedir>${join(home, "font-cache")}</cachedir></fontconfig>
`;
}
