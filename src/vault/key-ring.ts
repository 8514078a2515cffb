/**
 * Org keys in memory, for a bounded time and a bounded number of orgs. Consumer keys are never kept: one that stayed
 * here would open a shopper who has been forgotten.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../kernel/clock.js";
import type { OrgId } from "../kernel/ids.js";
import { EnvelopeRejected } from "./envelope.js";
import { Key, randomKeyBytes } from "./key.js";
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
}

export interface IndexKey {
  readonly version: number;
  readonly key: Key;
}

export interface KeyRing {
  /** Makes the org's first keys where it has none. Idempotent, and one winner between processes. */
  readonly create: (orgId: OrgId) => Promise<void>;
  /** The org's keys, loaded once however many ask at the same time. Throws KeyUnavailable when it has none. */
  readonly forOrg: (orgId: OrgId) => Promise<OrgKeys>;
  /** The org's keys when they are in memory. */
  readonly peek: (orgId: OrgId) => OrgKeys | undefined;
  /** Wipes every key. `forOrg` throws KeyUnavailable afterwards. */
  readonly close: () => void;
}

export interface KeyRingOptions {
  readonly kms: KmsProvider;
  readonly keystore: Keystore;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ttlMs: number;
}

/** Keys lent before they left the cache are good for this long, so that work under way can end. Milliseconds. */
export const RELEASE_GRACE_MS = 60_000;
const MAX_ORGS = 1000;

interface HeldKeys extends OrgKeys {
  readonly wipe: () => void;
}

export function openKeyRing({ kms, keystore, clock, ttlMs }: KeyRingOptions): KeyRing {
  const leaving = new Map<HeldKeys, number>();
  const loading = new Map<OrgId, Promise<HeldKeys>>();
  let closed = false;
  const now = (): number => clock.now().getTime();
  const cache = new LRUCache<OrgId, HeldKeys>({
    max: MAX_ORGS,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now },
    dispose: (keys) => leaving.set(keys, now() + RELEASE_GRACE_MS),
  });

  function sweep(): void {
    cache.purgeStale();
    for (const [keys, wipeAt] of leaving) {
      if (wipeAt > now()) continue;
      keys.wipe();
      leaving.delete(keys);
    }
  }
  const sweeping = setInterval(sweep, Math.max(1000, Math.min(ttlMs, RELEASE_GRACE_MS)));
  sweeping.unref();

  async function load(orgId: OrgId): Promise<HeldKeys> {
    const keys = await loadOrgKeys(kms, keystore, orgId);
    if (closed) {
      keys.wipe();
      throw new KeyUnavailable("The vault is closed.");
    }
    cache.set(orgId, keys);
    return keys;
  }

  return {
    create: (orgId) => makeFirstKeys(kms, keystore, clock, orgId),
    peek: (orgId) => cache.get(orgId),
    forOrg: async (orgId) => {
      if (closed) throw new KeyUnavailable("The vault is closed.");
      sweep();
      const held = cache.get(orgId);
      if (held !== undefined) return held;
      const underWay = loading.get(orgId) ?? load(orgId).finally(() => loading.delete(orgId));
      loading.set(orgId, underWay);
      return underWay;
    },
    close: () => {
      closed = true;
      clearInterval(sweeping);
      cache.clear();
      for (const keys of leaving.keys()) keys.wipe();
      leaving.clear();
    },
  };
}

async function loadOrgKeys(kms: KmsProvider, keystore: Keystore, orgId: OrgId): Promise<HeldKeys> {
  const stored = await keystore.list(orgId);
  if (stored.length === 0) {
    // A keystore that was lost must be put back: new keys would seal beside data that they cannot open.
    throw new KeyUnavailable(`The keystore has no key of org ${orgId}: put the keystore back from its backup.`);
  }
  const keks = new Map<number, Key>();
  const indexKeys: IndexKey[] = [];
  const wipe = (): void => {
    for (const key of keks.values()) key.wipe();
    for (const { key } of indexKeys) key.wipe();
  };
  try {
    for (const item of stored) {
      if (item.status === "retired") continue;
      const key = await unwrapKey(kms, orgId, item);
      if (item.kind === "kek") keks.set(item.version, key);
      else indexKeys.push({ version: item.version, key });
    }
    const currentVersion = currentOf(stored, "kek");
    const currentIndex = currentOf(stored, "index");
    indexKeys.sort((a, b) => Number(b.version === currentIndex) - Number(a.version === currentIndex));
    return { orgId, currentVersion, kek: (version) => keks.get(version), indexKeys, wipe };
  } catch (error) {
    wipe();
    throw error;
  }
}

async function makeFirstKeys(kms: KmsProvider, keystore: Keystore, clock: Clock, orgId: OrgId): Promise<void> {
  const stored = await keystore.list(orgId);
  const missing = (["kek", "index"] as const).filter((kind) => !stored.some((key) => key.kind === kind));
  for (const kind of missing) await makeFirstKey(kms, keystore, clock, { orgId, kind });
}

async function makeFirstKey(
  kms: KmsProvider,
  keystore: Keystore,
  clock: Clock,
  { orgId, kind }: { readonly orgId: OrgId; readonly kind: KeyKind },
): Promise<void> {
  const bytes = randomKeyBytes();
  try {
    const wrapped = await kms.wrap(bytes, { orgId, kind, version: 1 });
    const createdAt = clock.now().toISOString();
    // Where another process was first, its key is the org's.
    await keystore.add(orgId, { kind, version: 1, status: "current", wrapped, createdAt });
  } finally {
    bytes.fill(0);
  }
}

async function unwrapKey(kms: KmsProvider, orgId: OrgId, { kind, version, wrapped }: StoredKey): Promise<Key> {
  const bytes = await kms.unwrap(wrapped, { orgId, kind, version }).catch((error: unknown) => {
    if (!(error instanceof EnvelopeRejected)) throw error;
    throw new KeyUnavailable(`The root key does not open ${kind} key ${version} of org ${orgId}.`, { cause: error });
  });
  try {
    return new Key(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** The highest version that is `current`. */
function currentOf(stored: readonly StoredKey[], kind: KeyKind): number {
  const current = stored.findLast((key) => key.kind === kind && key.status === "current");
  if (current === undefined) throw new KeyUnavailable(`An org has no current ${kind} key.`);
  return current.version;
}
