/** The strongroom: keys, envelopes, masks and the blind index. The only room that holds a key or opens an envelope. */

export { EnvelopeRejected } from "./envelope.js";
export type { ErasedWish, Erasure, ErasureLedger } from "./erasure-ledger.js";
export { KeysReleased } from "./key.js";
export type { Epoch, EpochKind, EpochStage, KeyEpochs } from "./key-epochs.js";
export { KeyUnavailable } from "./key-errors.js";
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
export {
  chainFaults,
  RECEIPT_FORMAT,
  type ReceiptBody,
  type ReceiptVerdict,
  receiptDigest,
  receiptDocument,
  receiptMessage,
  verifyReceipt,
} from "./receipt.js";
export type { KeptReceipt, ReceiptLedger } from "./receipt-ledger.js";
export type { Signature } from "./signer.js";
export type { BlindIndex, ConsumerBox, IndexedField, OrgVault, RootProgress, Vault, WrappedKey } from "./types.js";
export { openVault, type VaultOptions } from "./vault.js";
