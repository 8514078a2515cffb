/** Who holds the root key: wraps and unwraps org keys, and never lets the root key out. */
import type { OrgId } from "../kernel/ids.js";

/** What a wrapped key is for. It is bound into the wrapping: no org key opens as another. */
export interface KeyPurpose {
  readonly orgId: OrgId;
  readonly kind: KeyKind;
  readonly version: number;
}

/** `kek` wraps consumer keys and secrets; `index` makes blind indexes and fingerprints. */
export type KeyKind = "kek" | "index";

export interface KmsHealth {
  readonly status: "ready" | "unavailable";
  readonly provider: string;
  readonly primaryKeyId: string | null;
}

/** Implement this to keep the root key elsewhere, for example in a cloud KMS. */
export interface KmsProvider {
  readonly name: string;
  /** Wraps 32 bytes under the named root key, or the primary one. */
  readonly wrap: (key: Uint8Array, purpose: KeyPurpose, keyId?: string) => Promise<Buffer>;
  /** The 32 bytes, which the caller wipes. Throws EnvelopeRejected when key, bytes or purpose do not belong together. */
  readonly unwrap: (wrapped: Uint8Array, purpose: KeyPurpose) => Promise<Buffer>;
  readonly primaryKeyId: () => Promise<string>;
  readonly destroy?: (keyId: string) => Promise<void>;
  /** Never throws. */
  readonly health: () => Promise<KmsHealth>;
}

export declare const fileKms: (path: string) => KmsProvider;
export declare const environmentKms: (value: string) => KmsProvider;
