/** Files that must survive a power cut: written whole beside their place, synced, then put there in one step. */
import { randomBytes } from "node:crypto";
import { type FileHandle, link, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { KeyUnavailable } from "./key-errors.js";

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** Makes the folder, for its owner alone, when it is not there. */
export async function makePrivateFolder(dir: string): Promise<void> {
  const firstMade = await mkdir(dir, { recursive: true, mode: OWNER_ONLY_FOLDER });
  if (firstMade !== undefined) await syncFolder(dirname(firstMade));
}

/** What is in the folder; nothing when it was never made. Throws KeyUnavailable when it cannot be read. */
export async function readNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw new KeyUnavailable(`The keystore folder ${folder} cannot be read.`, { cause: error });
  }
}

/** Creates the file, mode 0600. False, and nothing changed, when it is there already: also when two do this at once. */
export async function createFileOnce(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text);
  try {
    await link(draft, path);
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** Replaces the file, mode 0600: readers see the old text or the new, never a part. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * As `replaceFile`, and then overwrites the old bytes where they lie, as far as the file system writes in place: a journal, a
 * snapshot or flash memory may keep older blocks.
 */
export async function replaceAndWipeFile(path: string, text: string): Promise<void> {
  await withFile(await open(path, "r+"), async (old) => {
    const { size } = await old.stat();
    await replaceFile(path, text);
    await old.write(Buffer.alloc(size), 0, size, 0);
    await old.sync();
  });
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  await withFile(await open(draft, "wx", OWNER_ONLY_FILE), async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
  return draft;
}

async function syncFolder(dir: string): Promise<void> {
  // Windows cannot open a folder to sync it, and writes its entries through.
  if (process.platform === "win32") return;
  await withFile(await open(dir, "r"), (folder) => folder.sync());
}

async function withFile(file: FileHandle, use: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** Whether it is the system's error of this code, such as `ENOENT`. */
export const isCode = (error: unknown, code: string): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;
