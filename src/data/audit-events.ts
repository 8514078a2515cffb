import type { AuditEventId, ConsumerId } from "../kernel/ids.js";
import { AuditEventEntity } from "./entities/ledger.js";
import type { AuditEventInsert, AuditEventRow } from "./rows.js";
import { own, type Page, plain, type Tx, toPage } from "./tx.js";

export interface AuditEventFilter {
  readonly consumerId?: ConsumerId | null;
  readonly action?: string | null;
  /** After this moment, itself excluded. */
  readonly after?: Date | null;
  /** Before this moment, itself excluded. */
  readonly before?: Date | null;
}

/** Adds a line; it is there when the transaction commits, and nobody changes it then. */
export async function insert(tx: Tx, event: AuditEventInsert): Promise<void> {
  await tx.em.insert(AuditEventEntity, { ...own(tx), ...event, facts: { ...event.facts } });
}

export async function list(tx: Tx, page: Page<AuditEventId>, filter: AuditEventFilter = {}): Promise<AuditEventRow[]> {
  const { where, options } = toPage(page);
  const at = {
    ...(filter.after ? { $gt: filter.after } : {}),
    ...(filter.before ? { $lt: filter.before } : {}),
  };
  const wanted = {
    ...own(tx),
    ...where,
    ...(filter.consumerId ? { consumerId: filter.consumerId } : {}),
    ...(filter.action ? { action: filter.action } : {}),
    ...(Object.keys(at).length > 0 ? { at } : {}),
  };
  return (await tx.em.find(AuditEventEntity, wanted, options)).map((found) => {
    // Left to whoever seals the ledger.
    const { xid: _xid, ...event } = plain(found);
    return event;
  });
}
