/** An org's keys as they come out of the keystore, ready for use. */
import type { Clock } from "../kernel/clock.js";
import type { OrgId } from "../kernel/ids.js";
import { fingerprintKeyOf } from "./blind-index.js";
import { EnvelopeRejected } from "./envelope.js";
import { makeFirstKeys } from "./first-keys.js";
import { Key } from "./key.js";
import { KeyUnavailable } from "./key-errors.js";
import type { Keystore, StoredKey } from "./keystore.js";
import type { KeyKind, KmsProvider } from "./kms.js";

/** One org's keys. They are wiped a grace after their time in memory is over; then using one throws KeysReleased. */
export interface OrgKeys {
  readonly orgId: OrgId;
  /** Version of the key that wraps from now on. */
  readonly currentVersion: number;
  /** The key of that version, or undefined when it is unknown or retired. */
  readonly kek: (version: number) => Key | undefined;
  /** The current one first. */
  readonly indexKeys: readonly IndexKey[];
  /** Made from the print key, which is not kept. */
  readonly fingerprintKey: Key;
}

export interface IndexKey {
  readonly version: number;
  readonly key: Key;
}

/** They are whoever loaded them to wipe. */
export interface HeldKeys extends OrgKeys {
  readonly wipe: () => void;
}

/** Reads and unwraps the org's keys that may be used. Throws KeyUnavailable when it has none. */
export async function loadOrgKeys(
  { kms, keystore, clock }: { readonly kms: KmsProvider; readonly keystore: Keystore; readonly clock: Clock },
  orgId: OrgId,
): Promise<HeldKeys> {
  let stored = await keystore.list(orgId);
  if (stored.length === 0) {
    // A keystore that was lost must be put back: new keys would seal beside data that they cannot open.
    throw new KeyUnavailable(`The keystore has no key of org ${orgId}: put the keystore back from its backup.`);
  }
  // An org from before there were such keys.
  if (!stored.some(({ kind }) => kind === "print")) {
    await makeFirstKeys(kms, keystore, clock, orgId);
    stored = await keystore.list(orgId);
  }
  const keks = new Map<number, Key>();
  const printKeys = new Map<number, Key>();
  let fingerprintKey: Key | null = null;
  const indexKeys: IndexKey[] = [];
  const wipe = (): void => {
    for (const key of keks.values()) key.wipe();
    for (const { key } of indexKeys) key.wipe();
    for (const key of printKeys.values()) key.wipe();
    fingerprintKey?.wipe();
  };
  try {
    for (const item of stored) {
      // What signs is read when something is signed, and is not kept.
      if (!isUsable(item) || item.kind === "sign") continue;
      const key = await unwrapKey(kms, orgId, item);
      if (item.kind === "kek") keks.set(item.version, key);
      else if (item.kind === "print") printKeys.set(item.version, key);
      else indexKeys.push({ version: item.version, key });
    }
    const currentVersion = currentOf(stored, "kek");
    const currentIndex = currentOf(stored, "index");
    indexKeys.sort((a, b) => Number(b.version === currentIndex) - Number(a.version === currentIndex));
    const printKey = printKeys.get(currentOf(stored, "print"));
    if (printKey === undefined) throw new KeyUnavailable("An org has no print key.");
    fingerprintKey = fingerprintKeyOf(printKey);
    for (const key of printKeys.values()) key.wipe();
    return { orgId, currentVersion, kek: (version) => keks.get(version), indexKeys, fingerprintKey, wipe };
  } catch (error) {
    wipe();
    throw error;
  }
}

const isUsable = ({ status }: StoredKey): boolean => status === "current" || status === "decrypt-only";

/** The key's bytes, which the caller wipes. Throws KeyUnavailable. */
export async function unwrapBytes(
  kms: KmsProvider,
  orgId: OrgId,
  { kind, version, wrapped }: StoredKey,
): Promise<Buffer> {
  return await kms.unwrap(wrapped, { orgId, kind, version }).catch((error: unknown) => {
    if (!(error instanceof EnvelopeRejected)) throw error;
    throw new KeyUnavailable(`The root key does not open ${kind} key ${version} of org ${orgId}.`, { cause: error });
  });
}

async function unwrapKey(kms: KmsProvider, orgId: OrgId, stored: StoredKey): Promise<Key> {
  const bytes = await unwrapBytes(kms, orgId, stored);
  try {
    return new Key(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** The highest version that is `current`. */
export function currentOf(stored: readonly StoredKey[], kind: KeyKind): number {
  const current = stored.findLast((key) => key.kind === kind && key.status === "current");
  if (current === undefined) throw new KeyUnavailable(`An org has no current ${kind} key.`);
  return current.version;
}
