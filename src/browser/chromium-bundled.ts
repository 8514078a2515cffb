/**
 * The Chromium inside `@sparticuz/chromium` (Linux x64): nothing to install on a bare machine. Only its archives are
 * used. Its launch arguments switch web security and process isolation off, and it trusts whatever lies in TMPDIR.
 */
import { execFile } from "node:child_process";
import { chmod, cp, link, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { BrowserUnavailable } from "./unavailable.js";

const run = promisify(execFile);

export interface BundledChromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Unpacks it once per version into `<cache>/<version>`; null where the package or the platform is not there. */
export async function bringBundled(cache: string, packagesFrom: string): Promise<BundledChromium | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const require = createRequire(packagesFrom);
  let entry: string;
  try {
    entry = require.resolve("@sparticuz/chromium");
  } catch {
    return null;
  }
  const folder = resolve(dirname(entry), "..");
  const { version } = require(join(folder, "package.json")) as { version: string };
  const home = join(cache, version);
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await refuseForeign(cache);
  if (!(await exists(join(home, "chromium")))) await unpack(entry, join(folder, "bin"), home);
  await refuseForeign(home);
  return await describeBundled(home);
}

/**
 * The same Chromium below `folder`, once per version, for a user who cannot pass the folders above its cache: linked where the
 * disk is the same, copied where not.
 */
export async function moveBundled(executablePath: string, folder: string): Promise<BundledChromium> {
  const home = join(folder, `chromium-${basename(dirname(executablePath))}`);
  if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o755);
  // Before anything is written there: in a folder that everybody may write to, somebody else can have been first.
  await refuseForeign(folder);
  if (!(await exists(join(home, "chromium")))) {
    const fresh = await mkdtemp(`${home}-`);
    await linkTree(dirname(executablePath), fresh);
    await chmod(fresh, 0o755);
    await writeFile(join(fresh, "fonts.conf"), describeFonts(home));
    await settle(fresh, home);
  }
  await refuseForeign(home);
  return await describeBundled(home);
}

/**
 * A child process gets a fresh private TMPDIR, and the result is renamed into place: of several at once, the first wins
 * and the others use its folder.
 */
async function unpack(entry: string, archives: string, home: string): Promise<void> {
  const fresh = await mkdtemp(`${home}-`);
  const script = `import chromium, { inflate } from ${JSON.stringify(pathToFileURL(entry).href)};
    await chromium.executablePath(); await inflate(${JSON.stringify(join(archives, "al2023.tar.br"))});`;
  try {
    await run(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: dirname(entry),
      env: { TMPDIR: fresh },
    });
    await chmod(join(fresh, "chromium"), 0o755);
    await writeFile(join(fresh, "fonts.conf"), describeFonts(home));
    await chmod(fresh, 0o755);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw new BrowserUnavailable("no-chromium", "The bundled Chromium could not be unpacked.", error);
  }
  await settle(fresh, home);
}

async function settle(fresh: string, home: string): Promise<void> {
  try {
    await rename(fresh, home);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await exists(join(home, "chromium")))) throw error;
  }
}

async function linkTree(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.name === "font-cache" || entry.name === "fonts.conf") continue;
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o755 });
      await linkTree(source, target);
    } else {
      if (entry.name === "chromium") await chmod(source, 0o755);
      await link(source, target).catch(() => cp(source, target, { mode: 0 }));
    }
  }
}

/** Whoever can write there decides what runs: this user and root may, nobody else. */
async function refuseForeign(home: string): Promise<void> {
  for (const path of [home, join(home, "chromium")]) {
    const facts = await stat(path).catch(() => null);
    if (!facts) continue;
    const mine = facts.uid === 0 || facts.uid === process.getuid?.();
    if (!mine || (facts.mode & 0o022) !== 0) {
      throw new BrowserUnavailable(
        "no-chromium",
        `Others can change the unpacked Chromium: remove ${home}, try again.`,
      );
    }
  }
}

/** Libraries come from the system where it has them, else from the package; its one font stands behind the system's. */
async function describeBundled(home: string): Promise<BundledChromium> {
  const executablePath = join(home, "chromium");
  const { stdout } = await run("ldd", [executablePath]).catch(() => ({ stdout: "not found" }));
  const env: Record<string, string> = { FONTCONFIG_FILE: join(home, "fonts.conf") };
  if (stdout.includes("not found")) env.LD_LIBRARY_PATH = join(home, "al2023", "lib");
  return { executablePath, env };
}

function describeFonts(home: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>${join(home, "fonts")}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
