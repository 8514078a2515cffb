/** What the vault lends: keys stay inside it, and callers hold wrapped bytes, envelopes and masked text. */
import type { ConsumerId, OrgId } from "../kernel/ids.js";
import type { ErasureLedger } from "./erasure-ledger.js";
import type { KeyEpochs } from "./key-epochs.js";
import type { KmsHealth } from "./kms.js";
import type { ReceiptLedger } from "./receipt-ledger.js";
import type { Signature } from "./signer.js";

/** A consumer's data key as the database keeps it. Deleting every copy of it forgets the consumer. */
export interface WrappedKey {
  /** Version of the consumer's own key; it is written into every envelope that the key seals. */
  readonly version: number;
  /** Version of the org key that wraps it. */
  readonly kekVersion: number;
  /** Envelope of type 02, 144 bytes. */
  readonly wrapped: Buffer;
}

/** Seals and opens one consumer's fields. It works only inside the `withConsumer` call that lent it. */
export interface ConsumerBox {
  /** A new envelope each time, with its own nonce. Text is sealed as UTF-8. At most 1 MiB. */
  readonly seal: (field: string, plaintext: Uint8Array | string) => Buffer;
  /** The sealed bytes, in memory of their own: the caller wipes them. Throws EnvelopeRejected. */
  readonly open: (field: string, envelope: Uint8Array) => Buffer;
  /** The sealed text. A string cannot be wiped, so ask for it late. Throws EnvelopeRejected. */
  readonly openText: (field: string, envelope: Uint8Array) => string;
}

/** A field by which a consumer can be found without opening anything. */
export type IndexedField = "email" | "document";

/** One row of the blind index: equal within an org for equal values, unrelated across orgs. */
export interface BlindIndex {
  /** Version of the org's index key. */
  readonly version: number;
  /** 16 bytes. */
  readonly value: Buffer;
}

/**
 * One org's part of the vault. Use it at once and ask the vault again after any wait: its keys are released a while
 * after their time in memory is over, and then every call throws KeysReleased.
 */
export interface OrgVault {
  readonly orgId: OrgId;
  /**
   * A fresh random key for a consumer, wrapped under the org's current key. Its version (1 by default) is larger than
   * every one the consumer had before.
   */
  readonly newConsumerKey: (consumerId: ConsumerId, version?: number) => WrappedKey;
  /**
   * Unwraps the consumer's key, lends a box and wipes the key when `use` returns or throws. Synchronous: a box that
   * outlives the call throws BoxClosed. Throws EnvelopeRejected when the key is not this consumer's.
   */
  readonly withConsumer: <T>(consumerId: ConsumerId, key: WrappedKey, use: (box: ConsumerBox) => T) => T;
  /** The same consumer key wrapped under the org's current key. Throws EnvelopeRejected. */
  readonly rewrap: (consumerId: ConsumerId, key: WrappedKey) => WrappedKey;
  /** Seals a secret of the org itself (a store's credentials, a webhook secret) under the name it is kept by. */
  readonly sealSecret: (name: string, secret: Uint8Array | string) => Buffer;
  /** The same secret under the org's current key; null when it is that already. Throws EnvelopeRejected. */
  readonly renewSecret: (name: string, envelope: Uint8Array) => Buffer | null;
  /** The secret's bytes, which the caller wipes. Throws EnvelopeRejected. */
  readonly openSecret: (name: string, envelope: Uint8Array) => Buffer;
  /** One value per index key version: query by all of them, write all of them. The current one is first. */
  readonly blindIndex: (field: IndexedField, normalised: string) => readonly BlindIndex[];
  /** 32 bytes that stand for a text which may hold personal data. Equal texts of one org are equal. */
  readonly fingerprint: (text: string) => Buffer;
  /** Whether the fingerprint stands for this text. */
  readonly matchesFingerprint: (text: string, fingerprint: Uint8Array) => boolean;
}

/** How far a rotation of the root key is. */
export interface RootProgress {
  /** The new root key's. */
  readonly keyId: string;
  readonly stage: "renewing" | "settling" | "steady";
  /** Orgs whose keys are under the new one. */
  readonly orgs: number;
  /** Keys wrapped anew so far. */
  readonly rewrapped: number;
  /** Before the next stage, in milliseconds. */
  readonly waitMs: number;
}

export interface Vault {
  /** Makes a new org's keys. For one that has keys it is the same as `org`. */
  readonly createOrg: (orgId: OrgId) => Promise<OrgVault>;
  /** The org's vault. Throws KeyUnavailable when the keystore has no keys of this org. */
  readonly org: (orgId: OrgId) => Promise<OrgVault>;
  /** The org's vault when its keys are in memory: the way that needs no await. */
  readonly cachedOrg: (orgId: OrgId) => OrgVault | undefined;
  /**
   * Signs for the org with Ed25519. `makeMessage` is told whose signature it will be, so that the message can name it.
   */
  readonly sign: (
    orgId: OrgId,
    makeMessage: (key: Pick<Signature, "keyId" | "publicKey">) => Uint8Array,
  ) => Promise<Signature>;
  /** Who was forgotten, kept with the keys. */
  readonly erasures: ErasureLedger;
  /** Every receipt that was issued, kept with the keys. */
  readonly receipts: ReceiptLedger;
  /** Rotation of an org's keys, and of the root key. */
  readonly epochs: KeyEpochs;
  /**
   * A new root key, every org's keys under it, and the old root keys destroyed after `settleMs`, in which every other
   * process comes to wrap with the new one; how many keys were wrapped anew. Throws KeyUnavailable where the root key is
   * not this gateway's to rotate. What was cut off anywhere is gone on with, with the root key that it had added.
   */
  readonly rotateRoot: (settleMs: number, onProgress?: (progress: RootProgress) => void) => Promise<number>;
  /** Keys have changed in the keystore: they are read anew when they are next asked for. */
  readonly refresh: () => void;
  readonly health: () => Promise<KmsHealth>;
  /** Wipes every key in memory. The vault is of no use afterwards. */
  readonly close: () => void;
}
