/**
 * The root key file:
 *
 *     { "format": "shopkey-root-keys/1", "primary": 1,
 *       "keys": [ { "version": 1, "createdAt": "2026-01-31T12:00:00.000Z", "key": "<base64 of 32 bytes>" } ] }
 *
 * Messages name the file and what is wrong with it, never a byte of it.
 */
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { createFileOnce, isCode, makePrivateFolder, replaceAndWipeFile, replaceFile } from "./durable-file.js";
import { KEY_BYTES, Key, randomKeyBytes } from "./key.js";
import { KeyUnavailable } from "./key-errors.js";

const FORMAT = "shopkey-root-keys/1";
const OTHERS_MAY = 0o077;

export interface RootKeys {
  /** The version that wraps. */
  readonly primary: number;
  readonly versions: ReadonlyMap<number, Key>;
}

/** The root keys of the file, which is made when it is not there. Throws KeyUnavailable. */
export async function readRootKeyFile(path: string): Promise<RootKeys> {
  const text = (await readPrivateFile(path)) ?? (await makeRootKeyFile(path));
  const keys = parseRootKeys(text);
  if (keys === null) throw new KeyUnavailable(`The root key file ${path} is damaged or not a root key file.`);
  return keys;
}

async function makeRootKeyFile(path: string): Promise<string> {
  const bytes = randomKeyBytes();
  const key = Buffer.from(bytes.buffer).toString("base64");
  bytes.fill(0);
  const entry = { version: 1, createdAt: new Date().toISOString(), key };
  await makePrivateFolder(dirname(path));
  await createFileOnce(path, formatFile({ primary: 1, keys: [entry] }));
  // Read it back, also because another process may have been first: then its key is the one.
  const text = await readPrivateFile(path);
  if (text === null) throw new KeyUnavailable(`The root key file ${path} was made and is gone.`);
  return text;
}

interface RootKeyFile {
  readonly primary: number;
  readonly keys: readonly { readonly version: number; readonly createdAt: string; readonly key: string }[];
}

/**
 * Adds a fresh root key, which is the primary one from now on; its version. Where others are still beside the primary one, a
 * rotation was cut off, and that one is gone on with. One process at a time: the caller sees to that.
 */
export async function addRootKey(path: string): Promise<number> {
  const { primary, keys } = await readForChange(path);
  if (keys.length > 1) return primary;
  const version = Math.max(...keys.map((key) => key.version)) + 1;
  const bytes = randomKeyBytes();
  const key = Buffer.from(bytes.buffer).toString("base64");
  bytes.fill(0);
  const entry = { version, createdAt: new Date().toISOString(), key };
  await replaceFile(path, formatFile({ primary: version, keys: [...keys, entry] }));
  return version;
}

/** Destroys every root key but the primary one; how many there were. */
export async function dropOldRootKeys(path: string): Promise<number> {
  const { primary, keys } = await readForChange(path);
  const kept = keys.filter(({ version }) => version === primary);
  if (kept.length < keys.length) await replaceAndWipeFile(path, formatFile({ primary, keys: kept }));
  return keys.length - kept.length;
}

const formatFile = (file: RootKeyFile): string => `${JSON.stringify({ format: FORMAT, ...file }, null, 2)}\n`;

async function readForChange(path: string): Promise<RootKeyFile> {
  for (const key of (await readRootKeyFile(path)).versions.values()) key.wipe();
  const text = await readPrivateFile(path);
  if (text === null) throw new KeyUnavailable(`The root key file ${path} is gone.`);
  return JSON.parse(text) as RootKeyFile;
}

/** The text, or null when there is no file. The opened file itself is checked, so it cannot be exchanged in between. */
async function readPrivateFile(path: string): Promise<string | null> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return null;
    throw new KeyUnavailable(`The root key file ${path} cannot be read.`, { cause: error });
  });
  if (file === null) return null;
  try {
    const { mode } = await file.stat();
    if (process.platform !== "win32" && (mode & OTHERS_MAY) !== 0)
      throw new KeyUnavailable(`The root key file ${path} is open to others: set its mode to 0600.`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function parseRootKeys(text: string): RootKeys | null {
  const file = parseObject(text);
  if (file === null || file.format !== FORMAT || !Array.isArray(file.keys)) return null;
  const versions = new Map<number, Key>();
  for (const entry of file.keys as readonly unknown[]) {
    if (typeof entry !== "object" || entry === null) return null;
    const { version, key } = entry as Readonly<Record<string, unknown>>;
    const bytes = typeof key === "string" ? decodeKey(key) : null;
    if (!isKeyVersion(version) || bytes === null || versions.has(version)) return null;
    versions.set(version, new Key(bytes));
    bytes.fill(0);
  }
  const { primary } = file;
  return isKeyVersion(primary) && versions.has(primary) ? { primary, versions } : null;
}

/** The JSON object in the text, or null. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** 1, 2, … up to what a u32 holds. */
export const isKeyVersion = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 0xffffffff;

/** The key that a person wrote down: 64 hex digits, or 32 bytes as base64 or base64url. Throws KeyUnavailable. */
export function parseRootKey(text: string): Key {
  const bytes = decodeKey(text.trim());
  if (bytes === null) throw new KeyUnavailable("A root key is 32 bytes, written as 64 hex digits or as base64.");
  const key = new Key(bytes);
  bytes.fill(0);
  return key;
}

function decodeKey(text: string): Buffer | null {
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? "hex" : /^[\w+/-]{43}=?$/.test(text) ? "base64" : null;
  if (encoding === null) return null;
  const bytes = Buffer.from(new ArrayBuffer(KEY_BYTES));
  return bytes.write(text, encoding) === KEY_BYTES ? bytes : null;
}
