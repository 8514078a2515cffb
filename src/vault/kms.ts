/** Who holds the root key: wraps and unwraps org keys, and never lets the root key out. */
import type { OrgId } from "../kernel/ids.js";
import { EnvelopeType, keyVersionOf, openEnvelopes } from "./envelope.js";
import type { Key } from "./key.js";
import { KeyUnavailable } from "./key-errors.js";
import { parseRootKey, type RootKeys, readRootKeyFile } from "./root-keys.js";
import { fieldBytes, ownerBytes, SCHEMA_VERSION } from "./scope.js";

/** `kek` wraps consumer keys and secrets; `index` makes blind indexes and fingerprints. */
export type KeyKind = "kek" | "index";

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
  /** Throws KeyUnavailable, and says why, when there is no root key to use. */
  readonly primaryKeyId: () => Promise<string>;
  readonly destroy?: (keyId: string) => Promise<void>;
  /** Never throws. */
  readonly health: () => Promise<KmsHealth>;
  /** Wipes what is in memory. */
  readonly close?: () => void;
}

/**
 * Root keys in a file: one JSON object with every version, mode 0600, made with a fresh key (in a folder of mode 0700)
 * when it is not there. Read once; a file that others may read is refused. Keep it out of the database's backups.
 */
export const fileKms = (path: string): KmsProvider => localKms("file", () => readRootKeyFile(path));

/**
 * For development: one root key, 32 bytes as 64 hex digits or base64. A process's environment can be read in too many
 * places to be where a real one lives. Throws KeyUnavailable, without the value, for any other text.
 */
export function environmentKms(value: string): KmsProvider {
  const keys: RootKeys = { primary: 1, versions: new Map([[1, parseRootKey(value)]]) };
  return localKms("environment", async () => keys);
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
  const primaryKeyId = async (): Promise<string> => String((await rootKeys()).primary);
  return {
    name,
    primaryKeyId,
    wrap: async (key, purpose, keyId) => {
      const keys = await rootKeys();
      const version = keyId === undefined ? keys.primary : Number(keyId);
      return envelopes.seal(versionOf(keys, version), placeFor(purpose, version), fieldFor(purpose), key);
    },
    unwrap: async (wrapped, purpose) => {
      const version = keyVersionOf(wrapped);
      const rootKey = versionOf(await rootKeys(), version);
      return envelopes.open(rootKey, placeFor(purpose, version), fieldFor(purpose), wrapped);
    },
    health: async () => {
      const keyId = await primaryKeyId().catch(() => null);
      return { status: keyId === null ? "unavailable" : "ready", provider: name, primaryKeyId: keyId };
    },
    close: () => {
      void loading?.then(
        (keys) => {
          for (const key of keys.versions.values()) key.wipe();
        },
        () => undefined,
      );
    },
  };
}

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
