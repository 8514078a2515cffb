/** Where sealed contexts lie. The bytes say nothing without a key that is not here. */

import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { MAX_BUNDLE_BYTES } from "./context-bundle.js";

/** A context as it is kept. */
export interface StoredContext {
  readonly generation: number;
  readonly bytes: Buffer;
}

/** The driver that an operator chooses; every driver keeps these promises. */
export interface ContextStore {
  /**
   * Writes generation `previous + 1`, durably. Throws ContextConflict when `previous` is not the newest (0: there is
   * none), or the context was deleted. The last two generations stay.
   */
  readonly put: (contextId: string, previous: number, bytes: Uint8Array) => Promise<number>;
  /** The newest, or the given generation while it is kept; null where there is none. */
  readonly get: (contextId: string, generation?: number) => Promise<StoredContext | null>;
  /** Every generation, for good: the id takes no bytes again. Any number of times. */
  readonly delete: (contextId: string) => Promise<void>;
  /** Whether anything of it lies here: a generation, or what a killed writer had begun. Throws where that cannot be told. */
  readonly holds: (contextId: string) => Promise<boolean>;
  /**
   * Deletes the contexts that nobody read or wrote for so long, and forgets deletions of that age; answers how many contexts. Any
   * number of workers at once.
   */
  readonly sweep: (unusedMs: number) => Promise<number>;
}

/** Another writer was first, or the context is gone: what was read is not the newest any more. */
export class ContextConflict extends Error {
  constructor() {
    super("The browser context was changed or deleted meanwhile.");
    this.name = "ContextConflict";
  }
}

const DELETED = ".deleted";
/** Whatever else lies in the folder is somebody else's. */
const OURS = /^[A-Za-z0-9_-]{8,80}(\.deleted)?$/;
const KEPT_GENERATIONS = 2;
/** Nobody writes for so long. */
const BEGUN_MS = 10 * 60_000;

/**
 * One folder per context, one file per generation, mode 0600.
 *
 *     <folder>/<contextId>/            modified when its context was last read or written
 *     <folder>/<contextId>/3.ctx
 *     <folder>/<contextId>.deleted     empty
 */
export async function openContextFolder(folder: string): Promise<ContextStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const home = (contextId: string): string => {
    if (!/^[A-Za-z0-9_-]{8,80}$/.test(contextId)) throw new RangeError("Not the id of a browser context.");
    return join(folder, contextId);
  };
  return {
    put: async (contextId, previous, bytes) => {
      if (bytes.length > MAX_BUNDLE_BYTES) throw new RangeError("A browser context has at most 25 MiB.");
      await putGeneration(home(contextId), previous, bytes);
      await syncFolder(folder);
      return previous + 1;
    },
    get: async (contextId, generation) => {
      const place = home(contextId);
      const asked = generation ?? (await generationsIn(place)).at(-1);
      if (asked === undefined) return null;
      const bytes = await readFile(join(place, `${asked}.ctx`)).catch(nullWhereMissing);
      const now = new Date();
      if (bytes) await utimes(place, now, now).catch(nullWhereMissing);
      return bytes && { generation: asked, bytes };
    },
    delete: (contextId) => destroy(folder, home(contextId)),
    holds: async (contextId) => {
      const place = home(contextId);
      const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
        // Only what is surely not there: a folder that cannot be read is held.
        if (error.code === "ENOENT") return null;
        throw error;
      });
      return names !== null;
    },
    sweep: async (unusedMs) => {
      let swept = 0;
      for (const name of await readdir(folder)) {
        if (!OURS.test(name)) continue;
        const place = join(folder, name);
        const facts = await stat(place).catch(nullWhereMissing);
        if (!facts || Date.now() - facts.mtimeMs < unusedMs) continue;
        if (name.endsWith(DELETED)) await unlink(place).catch(nullWhereMissing);
        else {
          await destroy(folder, place);
          swept += 1;
        }
      }
      return swept;
    },
  };
}

async function destroy(folder: string, place: string): Promise<void> {
  await writeDurably(`${place}${DELETED}`, new Uint8Array());
  await rm(place, { recursive: true, force: true });
  await syncFolder(folder);
}

/** Of two writers with the same number one makes the file; the other finds it there. */
async function putGeneration(place: string, previous: number, bytes: Uint8Array): Promise<void> {
  await mkdir(place, { recursive: true, mode: 0o700 });
  const fresh = join(place, `${randomBytes(8).toString("hex")}.new`);
  const target = join(place, `${previous + 1}.ctx`);
  try {
    await writeDurably(fresh, bytes);
    if (((await generationsIn(place)).at(-1) ?? 0) !== previous) throw new ContextConflict();
    await link(fresh, target).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? new ContextConflict() : error;
    });
    // So late that its number had been written, and pruned again: the newest is far ahead.
    if (((await generationsIn(place)).at(-1) ?? 0) > previous + KEPT_GENERATIONS) {
      await unlink(target);
      throw new ContextConflict();
    }
    await syncFolder(place);
  } catch (error) {
    if (await isDeleted(place)) {
      await rm(place, { recursive: true, force: true });
      throw new ContextConflict();
    }
    throw error;
  } finally {
    await unlink(fresh).catch(() => undefined);
  }
  // Looked at after the file is there: a deletion that came before it is seen, one that comes later removes it.
  if (await isDeleted(place)) {
    await rm(place, { recursive: true, force: true });
    throw new ContextConflict();
  }
  await prune(place);
}

async function prune(place: string): Promise<void> {
  const old = (await generationsIn(place)).slice(0, -KEPT_GENERATIONS);
  for (const generation of old) await unlink(join(place, `${generation}.ctx`)).catch(() => undefined);
  // What a killed worker had begun to write.
  for (const name of (await readdir(place)).filter((one) => one.endsWith(".new"))) {
    const facts = await stat(join(place, name)).catch(nullWhereMissing);
    if (facts && Date.now() - facts.mtimeMs > BEGUN_MS) await unlink(join(place, name)).catch(() => undefined);
  }
}

async function generationsIn(place: string): Promise<number[]> {
  const names = (await readdir(place).catch(nullWhereMissing)) ?? [];
  const numbers = names.map((name) => Number(/^(\d+)\.ctx$/.exec(name)?.[1] ?? 0)).filter((number) => number > 0);
  return numbers.sort((a, b) => a - b);
}

async function isDeleted(place: string): Promise<boolean> {
  return (await readFile(`${place}${DELETED}`).catch(nullWhereMissing)) !== null;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const file = await open(path, "r").catch(nullWhereMissing);
  // Windows has no such thing.
  await file?.sync().catch(() => undefined);
  await file?.close();
}

function nullWhereMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "EISDIR" || error.code === "EPERM") return null;
  throw error;
}
