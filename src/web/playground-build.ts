/** Builds the playground with vite when its sources or its packages have changed, and swaps the result in whole. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { playgroundFiles } from "./index.js";

const brotli = promisify(brotliCompress);
const require = createRequire(import.meta.url);
const HOME = resolve(import.meta.dirname, "../..");
const SOURCES = join(HOME, "src/web/playground");
/** Raised when the options below change. */
const RECIPE = "2";
/** What ends up in the page, and what makes it. */
const PACKAGES = [
  "vite",
  "graphiql",
  "@graphiql/react",
  "@graphiql/plugin-explorer",
  "@graphiql/plugin-doc-explorer",
  "@graphiql/plugin-history",
  "graphql",
  "monaco-editor",
  "monaco-graphql",
  "react",
  "react-dom",
];

/** What happened: `unchanged` (the stamp fits), `built`, or `kept` (it would need vite, which is not installed). */
export type PlaygroundBuild =
  | { readonly kind: "unchanged" }
  | { readonly kind: "built"; readonly milliseconds: number; readonly bytes: number }
  | { readonly kind: "kept"; readonly usable: boolean };

/** `announce` is called before the long part with one line for a person. Throws what vite throws. */
export async function buildPlayground(announce: (line: string) => void): Promise<PlaygroundBuild> {
  const { root, built } = playgroundFiles();
  const versions = await readVersions();
  if (!existsSync(SOURCES) || !versions) return { kind: "kept", usable: built };
  const wanted = await stampOf(versions);
  const stampFile = `${root}.stamp`;
  if (built && (await readFile(stampFile, "utf8").catch(() => "")) === wanted) return { kind: "unchanged" };
  announce(`building the playground with vite ${versions.get("vite")} (once, a few seconds)`);
  const started = performance.now();
  const fresh = `${root}.${process.pid}`;
  try {
    await runVite(fresh);
    await compress(fresh);
    await swap(fresh, root);
    await writeFile(stampFile, wanted);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  const bytes = (await filesIn(root)).reduce((sum, { size }) => sum + size, 0);
  return { kind: "built", milliseconds: Math.round(performance.now() - started), bytes };
}

/** Null when one of them is not installed, as after an install without development dependencies. */
async function readVersions(): Promise<Map<string, string> | null> {
  try {
    const entries = PACKAGES.map(async (name): Promise<[string, string]> => {
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

async function stampOf(versions: ReadonlyMap<string, string>): Promise<string> {
  const hash = createHash("sha256").update(RECIPE);
  for (const [name, version] of versions) hash.update(`${name}@${version}\n`);
  const entries = await readdir(SOURCES, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  for (const name of names.sort()) hash.update(`${name}\n`).update(await readFile(join(SOURCES, name)));
  return hash.digest("hex");
}

async function runVite(outDir: string): Promise<void> {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: SOURCES,
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
async function swap(fresh: string, root: string): Promise<void> {
  const old = `${root}.old.${process.pid}`;
  try {
    if (existsSync(root)) await rename(root, old);
    await rename(fresh, root);
  } catch (error) {
    if (!playgroundFiles().built) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<{ path: string; size: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
}
