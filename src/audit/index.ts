/** The append-only ledger: one line for each decision, committed with it; no line ever holds a shopper's value. */
import {
  type AuditEventInsert,
  type AuditEventRow,
  auditEvents,
  type Data,
  type Scope,
  type Tx,
} from "../data/index.js";
import type { AuditEventId, ConsumerId } from "../kernel/ids.js";

export { type LedgerAction, type LedgerEntry, type LedgerFacts, lineOf, type SubjectKind } from "./entry.js";

/** Adds a line to the transaction of what it tells about. */
export const record = (tx: Tx, line: AuditEventInsert): Promise<void> => auditEvents.insert(tx, line);

export interface LedgerQuery {
  readonly limit: number;
  /** The last line of the page before. */
  readonly after: AuditEventId | null;
  readonly consumerId?: ConsumerId | null;
  readonly action?: string | null;
  /** Written after this moment, itself excluded. */
  readonly since?: Date | null;
  /** Written before this moment, itself excluded. */
  readonly until?: Date | null;
}

/** Lines of this scope, the newest first. */
export const page = (data: Data, scope: Scope, query: LedgerQuery): Promise<AuditEventRow[]> =>
  data.inScope(scope, (tx) =>
    auditEvents.list(
      tx,
      { limit: query.limit, after: query.after, descending: true },
      { consumerId: query.consumerId, action: query.action, after: query.since, before: query.until },
    ),
  );
