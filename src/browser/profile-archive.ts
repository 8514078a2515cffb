/**
 * The part of a profile that makes a login, as a tar in memory. What is kept is named, so that history, typed form values
 * and caches never get into a bundle; cookies travel beside it, because the profile's own store drops session cookies.
 */
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { create, extract, type ReadEntry } from "tar";

const KEPT = ["Local Storage", "IndexedDB", "File System", "Service Worker", "WebStorage", "Storage", "databases"];
/** Locks and logs of the databases belong to a process. */
const DROPPED = /(^|\/)(LOCK|LOG|LOG\.old)$/;
const CACHE_API = /(^|\/)CacheStorage(\/|$)/;

/** `withoutCaches` leaves the Cache API's content out: a site fills it again. The profile must not be in use. */
export async function packProfile(profile: string, options: { withoutCaches: boolean }): Promise<Buffer> {
  const present: string[] = [];
  for (const name of KEPT) {
    const path = `Default/${name}`;
    if (await lstat(join(profile, path)).catch(() => null)) present.push(path);
  }
  if (present.length === 0) return Buffer.alloc(0);
  const skip = (path: string) => DROPPED.test(path) || (options.withoutCaches && CACHE_API.test(path));
  const filter = (path: string, facts: Stats | ReadEntry) =>
    !skip(path) && "isFile" in facts && (facts.isFile() || facts.isDirectory());
  const chunks: Buffer[] = [];
  for await (const chunk of create({ cwd: profile, portable: true, filter }, present)) {
    chunks.push(Buffer.from(chunk as Uint8Array));
  }
  return Buffer.concat(chunks);
}

/** Into an empty profile; only plain files and folders, only below it. */
export async function unpackProfile(archive: Buffer, profile: string): Promise<void> {
  if (archive.length === 0) return;
  const sink = extract({
    cwd: profile,
    strict: true,
    preservePaths: false,
    noChmod: true,
    dmode: 0o700,
    fmode: 0o600,
    filter: (path, entry) => path.startsWith("Default/") && "type" in entry && /^(File|Directory)$/.test(entry.type),
  });
  await pipeline(Readable.from([archive]), sink);
}
