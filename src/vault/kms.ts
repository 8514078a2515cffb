/** Who holds the root key: wraps and unwraps org keys, and never lets the root key out. */
import type { OrgId } from "../kernel/ids.js";
import { EnvelopeType, keyVersionOf, openEnvelopes } from "./envelope.js";
import type { Key } from "./key.js";
import { KeyUnavailable } from "./key-errors.js";
import { addRootKey, dropOldRootKeys, parseRootKey, type RootKeys, readRootKeyFile } from "./root-keys.js";
import { fieldBytes, ownerBytes, SCHEMA_VERSION } from "./scope.js";

/**
 * `kek` wraps consumer keys and secrets, `index` makes blind indexes, `print` fingerprints, and `sign` signs receipts.
 * The first two are rotated in epochs; what the others made must be checked for as long as it is kept.
 */
export type KeyKind = "kek" | "index" | "print" | "sign";
export const KEY_KINDS: readonly KeyKind[] = ["kek", "index", "print", "sign"];

/** What a wrapped key is for. It is bound into the wrapping: no org key opens as another. */
export interface KeyPurpose {
  readonly orgId: OrgId;
  readonly kind: KeyKind;
  readonly version: number;
}

export interface KmsHealth {
  readonly status: "ready" | "unavailable";
  readonly provider: string;
  readonly primaryKeyId: string | null;
}

/** Implement this to keep the root key elsewhere, for example in a cloud KMS. */
export interface KmsProvider {
  readonly name: string;
  /** Wraps 32 bytes under the root key of that id, or the primary one. */
  readonly wrap: (key: Uint8Array, purpose: KeyPurpose, keyId?: string) => Promise<Buffer>;
  /** The 32 bytes, which the caller wipes. Throws EnvelopeRejected when key, bytes and purpose do not belong together. */
  readonly unwrap: (wrapped: Uint8Array, purpose: KeyPurpose) => Promise<Buffer>;
  /** Whether this was wrapped by the primary root key. */
  readonly isCurrent: (wrapped: Uint8Array) => Promise<boolean>;
  /** Adds a fresh root key, primary from now on, or answers the one of a rotation that was cut off. Absent where the root key is rotated elsewhere, or cannot be. */
  readonly addRootKey?: () => Promise<string>;
  /** Destroys every root key but the primary one; how many there were. */
  readonly dropOldRootKeys?: () => Promise<number>;
  /** Throws KeyUnavailable, and says why, when there is no root key to use. */
  readonly primaryKeyId: () => Promise<string>;
  /** Never throws. */
  readonly health: () => Promise<KmsHealth>;
  /** Wipes what is in memory. */
  readonly close?: () => void;
}

/**
 * Root keys in a file: one JSON object with every version, mode 0600, made with a fresh key (in a folder of mode 0700)
 * when it is not there. Read when it is first needed, when a version is asked for that was not there, and before anything
 * is wrapped, because another process may have rotated it. A file that others may read is refused. Keep it out of the
 * database's backups.
 */
export const fileKms = (path: string): KmsProvider => ({
  ...localKms("file", () => readRootKeyFile(path)),
  addRootKey: async () => String(await addRootKey(path)),
  dropOldRootKeys: () => dropOldRootKeys(path),
});

/**
 * For development: one root key, 32 bytes as 64 hex digits or base64. A process's environment can be read in too many
 * places to be where a real one lives. Throws KeyUnavailable, without the value, for any other text.
 */
export function environmentKms(value: string): KmsProvider {
  parseRootKey(value).wipe();
  return localKms("environment", async () => ({ primary: 1, versions: new Map([[1, parseRootKey(value)]]) }));
}

function localKms(name: string, load: () => Promise<RootKeys>): KmsProvider {
  const envelopes = openEnvelopes();
  let loading: Promise<RootKeys> | undefined;
  const rootKeys = (): Promise<RootKeys> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  /** What was in memory is wiped once the newer ones are there. */
  const readAgain = async (): Promise<RootKeys> => {
    const before = loading;
    const newer = await load();
    loading = Promise.resolve(newer);
    void before?.then(wipeAll, () => undefined);
    return newer;
  };
  const primaryKeyId = async (): Promise<string> => String((await rootKeys()).primary);
  return {
    name,
    primaryKeyId,
    wrap: async (key, purpose, keyId) => {
      const keys = await readAgain();
      const version = keyId === undefined ? keys.primary : Number(keyId);
      return envelopes.seal(versionOf(keys, version), placeFor(purpose, version), fieldFor(purpose), key);
    },
    unwrap: async (wrapped, purpose) => {
      const version = keyVersionOf(wrapped);
      const known = await rootKeys();
      const rootKey = versionOf(known.versions.has(version) ? known : await readAgain(), version);
      return envelopes.open(rootKey, placeFor(purpose, version), fieldFor(purpose), wrapped);
    },
    isCurrent: async (wrapped) => keyVersionOf(wrapped) === (await readAgain()).primary,
    health: async () => {
      const keyId = await primaryKeyId().catch(() => null);
      return { status: keyId === null ? "unavailable" : "ready", provider: name, primaryKeyId: keyId };
    },
    close: () => {
      void loading?.then(wipeAll, () => undefined);
    },
  };
}

const wipeAll = ({ versions }: RootKeys): void => {
  for (const key of versions.values()) key.wipe();
};

function versionOf(keys: RootKeys, version: number): Key {
  const key = keys.versions.get(version);
  if (key === undefined) throw new KeyUnavailable(`There is no root key of version ${version}.`);
  return key;
}

const placeFor = (purpose: KeyPurpose, keyVersion: number) => ({
  type: purpose.kind === "kek" ? EnvelopeType.orgKek : EnvelopeType.orgIndexKey,
  keyVersion,
  owner: ownerBytes(purpose.orgId, null),
});

const fieldFor = (purpose: KeyPurpose): Uint8Array => fieldBytes(`${purpose.kind}/${purpose.version}`, SCHEMA_VERSION);
