/** Builds a page with vite when its sources or its packages have changed, and swaps the result in whole. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { PageFiles } from "./index.js";

const brotli = promisify(brotliCompress);
const require = createRequire(import.meta.url);
const HOME = resolve(import.meta.dirname, "../..");
/** Raised when the options below change. */
const RECIPE = "3";

/** What makes one page. */
export interface PageRecipe {
  /** As a person knows it: "the playground". */
  readonly title: string;
  /** Where the result goes; asked each time. */
  readonly files: () => PageFiles;
  /** The folder below `src/web` with its `index.html`. */
  readonly home: string;
  /** The folder below `src/web` with everything that ends up in the page. */
  readonly sources: string;
  /** What ends up in the page, and what makes it. */
  readonly packages: readonly string[];
}

/** What happened: `unchanged` (the stamp fits), `built`, or `kept` (it would need vite, which is not installed). */
export type PageBuild =
  | { readonly kind: "unchanged" }
  | { readonly kind: "built"; readonly milliseconds: number; readonly bytes: number }
  | { readonly kind: "kept"; readonly usable: boolean };

/** `announce` is called before the long part with one line for a person. Throws what vite throws. */
export async function buildPage(page: PageRecipe, announce: (line: string) => void): Promise<PageBuild> {
  const { root, built } = page.files();
  const home = join(HOME, "src/web", page.home);
  const versions = await readVersions(page.packages);
  if (!existsSync(home) || !versions) return { kind: "kept", usable: built };
  const wanted = await stampOf(versions, join(HOME, "src/web", page.sources));
  const stampFile = `${root}.stamp`;
  if (built && (await readFile(stampFile, "utf8").catch(() => "")) === wanted) return { kind: "unchanged" };
  announce(`building ${page.title} with vite ${versions.get("vite")} (once, a few seconds)`);
  const started = performance.now();
  const fresh = `${root}.${process.pid}`;
  try {
    await mkdir(dirname(root), { recursive: true });
    await runVite(home, fresh);
    await compress(fresh);
    await swap(fresh, page);
    await writeFile(stampFile, wanted);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  const bytes = (await filesIn(root)).reduce((sum, { size }) => sum + size, 0);
  return { kind: "built", milliseconds: Math.round(performance.now() - started), bytes };
}

/** Null when one of them is not installed, as after an install without development dependencies. */
async function readVersions(packages: readonly string[]): Promise<Map<string, string> | null> {
  try {
    const entries = packages.map(async (name): Promise<[string, string]> => {
      const { version }: { version: string } = JSON.parse(
        await readFile(require.resolve(`${name}/package.json`), "utf8"),
      );
      return [name, version];
    });
    return new Map(await Promise.all(entries));
  } catch {
    return null;
  }
}

async function stampOf(versions: ReadonlyMap<string, string>, folder: string): Promise<string> {
  const hash = createHash("sha256").update(RECIPE);
  for (const [name, version] of versions) hash.update(`${name}@${version}\n`);
  const paths = (await filesIn(folder)).map(({ path }) => path);
  for (const path of paths.sort()) hash.update(`${relative(HOME, path)}\n`).update(await readFile(path));
  return hash.digest("hex");
}

async function runVite(root: string, outDir: string): Promise<void> {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root,
    base: "./",
    publicDir: false,
    logLevel: "error",
    worker: { format: "es" },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
    },
  });
}

/** Writes `x.br` beside each large text, for a server that hands out what is compressed already. */
async function compress(folder: string): Promise<void> {
  const files = await filesIn(folder);
  const texts = files.filter(({ path, size }) => /\.(js|css|svg|html)$/.test(path) && size > 1024);
  const one = async ({ path }: { path: string }) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
    await writeFile(`${path}.br`, await brotli(await readFile(path), { params }));
  };
  await Promise.all(texts.map(one));
}

/**
 * A running gateway never sees half a folder for longer than the two renames take. Of two builds at once, as when a
 * start and a test run meet on a fresh clone, either result will do.
 */
async function swap(fresh: string, page: PageRecipe): Promise<void> {
  const { root } = page.files();
  const old = `${root}.old.${process.pid}`;
  try {
    if (existsSync(root)) await rename(root, old);
    await rename(fresh, root);
  } catch (error) {
    if (!page.files().built) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<{ path: string; size: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
}
