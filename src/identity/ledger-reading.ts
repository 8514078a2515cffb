import { page } from "../audit/index.js";
import { type AuditEventRow, consumers } from "../data/index.js";
import { asId, fromWire, toWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import type { AuditQuery } from "./inputs.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { consumerKeyOf } from "./references.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import type { AuditEventView, PageView } from "./views.js";

/** As every action is written. PostgreSQL takes no NUL and no lone surrogate, and need not be asked for anything else. */
const ACTION = /^[A-Za-z]{1,40}\.[A-Za-z]{1,40}$/;

/** The newest first. A consumer that is not visible has no lines, and neither has an action that there is not. */
export async function listAuditEvents(
  rooms: Rooms,
  caller: Caller,
  query: AuditQuery,
): Promise<PageView<AuditEventView>> {
  requireScope(caller, "audit:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("evt", cursor));
  const { consumer, action, after: since, before: until } = query.filter ?? {};
  const consumerId = consumer ? await findId(rooms, caller, consumer) : null;
  const isUnknown = (consumer && consumerId === null) || (action && !ACTION.test(action));
  if (isUnknown) return pageOf([], first, after !== null);
  const rows = await page(rooms.data, caller.scope, { limit: first + 1, after, consumerId, action, since, until });
  return pageOf(rows.map(viewEvent), first, after !== null);
}

async function findId(rooms: Rooms, caller: Caller, ref: Parameters<typeof consumerKeyOf>[0]) {
  const key = consumerKeyOf(ref, ["filter", "consumer"]);
  const found = key === null ? null : await rooms.data.inScope(caller.scope, (tx) => consumers.find(tx, key));
  return found?.id ?? null;
}

const SUBJECT_IDS: Readonly<Record<string, (uuid: string) => string>> = {
  org: (uuid) => toWire("org", asId("org", uuid)),
  apiKey: (uuid) => toWire("key", asId("key", uuid)),
  store: (uuid) => toWire("sto", asId("sto", uuid)),
  consumer: (uuid) => toWire("csm", asId("csm", uuid)),
  checkoutIdentity: (uuid) => toWire("chk", asId("chk", uuid)),
  impersonationSession: (uuid) => toWire("imp", asId("imp", uuid)),
  operatorLogin: (uuid) => toWire("opl", asId("opl", uuid)),
  anonymization: (uuid) => toWire("anr", asId("anr", uuid)),
  connection: (uuid) => toWire("con", asId("con", uuid)),
};

const viewEvent = (row: AuditEventRow): AuditEventView => ({
  id: toWire("evt", row.id),
  at: row.at,
  action: row.action,
  actorKind: row.actorKind,
  actorId: row.actorId === null ? null : toWire("key", row.actorId),
  subjectKind: row.subjectKind,
  subjectId: row.subjectId === null ? null : (SUBJECT_IDS[row.subjectKind ?? ""]?.(row.subjectId) ?? null),
  consumerId: row.consumerId === null ? null : toWire("csm", row.consumerId),
  purpose: row.purpose,
  outcome: row.outcome,
  requestId: row.requestId,
  facts: row.facts,
});
