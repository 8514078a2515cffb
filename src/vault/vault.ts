/** Opens the vault: the self-test first, then the root key, then orgs as they are asked for. */
import { setTimeout as wait } from "node:timers/promises";
import { type Clock, systemClock } from "../kernel/clock.js";
import { openEnvelopes } from "./envelope.js";
import { type KeyEpochs, openKeyEpochs } from "./key-epochs.js";
import { KeyUnavailable } from "./key-errors.js";
import { openKeyRing } from "./key-ring.js";
import type { Keystore } from "./keystore.js";
import type { KmsProvider } from "./kms.js";
import type { OrgKeys } from "./org-keys.js";
import { makeOrgVault } from "./org-vault.js";
import { runSelfTest } from "./self-test.js";
import { signAs } from "./signer.js";
import type { OrgVault, RootProgress, Vault } from "./types.js";

export interface VaultOptions {
  readonly kms: KmsProvider;
  readonly keystore: Keystore;
  /** For the time that org keys stay in memory. */
  readonly clock?: Clock;
  /** How long org keys stay in memory, in milliseconds; 5 minutes by default. Consumer keys never do. */
  readonly keyTtlMs?: number;
}

const FIVE_MINUTES_MS = 5 * 60_000;

/** Throws SelfTestFailed when the cryptography is broken, and KeyUnavailable when there is no usable root key. */
export async function openVault({
  kms,
  keystore,
  clock = systemClock,
  keyTtlMs = FIVE_MINUTES_MS,
}: VaultOptions): Promise<Vault> {
  runSelfTest();
  await kms.primaryKeyId();
  const ring = openKeyRing({ kms, keystore, clock, ttlMs: keyTtlMs });
  const envelopes = openEnvelopes();
  const epochs = openKeyEpochs({ kms, keystore, clock });
  const made = new WeakMap<OrgKeys, OrgVault>();

  function vaultOf(keys: OrgKeys): OrgVault {
    const known = made.get(keys);
    if (known !== undefined) return known;
    const vault = makeOrgVault(envelopes, keys);
    made.set(keys, vault);
    return vault;
  }

  return {
    createOrg: async (orgId) => {
      await ring.create(orgId);
      return vaultOf(await ring.forOrg(orgId));
    },
    org: async (orgId) => vaultOf(await ring.forOrg(orgId)),
    cachedOrg: (orgId) => {
      const keys = ring.peek(orgId);
      return keys === undefined ? undefined : vaultOf(keys);
    },
    sign: (orgId, makeMessage) => signAs(kms, keystore, orgId, makeMessage),
    erasures: keystore.erasures,
    receipts: keystore.receipts,
    epochs,
    refresh: ring.refresh,
    rotateRoot: (settleMs, onProgress) => rotateRoot(kms, epochs, settleMs, onProgress),
    health: kms.health,
    close: () => {
      ring.close();
      kms.close?.();
    },
  };
}

/** Every step can be repeated: what was cut off anywhere goes on with the key that it added. */
async function rotateRoot(
  kms: KmsProvider,
  epochs: KeyEpochs,
  settleMs: number,
  onProgress: (progress: RootProgress) => void = () => undefined,
): Promise<number> {
  if (kms.addRootKey === undefined || kms.dropOldRootKeys === undefined)
    throw new KeyUnavailable(`The root key of the provider "${kms.name}" is not rotated from here.`);
  const keyId = await kms.addRootKey();
  let rewrapped = 0;
  const rewrap = () =>
    epochs.rewrapUnderRoot((count, orgs) => {
      rewrapped += count;
      onProgress({ keyId, stage: "renewing", orgs, rewrapped, waitMs: 0 });
    });
  await rewrap();
  const orgs = (await epochs.orgs()).length;
  onProgress({ keyId, stage: "settling", orgs, rewrapped, waitMs: settleMs });
  await wait(settleMs);
  // Whoever made a key with what it had read before is done by now.
  await rewrap();
  await kms.dropOldRootKeys();
  onProgress({ keyId, stage: "steady", orgs, rewrapped, waitMs: 0 });
  return rewrapped;
}
