import { TokenIssuerEntity } from "./entities/token-issuer.js";
import type { Json } from "./rows.js";
import { own, plain, type Tx } from "./tx.js";

/** How an org's own tokens are checked: by one of the two. */
export interface TokenIssuerRow {
  /** What `iss` must be; null: anything. */
  readonly issuer: string | null;
  /** JSON Web Key Set, public keys. */
  readonly jwks: Json;
  /** Sealed. */
  readonly secret: Buffer | null;
  /** When it was put there. */
  readonly updatedAt: Date;
}

/** The scope's; null when the org issues no tokens there. */
export async function find(tx: Tx): Promise<TokenIssuerRow | null> {
  const found = await tx.em.findOne(TokenIssuerEntity, { ...own(tx) }, { refresh: true });
  if (found === null) return null;
  const { issuer, jwks, secret, updatedAt } = plain(found);
  return { issuer, jwks, secret, updatedAt };
}

export async function put(tx: Tx, row: Omit<TokenIssuerRow, "updatedAt">, at: Date): Promise<void> {
  const { orgId, environment } = own(tx);
  const jwks = row.jwks === null ? null : JSON.stringify(row.jwks);
  await tx.em.execute(
    `insert into token_issuer (org_id, environment, issuer, jwks, secret, updated_at) values (?, ?, ?, ?::jsonb, ?, ?)
     on conflict (org_id, environment) do update set issuer = excluded.issuer, jwks = excluded.jwks,
       secret = excluded.secret, updated_at = excluded.updated_at`,
    [orgId, environment, row.issuer, jwks, row.secret, at],
  );
}

/** False when there was none. */
export async function remove(tx: Tx): Promise<boolean> {
  return (await tx.em.nativeDelete(TokenIssuerEntity, { ...own(tx) })) > 0;
}
