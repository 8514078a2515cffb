import { record } from "../audit/index.js";
import { type ApiKeyRow, apiKeys, type Tx } from "../data/index.js";
import { asId, fromWire, newId, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import { hashApiKey, mintApiKey } from "./api-key-format.js";
import type { Caller } from "./caller.js";
import { intendEnds } from "./impersonation-end.js";
import type { CreateApiKeyInput, PageQuery, RevokeApiKeyInput } from "./inputs.js";
import { judgeTitle } from "./names.js";
import { claimOf, once } from "./once.js";
import { endLogins } from "./operator-login-end.js";
import { viewOrg } from "./orgs.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { ledgerLine, type Rooms } from "./rooms.js";
import { isScope, requireScope, type ScopeName } from "./scopes.js";
import type { ApiKeyView, PageView, ViewerView } from "./views.js";

const viewApiKey = (row: ApiKeyRow): ApiKeyView => ({
  id: toWire("key", row.id),
  name: row.name,
  environment: row.environment,
  last4: row.last4,
  scopes: row.scopes.filter(isScope),
  ownerKind: row.ownerKind,
  ownerName: row.ownerName,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  revokedAt: row.revokedAt,
  lastUsedAt: row.lastUsedAt,
});

const keyNotFound = () => new Refusal("NOT_FOUND", "No such API key is visible to this key.", { field: ["id"] });

/** NOT_FOUND for the command line, which has no key. */
export async function viewer(rooms: Rooms, caller: Caller): Promise<ViewerView> {
  const { keyId } = caller;
  const row = keyId === null ? null : await rooms.data.inScope(caller.scope, (tx) => apiKeys.find(tx, keyId));
  if (row === null && caller.actorKind !== "TOKEN") throw keyNotFound();
  const apiKey = row === null ? null : viewApiKey(row);
  return { org: viewOrg(caller.org), environment: caller.scope.environment, apiKey, owner: caller.owner };
}

export async function listApiKeys(rooms: Rooms, caller: Caller, query: PageQuery): Promise<PageView<ApiKeyView>> {
  requireScope(caller, "keys:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("key", cursor));
  const rows = await rooms.data.inScope(caller.scope, (tx) => apiKeys.list(tx, { limit: first + 1, after }));
  return pageOf(rows.map(viewApiKey), first, after !== null);
}

/** One answer for each id, in the order asked; null where no such key is visible. One query for all. */
export async function findApiKeys(
  rooms: Rooms,
  caller: Caller,
  wireIds: readonly string[],
): Promise<readonly (ApiKeyView | null)[]> {
  requireScope(caller, "keys:read");
  const ids = wireIds.flatMap((id) => fromWire("key", id) ?? []);
  const rows = await rooms.data.inScope(caller.scope, (tx) => apiKeys.findMany(tx, ids));
  const found = new Map(rows.map((row) => [toWire("key", row.id), viewApiKey(row)]));
  return wireIds.map((id) => found.get(id) ?? null);
}

export async function createApiKey(
  rooms: Rooms,
  caller: Caller,
  given: CreateApiKeyInput,
): Promise<{ readonly apiKey: ApiKeyView; readonly secret: string | null }> {
  requireScope(caller, "keys:write");
  const now = rooms.clock.now();
  const judged = {
    name: judgeTitle(given.name, "name"),
    ownerName: judgeTitle(given.ownerName, "ownerName"),
    ownerKind: given.ownerKind,
    scopes: judgeScopes(caller, given.scopes),
    expiresAt: judgeExpiry(given.expiresAt ?? null, now),
  };
  const work = async (tx: Tx) => {
    const secret = mintApiKey(caller.scope.environment);
    const key = { ...judged, id: newId("key"), hash: hashApiKey(secret), last4: secret.slice(-4), createdAt: now };
    const row = await apiKeys.insert(tx, key);
    const { scopes, ownerKind } = judged;
    const subject = { kind: "apiKey", id: row.id } as const;
    await record(tx, ledgerLine(rooms, caller, { action: "key.created", subject, facts: { scopes, ownerKind } }));
    return { ids: { apiKey: row.id as string }, answer: { apiKey: viewApiKey(row), secret } };
  };
  return once<{ apiKey: string }, { apiKey: ApiKeyView; secret: string | null }>(
    rooms,
    caller,
    claimOf("createApiKey", given),
    work,
    async (tx, ids) => ({ apiKey: viewApiKey(await expectKey(tx, ids.apiKey)), secret: null }),
  );
}

async function expectKey(tx: Tx, id: string): Promise<ApiKeyRow> {
  const row = await apiKeys.find(tx, asId("key", id));
  if (row === null) throw keyNotFound();
  return row;
}

/** A key gives away nothing that it lacks: otherwise `keys:write` would be every scope. */
function judgeScopes(caller: Caller, scopes: readonly ScopeName[]): readonly ScopeName[] {
  const judged = [...new Set(scopes)];
  if (judged.length === 0 || !judged.every(isScope))
    throw new Refusal("INVALID", "Give at least one scope, and only known ones.", { field: ["scopes"] });
  if (judged.every((scope) => caller.scopes.has(scope))) return judged;
  throw new Refusal("FORBIDDEN", "A key can only give scopes that it has itself.", {
    field: ["scopes"],
    nextAction: "Give fewer scopes, or use a key that has them.",
  });
}

function judgeExpiry(expiresAt: Date | null, now: Date): Date | null {
  if (expiresAt === null || expiresAt > now) return expiresAt;
  throw new Refusal("INVALID", "Must be in the future.", { field: ["expiresAt"] });
}

/** Idempotent: a key that is revoked already stays revoked since then. */
export async function revokeApiKey(
  rooms: Rooms,
  caller: Caller,
  given: RevokeApiKeyInput,
): Promise<{ readonly apiKey: ApiKeyView }> {
  requireScope(caller, "keys:write");
  const id = typeof given.id === "string" ? fromWire("key", given.id) : null;
  if (id === null) throw keyNotFound();
  const work = async (tx: Tx) => {
    const before = await expectKey(tx, id);
    const row = (await apiKeys.revoke(tx, id, rooms.clock.now())) ?? before;
    if (before.revokedAt === null) {
      await intendEnds(rooms, caller, tx, { keyId: id }, "KEY_REVOKED");
      await endLogins(rooms, caller, tx, { keyId: id }, "KEY_REVOKED");
      await record(tx, ledgerLine(rooms, caller, { action: "key.revoked", subject: { kind: "apiKey", id } }));
    }
    return { ids: { apiKey: id as string }, answer: { apiKey: viewApiKey(row) } };
  };
  return once(rooms, caller, claimOf("revokeApiKey", given), work, async (tx, ids) => ({
    apiKey: viewApiKey(await expectKey(tx, ids.apiKey)),
  }));
}
