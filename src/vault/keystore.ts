/** Where wrapped org keys are kept: outside the database and its backups. */
import type { OrgId } from "../kernel/ids.js";
import type { KeyKind } from "./kms.js";

/** `current` seals and opens, `decrypt-only` opens, `retired` does neither and still holds its version number. */
export type KeyStatus = "current" | "decrypt-only" | "retired";

export interface StoredKey {
  readonly kind: KeyKind;
  /** 1, 2, 3, … per org and kind; a version is never used again. */
  readonly version: number;
  readonly status: KeyStatus;
  readonly wrapped: Buffer;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface Keystore {
  /** Every key of the org, by kind and ascending version. */
  readonly list: (orgId: OrgId) => Promise<readonly StoredKey[]>;
  /** Keeps a new key durably. False when that version exists already: someone else was first, and theirs counts. */
  readonly add: (orgId: OrgId, key: StoredKey) => Promise<boolean>;
  readonly setStatus: (orgId: OrgId, kind: KeyKind, version: number, status: KeyStatus) => Promise<void>;
}

export declare const folderKeystore: (dir: string) => Keystore;
