/**
 * Org keys in memory, for a bounded time and a bounded number of orgs. Consumer keys are never kept: one that stayed
 * here would open a shopper who has been forgotten.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../kernel/clock.js";
import type { OrgId } from "../kernel/ids.js";
import { makeFirstKeys } from "./first-keys.js";
import { KeyUnavailable } from "./key-errors.js";
import type { Keystore } from "./keystore.js";
import type { KmsProvider } from "./kms.js";
import { type HeldKeys, loadOrgKeys, type OrgKeys } from "./org-keys.js";

export interface KeyRing {
  /** Makes the org's first keys where it has none. Idempotent, and one winner between processes. */
  readonly create: (orgId: OrgId) => Promise<void>;
  /** The org's keys, loaded once however many ask at the same time. Throws KeyUnavailable when it has none. */
  readonly forOrg: (orgId: OrgId) => Promise<OrgKeys>;
  /** The org's keys when they are in memory. */
  readonly peek: (orgId: OrgId) => OrgKeys | undefined;
  /** Keys are read from the keystore anew when they are next asked for; what was lent before is good for its grace. */
  readonly refresh: () => void;
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

export function openKeyRing({ kms, keystore, clock, ttlMs }: KeyRingOptions): KeyRing {
  const leaving = new Map<HeldKeys, number>();
  const loading = new Map<OrgId, Promise<HeldKeys>>();
  let closed = false;
  /** Counts the refreshes. */
  let generation = 0;
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
    const begun = generation;
    const keys = await loadOrgKeys({ kms, keystore, clock }, orgId);
    if (closed) {
      keys.wipe();
      throw new KeyUnavailable("The vault is closed.");
    }
    if (begun === generation) cache.set(orgId, keys);
    else leaving.set(keys, now() + RELEASE_GRACE_MS);
    return keys;
  }

  return {
    create: (orgId) => makeFirstKeys(kms, keystore, clock, orgId),
    peek: (orgId) => cache.get(orgId),
    refresh: () => {
      // What is being read right now may have been read before the change.
      loading.clear();
      generation += 1;
      cache.clear();
    },
    forOrg: async (orgId) => {
      if (closed) throw new KeyUnavailable("The vault is closed.");
      sweep();
      const held = cache.get(orgId);
      if (held !== undefined) return held;
      const underWay = loading.get(orgId) ?? load(orgId);
      loading.set(orgId, underWay);
      return underWay.finally(() => {
        if (loading.get(orgId) === underWay) loading.delete(orgId);
      });
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
