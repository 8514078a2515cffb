/**
 * How a key of an org gives way to the next one. Each stage is one durable change of the keystore, so a rotation that was
 * cut off goes on where it was:
 *
 *     mint      v2 decrypt-only    every gateway learns it before anything is made with it
 *     promote   v2 current, v1 decrypt-only
 *     (whoever keeps what v1 made makes it anew with v2, until there is nothing left)
 *     retire    v1 retired         refused from now on; it could still be taken back
 *     destroy   v1 destroyed       what is left of it in backups is useless
 */
import type { Clock } from "../kernel/clock.js";
import type { OrgId } from "../kernel/ids.js";
import { addFreshKey } from "./first-keys.js";
import { KEY_BYTES } from "./key.js";
import { KeyUnavailable } from "./key-errors.js";
import type { Keystore, StoredKey } from "./keystore.js";
import type { KmsProvider } from "./kms.js";
import { unwrapBytes } from "./org-keys.js";

/** Which keys have epochs. */
export type EpochKind = "kek" | "index";

/** How far a kind's newest rotation has come. */
export type EpochStage = "steady" | "minted" | "promoted" | "retired";

export interface Epoch {
  readonly kind: EpochKind;
  readonly stage: EpochStage;
  /** The version that makes things. */
  readonly current: number;
  /** The version that takes over; null unless `minted`. */
  readonly next: number | null;
  /** The versions that give way and are not destroyed; empty unless `promoted` or `retired`. */
  readonly old: readonly number[];
  /** When it came to this stage. */
  readonly since: Date;
}

export interface KeyEpochs {
  /** Every org that has keys. */
  readonly orgs: () => Promise<readonly OrgId[]>;
  readonly look: (orgId: OrgId, kind: EpochKind) => Promise<Epoch>;
  /** From `steady` only; a rotation that is under way is answered as it is. */
  readonly mint: (orgId: OrgId, kind: EpochKind) => Promise<Epoch>;
  readonly promote: (orgId: OrgId, kind: EpochKind) => Promise<Epoch>;
  readonly retire: (orgId: OrgId, kind: EpochKind) => Promise<Epoch>;
  /** Something made with the old key has turned up after all: it opens again. */
  readonly unretire: (orgId: OrgId, kind: EpochKind) => Promise<Epoch>;
  readonly destroy: (orgId: OrgId, kind: EpochKind) => Promise<Epoch>;
  /**
   * Wraps every key of every org under the root key's primary version; how many were not before. After each org it tells how many
   * of that one's were not, and how many orgs it has been through.
   */
  readonly rewrapUnderRoot: (onOrg?: (count: number, orgs: number) => void) => Promise<number>;
}

interface EpochOptions {
  readonly kms: KmsProvider;
  readonly keystore: Keystore;
  readonly clock: Clock;
}

export function openKeyEpochs({ kms, keystore, clock }: EpochOptions): KeyEpochs {
  const look = async (orgId: OrgId, kind: EpochKind): Promise<Epoch> => epochOf(await keystore.list(orgId), kind);

  const setAll = async (orgId: OrgId, kind: EpochKind, status: "decrypt-only" | "retired"): Promise<Epoch> => {
    const { old } = await look(orgId, kind);
    for (const version of old) await keystore.setStatus(orgId, kind, version, status, clock.now());
    return look(orgId, kind);
  };

  return {
    orgs: keystore.orgs,
    look,
    mint: async (orgId, kind) => {
      const epoch = await look(orgId, kind);
      if (epoch.stage !== "steady") return epoch;
      const version = Math.max(...(await keystore.list(orgId)).filter((key) => key.kind === kind).map(versionOf)) + 1;
      await addFreshKey(kms, keystore, clock, { orgId, kind, version, status: "decrypt-only" });
      return look(orgId, kind);
    },
    promote: async (orgId, kind) => {
      const { current, next } = await look(orgId, kind);
      if (next === null) return look(orgId, kind);
      // Of two current ones the higher counts: a crash in between leaves a usable org.
      await keystore.setStatus(orgId, kind, next, "current", clock.now());
      await keystore.setStatus(orgId, kind, current, "decrypt-only", clock.now());
      return look(orgId, kind);
    },
    retire: (orgId, kind) => setAll(orgId, kind, "retired"),
    unretire: (orgId, kind) => setAll(orgId, kind, "decrypt-only"),
    destroy: async (orgId, kind) => {
      const { stage, old } = await look(orgId, kind);
      if (stage !== "retired") throw new KeyUnavailable("Only a retired key is destroyed.");
      for (const version of old) await keystore.destroy(orgId, kind, version, clock.now());
      return look(orgId, kind);
    },
    rewrapUnderRoot: async (onOrg) => {
      let count = 0;
      for (const [at, orgId] of (await keystore.orgs()).entries()) {
        const rewrapped = await rewrapOrg(kms, keystore, orgId);
        count += rewrapped;
        onOrg?.(rewrapped, at + 1);
      }
      return count;
    },
  };
}

const versionOf = ({ version }: StoredKey): number => version;

function epochOf(stored: readonly StoredKey[], kind: EpochKind): Epoch {
  const keys = stored.filter((key) => key.kind === kind && key.status !== "destroyed");
  const current = keys.findLast(({ status }) => status === "current");
  if (current === undefined) throw new KeyUnavailable(`An org has no current ${kind} key.`);
  const next = keys.find(({ version }) => version > current.version) ?? null;
  // A second `current` of a lower version is one that a crash kept from being told.
  const old = keys.filter(({ version }) => version < current.version);
  const isRetired = old.length > 0 && old.every(({ status }) => status === "retired");
  const stage = next !== null ? "minted" : old.length === 0 ? "steady" : isRetired ? "retired" : "promoted";
  const moved = [current, ...(next === null ? [] : [next]), ...old].map(({ since }) => Date.parse(since));
  return {
    ...{ kind, stage, current: current.version, next: next?.version ?? null, old: old.map(versionOf) },
    since: new Date(Math.max(...moved)),
  };
}

async function rewrapOrg(kms: KmsProvider, keystore: Keystore, orgId: OrgId): Promise<number> {
  let count = 0;
  for (const key of await keystore.list(orgId)) {
    if (key.status === "destroyed" || (await kms.isCurrent(key.wrapped))) continue;
    const bytes = await unwrapBytes(kms, orgId, key);
    try {
      if (bytes.length !== KEY_BYTES) throw new KeyUnavailable("A key of another length came out of the keystore.");
      const { kind, version } = key;
      await keystore.rewrap(orgId, kind, version, await kms.wrap(bytes, { orgId, kind, version }));
      count += 1;
    } finally {
      bytes.fill(0);
    }
  }
  return count;
}
