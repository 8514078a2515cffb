/** The shelves: tables, row-level security, migrations, and every statement that reads or writes them. */
export * as anonymizations from "./anonymizations.js";
export * as apiKeys from "./api-keys.js";
export * as auditEvents from "./audit-events.js";
export { writeBackup } from "./backup.js";
export * as checkouts from "./checkouts.js";
export * as connections from "./connections.js";
export * as consumers from "./consumers.js";
export type { ApiKeyListener, Data, DataOptions } from "./data.js";
export * as erasure from "./erasure.js";
export type { Forgotten } from "./forgotten.js";
export * as idempotency from "./idempotency.js";
export type * from "./impersonation-rows.js";
export * as impersonations from "./impersonations.js";
export * as keySweeps from "./key-sweeps.js";
export {
  type AddressedStore,
  formOf,
  type HeldSecret,
  type MeetingAsk,
  type MeetingBatch,
  type MeetingRow,
} from "./meetings.js";
export { migrate } from "./migrate.js";
export { openData } from "./open.js";
export type * from "./operator-login-rows.js";
export * as operatorLogins from "./operator-logins.js";
export * as orders from "./orders.js";
export * as orgs from "./orgs.js";
export * as recognitions from "./recognitions.js";
export { BackupUnusable, type Restored, restoreBackup } from "./restore.js";
export * from "./rows.js";
export type { DueStoreAccount, Standing as StoreStanding, StoreAccountRow } from "./store-accounts.js";
export * as storeAccounts from "./store-accounts.js";
export * as storeMemory from "./store-memory.js";
export * as stores from "./stores.js";
export type { TokenIssuerRow } from "./token-issuers.js";
export * as tokenIssuers from "./token-issuers.js";
export type { Tx } from "./tx.js";
