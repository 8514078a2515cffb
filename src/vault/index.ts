/** The strongroom: keys, envelopes, masks and the blind index. The only room that holds a key or opens an envelope. */
import type { Clock } from "../kernel/clock.js";
import type { Keystore } from "./keystore.js";
import type { KmsProvider } from "./kms.js";
import type { Vault } from "./types.js";

export { EnvelopeRejected } from "./envelope.js";
export { folderKeystore, type KeyStatus, type Keystore, type StoredKey } from "./keystore.js";
export { environmentKms, fileKms, type KeyKind, type KeyPurpose, type KmsHealth, type KmsProvider } from "./kms.js";
export {
  type EmailDomainPolicy,
  maskDocument,
  maskEmail,
  maskName,
  maskPhone,
  maskPostalCode,
  maskText,
} from "./mask.js";
export {
  cnpjChecksumValid,
  cpfChecksumValid,
  type DocumentKind,
  normaliseDocument,
  normaliseEmail,
  normalisePhone,
  normalisePostalCode,
} from "./normalise.js";
export type { BlindIndex, ConsumerBox, IndexedField, OrgVault, Vault, WrappedKey } from "./types.js";

export interface VaultOptions {
  readonly kms: KmsProvider;
  readonly keystore: Keystore;
  /** For the time that org keys stay in memory. */
  readonly clock?: Clock;
  /** How long org keys stay in memory, in milliseconds; 5 minutes by default. Consumer keys never do. */
  readonly keyTtlMs?: number;
}

export declare const openVault: (options: VaultOptions) => Promise<Vault>;
