/** The shelves: tables, row-level security, migrations, and every statement that reads or writes them. */
export * as apiKeys from "./api-keys.js";
export * as auditEvents from "./audit-events.js";
export * as checkouts from "./checkouts.js";
export * as connections from "./connections.js";
export * as consumers from "./consumers.js";
export type { ApiKeyListener, Data, DataOptions } from "./data.js";
export * as idempotency from "./idempotency.js";
export { migrate } from "./migrate.js";
export { openData } from "./open.js";
export * as orders from "./orders.js";
export * as orgs from "./orgs.js";
export * from "./rows.js";
export * as stores from "./stores.js";
export type { Tx } from "./tx.js";
