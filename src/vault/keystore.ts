/**
 * Where wrapped org keys are kept: outside the database and its backups, so that destroying one here is final.
 *
 * The folder keystore has a folder per org and a JSON file per key version, `<orgId>/kek-1.json`, mode 0600.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OrgId } from "../kernel/ids.js";
import { createFileOnce, makePrivateFolder, readNames, replaceAndWipeFile, replaceFile } from "./durable-file.js";
import { type ErasureLedger, folderErasureLedger } from "./erasure-ledger.js";
import { KeyUnavailable } from "./key-errors.js";
import { KEY_KINDS, type KeyKind } from "./kms.js";
import { folderReceiptLedger, type ReceiptLedger } from "./receipt-ledger.js";
import { isKeyVersion, parseObject } from "./root-keys.js";

/**
 * `current` seals and opens, `decrypt-only` opens, `retired` does neither and could be taken back, `destroyed` is gone:
 * its version number alone is left, so that it is never used again.
 */
export type KeyStatus = "current" | "decrypt-only" | "retired" | "destroyed";

export interface StoredKey {
  readonly kind: KeyKind;
  /** 1, 2, 3, … per org and kind; a version is never used again. */
  readonly version: number;
  readonly status: KeyStatus;
  /** Empty when it is destroyed. */
  readonly wrapped: Buffer;
  /** ISO 8601. */
  readonly createdAt: string;
  /** When it came to have its status; ISO 8601. */
  readonly since: string;
}

export interface Keystore {
  /** Every key of the org, by kind and ascending version. Throws KeyUnavailable for a damaged one. */
  readonly list: (orgId: OrgId) => Promise<readonly StoredKey[]>;
  /**
   * Keeps a new key durably. False when that version or a later one exists already: someone else was first, and theirs
   * counts.
   */
  readonly add: (orgId: OrgId, key: StoredKey) => Promise<boolean>;
  /**
   * To promote a version, make it `current` first and the old one `decrypt-only` second: of two current ones the higher
   * counts, so a crash in between leaves a usable org.
   */
  readonly setStatus: (
    orgId: OrgId,
    kind: KeyKind,
    version: number,
    status: Exclude<KeyStatus, "destroyed">,
    at?: Date,
  ) => Promise<void>;
  /** For good: the status is told, and the wrapped bytes are overwritten where they lay. */
  readonly destroy: (orgId: OrgId, kind: KeyKind, version: number, at: Date) => Promise<void>;
  /** Puts the same key back under another root key. */
  readonly rewrap: (orgId: OrgId, kind: KeyKind, version: number, wrapped: Buffer) => Promise<void>;
  /** Every org that has a key here. */
  readonly orgs: () => Promise<readonly OrgId[]>;
  /** Who was forgotten: it lies where the keys lie, because it has to outlive the database as they do. */
  readonly erasures: ErasureLedger;
  /** Every receipt that was issued, for the same reason. */
  readonly receipts: ReceiptLedger;
}

const FORMAT = "shopkey-org-key/1";
const KEY_FILE = /^(kek|index|print|sign)-([1-9]\d{0,9})\.json$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const STATUSES: ReadonlySet<unknown> = new Set<KeyStatus>(["current", "decrypt-only", "retired", "destroyed"]);

/** A keystore in this folder, which is made when the first key is added. */
export function folderKeystore(dir: string): Keystore {
  const folderOf = (orgId: OrgId): string => {
    if (!UUID.test(orgId)) throw new RangeError("An org's id is a UUID.");
    return join(dir, orgId);
  };

  async function list(orgId: OrgId): Promise<readonly StoredKey[]> {
    const folder = folderOf(orgId);
    const names = (await readNames(folder)).filter((name) => KEY_FILE.test(name));
    const keys = await Promise.all(names.map((name) => readKey(orgId, folder, name)));
    return keys.sort((a, b) => a.kind.localeCompare(b.kind) || a.version - b.version);
  }

  async function add(orgId: OrgId, key: StoredKey): Promise<boolean> {
    const folder = folderOf(orgId);
    const taken = (await list(orgId)).some((other) => other.kind === key.kind && other.version >= key.version);
    if (taken) return false;
    await makePrivateFolder(folder);
    return createFileOnce(join(folder, fileName(key.kind, key.version)), formatKey(orgId, key));
  }

  async function change(orgId: OrgId, kind: KeyKind, version: number, to: Partial<StoredKey>): Promise<void> {
    const folder = folderOf(orgId);
    const name = fileName(kind, version);
    const key = await readKey(orgId, folder, name);
    if (key.status === "destroyed") throw new KeyUnavailable(`Key ${kind} ${version} of org ${orgId} is destroyed.`);
    const put = to.wrapped === undefined ? replaceFile : replaceAndWipeFile;
    await put(join(folder, name), formatKey(orgId, { ...key, ...to }));
  }

  return {
    list,
    add,
    setStatus: (orgId, kind, version, status, at = new Date()) =>
      change(orgId, kind, version, { status, since: at.toISOString() }),
    destroy: (orgId, kind, version, at) =>
      change(orgId, kind, version, { status: "destroyed", since: at.toISOString(), wrapped: Buffer.alloc(0) }),
    rewrap: (orgId, kind, version, wrapped) => change(orgId, kind, version, { wrapped }),
    orgs: async () => (await readNames(dir)).filter((name): name is OrgId => UUID.test(name)),
    erasures: folderErasureLedger(dir),
    receipts: folderReceiptLedger(dir),
  };
}

const fileName = (kind: KeyKind, version: number): string => `${kind}-${version}.json`;

function formatKey(orgId: OrgId, key: StoredKey): string {
  const { kind, version, status, createdAt, since } = key;
  const wrapped = key.wrapped.toString("base64");
  return `${JSON.stringify({ format: FORMAT, orgId, kind, version, status, createdAt, since, wrapped }, null, 2)}\n`;
}

async function readKey(orgId: OrgId, folder: string, name: string): Promise<StoredKey> {
  const path = join(folder, name);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new KeyUnavailable(`The key file ${path} cannot be read.`, { cause: error });
  });
  const key = parseKey(orgId, text);
  if (key === null || fileName(key.kind, key.version) !== name)
    throw new KeyUnavailable(`The key file ${path} is damaged or not where it belongs.`);
  return key;
}

function parseKey(orgId: OrgId, text: string): StoredKey | null {
  const file = parseObject(text);
  if (file === null || file.format !== FORMAT || file.orgId !== orgId) return null;
  const { kind, version, status, createdAt, since = createdAt, wrapped } = file;
  if (!isKind(kind) || !isKeyVersion(version) || !STATUSES.has(status)) return null;
  if (typeof createdAt !== "string" || typeof since !== "string" || typeof wrapped !== "string") return null;
  return { kind, version, status: status as KeyStatus, createdAt, since, wrapped: Buffer.from(wrapped, "base64") };
}

const isKind = (kind: unknown): kind is KeyKind => (KEY_KINDS as readonly unknown[]).includes(kind);
