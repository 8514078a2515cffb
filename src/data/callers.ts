import type pg from "pg";
import type { ApiKeyId, OrgId } from "../kernel/ids.js";
import { readAgainWhenLost } from "./pool.js";
import type { CallerRow, Environment, OrgSettings, OwnerKind } from "./rows.js";
import { hotTypes, toMoment, toMomentOrNull } from "./wire.js";

interface Wire {
  id: ApiKeyId;
  org_id: OrgId;
  environment: Environment;
  name: string;
  hash: Buffer;
  last4: string;
  scopes: string[];
  owner_kind: OwnerKind;
  owner_name: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  org_name: string;
  org_settings: string;
  org_created_at: number;
}

/** The key with this hash and its org: one round trip, before any org is known. */
export async function callerByKey(pool: pg.Pool, hash: Buffer): Promise<CallerRow | null> {
  const { rows } = await readAgainWhenLost<Wire>(pool, {
    name: "caller_by_key",
    text: "select * from caller_by_key($1::bytea)",
    values: [hash],
    types: hotTypes,
  });
  const row = rows[0];
  return row === undefined ? null : toCaller(row);
}

const toCaller = (row: Wire): CallerRow => ({
  key: {
    id: row.id,
    orgId: row.org_id,
    environment: row.environment,
    name: row.name,
    hash: row.hash,
    last4: row.last4,
    scopes: row.scopes,
    ownerKind: row.owner_kind,
    ownerName: row.owner_name,
    createdAt: toMoment(row.created_at),
    expiresAt: toMomentOrNull(row.expires_at),
    revokedAt: toMomentOrNull(row.revoked_at),
    lastUsedAt: toMomentOrNull(row.last_used_at),
  },
  org: {
    id: row.org_id,
    name: row.org_name,
    settings: JSON.parse(row.org_settings) as OrgSettings,
    createdAt: toMoment(row.org_created_at),
  },
});
