import type { Pass } from "@shopkey/adapter-sdk";
import { connections, type StoreRow } from "../data/index.js";
import { type ConnectionId, fromWire } from "../kernel/ids.js";
import type { OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { connectionNotFound } from "./connection-row.js";
import { openLabel, openQuestion, type Question } from "./connection-seal.js";
import type { ConnectionFormView, ConnectionStepView, FormFieldKind, GatePassView } from "./connection-views.js";
import type { ConnectionQuery } from "./inputs.js";
import { findNamed } from "./named.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { openableUrl, viewConnection } from "./store-view.js";
import type { ConnectionView, PageView } from "./views.js";

/** Null when unknown, foreign or erased. */
export async function findConnection(rooms: Rooms, caller: Caller, wire: string): Promise<ConnectionView | null> {
  requireScope(caller, "connections:read");
  const id = typeof wire === "string" ? fromWire("con", wire) : null;
  return id === null ? null : readConnection(rooms, caller, id);
}

/** The newest first. A consumer or a Store that is not visible has none. */
export async function listConnections(
  rooms: Rooms,
  caller: Caller,
  query: ConnectionQuery,
): Promise<PageView<ConnectionView>> {
  requireScope(caller, "connections:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("con", cursor));
  const named = await findNamed(rooms, caller, query.filter ?? {});
  if (named === null) return pageOf([], first, after !== null);
  const filter = { ...named, status: query.filter?.status };
  const at = { limit: first + 1, after, descending: true };
  const rows = await rooms.data.inScope(caller.scope, (tx) => connections.page(tx, filter, at));
  const org = await openOrg(rooms, caller);
  return pageOf(
    rows.map((sheet) => viewSheet(rooms, org, sheet)),
    first,
    after !== null,
  );
}

/** Without asking for a scope: the caller's right was judged by what it does. */
async function readConnection(rooms: Rooms, caller: Caller, id: ConnectionId): Promise<ConnectionView | null> {
  const sheet = await rooms.data.inScope(caller.scope, (tx) => connections.findSheet(tx, id));
  return sheet === null ? null : viewSheet(rooms, await openOrg(rooms, caller), sheet);
}

/** After a change that found it. */
export async function expectConnection(rooms: Rooms, caller: Caller, id: ConnectionId): Promise<ConnectionView> {
  const view = await readConnection(rooms, caller, id);
  if (view === null) throw connectionNotFound();
  return view;
}

/** A connection with what the shopper has to do for it now. */
export async function readStep(rooms: Rooms, caller: Caller, id: ConnectionId): Promise<ConnectionStepView> {
  const sheet = await rooms.data.inScope(caller.scope, (tx) => connections.findSheet(tx, id));
  if (sheet === null) throw connectionNotFound();
  const { connection: row, store, key } = sheet;
  const ends = row.attemptState === "ASKED" ? row.attemptExpiresAt : null;
  const isAsked = ends !== null && ends > rooms.clock.now();
  const question = isAsked ? await openQuestion(rooms, caller, row, key) : null;
  return {
    connection: viewSheet(rooms, await openOrg(rooms, caller), sheet),
    expiresAt: question === null ? null : ends,
    ...viewQuestion(rooms, store, question),
    ...viewLive(question),
  };
}

const KINDS: Readonly<Record<string, FormFieldKind>> = { text: "TEXT", code: "CODE", password: "PASSWORD" };

function viewQuestion(rooms: Rooms, store: StoreRow, question: Question | null) {
  const form: ConnectionFormView | null =
    question?.kind === "form" || (question?.kind === "pass" && question.fields.length > 0)
      ? { fields: question.fields.map(({ name, title, kind }) => ({ name, title, kind: KINDS[kind] ?? "TEXT" })) }
      : null;
  const redirectUrl = question?.kind === "redirect" ? openableUrl(rooms.stores, store, question.url) : null;
  return { form, redirectUrl, gatePass: question?.kind === "pass" ? viewPass(question.pass) : null };
}

/** The time is the live view's own: the attempt outlasts it, in case the shopper asks for more. */
const viewLive = (question: Question | null) =>
  question?.kind === "liveView"
    ? {
        ...{ liveViewUrl: question.url, sessionId: question.sessionId, contextId: question.contextId },
        expiresAt: new Date(question.expiresAt),
      }
    : { liveViewUrl: null, sessionId: null, contextId: null };

export const viewPass = ({ code, svg, png, expiresAt }: Pass): GatePassView => ({
  ...{ code, svg, expiresAt: new Date(expiresAt) },
  png: `data:image/png;base64,${png}`,
});

export function viewSheet(
  rooms: Rooms,
  org: OrgVault,
  { connection, store, key }: connections.ConnectionSheet,
): ConnectionView {
  const label =
    connection.accountLabel === null || key === null
      ? null
      : org.withConsumer(connection.consumerId, key, (box) => openLabel(box, connection));
  const { credentials, ...card } = store;
  const shown = { ...connection, store: { ...card, hasCredentials: credentials !== null } };
  return viewConnection(rooms.stores, shown, label, connection.consumerId);
}
