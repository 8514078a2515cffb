import type { ApiKeyId, ConsumerId, ImpersonationId, OperatorLoginId, StoreId } from "../kernel/ids.js";
import { ImpersonationEntity } from "./entities/impersonation.js";
import type { ImpersonationChange, ImpersonationInsert, ImpersonationRow } from "./impersonation-rows.js";
import { brokenUnique, own, type Page, plain, type Tx, toPage } from "./tx.js";

export interface ImpersonationFilter {
  readonly storeId?: StoreId | null;
  readonly consumerId?: ConsumerId | null;
  /** Only those that are, or may be, alive at the store; or only those that are not. */
  readonly isAlive?: boolean | null;
}
/** Whose sessions: one of these. */
export type Affected =
  | { readonly keyId: ApiKeyId }
  | { readonly storeId: StoreId }
  | { readonly consumerId: ConsumerId }
  | { readonly operatorLoginId: OperatorLoginId }
  /** Begun with tokens that the org issued. */
  | "byToken"
  | "all";

/** The intent, VERIFYING. Null when the operator has a place at this Store, or may still have it. */
export async function insert(tx: Tx, intent: ImpersonationInsert): Promise<ImpersonationRow | null> {
  try {
    const row = { ...own(tx), ...intent, state: "VERIFYING" as const, updatedAt: intent.createdAt };
    await tx.em.transactional((em) => em.insert(ImpersonationEntity, row));
  } catch (error) {
    if (brokenUnique(error) === "impersonation_operator") return null;
    throw error;
  }
  return await find(tx, intent.id);
}

export async function find(tx: Tx, id: ImpersonationId): Promise<ImpersonationRow | null> {
  const found = await tx.em.findOne(ImpersonationEntity, { ...own(tx), id }, { refresh: true });
  return found === null ? null : plain(found);
}

/** The row, which nobody else changes until this transaction ends; null when there is none. */
export async function lock(tx: Tx, id: ImpersonationId): Promise<ImpersonationRow | null> {
  const { orgId, environment } = own(tx);
  const statement = "select from impersonation where org_id = ? and environment = ? and id = ? for update";
  await tx.em.execute(statement, [orgId, environment, id]);
  return await find(tx, id);
}

/** Changes a row that this transaction has locked; the row as it is then. */
export async function change(tx: Tx, id: ImpersonationId, to: ImpersonationChange): Promise<ImpersonationRow> {
  await tx.em.nativeUpdate(ImpersonationEntity, { ...own(tx), id }, to);
  const row = await find(tx, id);
  if (row === null) throw new Error("the impersonation that was changed is not there");
  return row;
}

/** Replaces what the adapter keeps, unless the key is gone. `whileUsable`: unless it is to end, too. */
export async function keepSecret(tx: Tx, id: ImpersonationId, secret: Buffer, whileUsable: boolean): Promise<boolean> {
  const there = { ...own(tx), id, wrapped: { $ne: null }, ...(whileUsable ? { endReason: null } : {}) };
  return (await tx.em.nativeUpdate(ImpersonationEntity, there, { secret })) > 0;
}

export async function page(
  tx: Tx,
  { storeId, consumerId, isAlive }: ImpersonationFilter,
  at: Page<ImpersonationId>,
): Promise<ImpersonationRow[]> {
  const { where, options } = toPage(at);
  const filter = {
    ...(storeId ? { storeId } : {}),
    ...(consumerId ? { consumerId } : {}),
    ...(isAlive === true ? { wrapped: { $ne: null } } : isAlive === false ? { wrapped: null } : {}),
  };
  return (await tx.em.find(ImpersonationEntity, { ...own(tx), ...filter, ...where }, options)).map(plain);
}

/** For the clock: takes one that is due. Null: it is not any more, or somebody else has it. */
export async function takeDue(tx: Tx, id: ImpersonationId, now: Date, dueAt: Date): Promise<ImpersonationRow | null> {
  const due = { ...own(tx), id, dueAt: { $lte: now } };
  return (await tx.em.nativeUpdate(ImpersonationEntity, due, { dueAt })) === 0 ? null : await find(tx, id);
}

/** Those that are alive or may be, locked, in the order of their ids. */
export async function lockAlive(tx: Tx, affected: Affected): Promise<ImpersonationRow[]> {
  const { orgId, environment } = own(tx);
  const [where, values] = conditionOf(affected);
  const rows = await tx.em.execute<{ id: ImpersonationId }[]>(
    `select i.id from impersonation i where i.org_id = ? and i.environment = ? and i.wrapped is not null
     and i.end_reason is null ${where} order by i.id for update of i`,
    [orgId, environment, ...values],
  );
  const found = await tx.em.find(
    ImpersonationEntity,
    { ...own(tx), id: { $in: rows.map(({ id }) => id) } },
    { orderBy: { id: "asc" }, refresh: true },
  );
  return found.map(plain);
}

function conditionOf(affected: Affected): readonly [string, readonly string[]] {
  if (affected === "all") return ["", []];
  if (affected === "byToken") return ["and i.is_by_token", []];
  if ("operatorLoginId" in affected) return ["and i.operator_login_id = ?", [affected.operatorLoginId]];
  if ("keyId" in affected) return ["and i.key_id = ?", [affected.keyId]];
  if ("storeId" in affected) return ["and i.store_id = ?", [affected.storeId]];
  // Also one that was begun by the same e-mail address alone.
  return [
    `and (i.consumer_id = ? or exists (select from consumer_index x where x.org_id = i.org_id and x.consumer_id = ?
       and x.field = 'email' and x.bidx = i.email_digest))`,
    [affected.consumerId, affected.consumerId],
  ];
}

/** Of a Store that is about to be removed: what its open ends still need. */
export async function handCredentialsOver(tx: Tx, storeId: StoreId, credentials: Buffer | null): Promise<void> {
  if (credentials === null) return;
  const open = { ...own(tx), storeId, wrapped: { $ne: null } };
  await tx.em.nativeUpdate(ImpersonationEntity, open, { farewellCredentials: credentials });
}

/**
 * Consumers of the org whose saved e-mail address has one of these blind indexes, at most two: enough to tell one from
 * many. A consumer who is forgotten has none.
 */
export async function consumersByEmail(tx: Tx, digests: readonly Buffer[]): Promise<ConsumerId[]> {
  const { orgId, environment } = own(tx);
  const rows = await tx.em.execute<{ id: ConsumerId }[]>(
    `select distinct c.id from consumer_index x join consumer c on c.org_id = x.org_id and c.id = x.consumer_id
     where x.org_id = ? and c.environment = ? and x.field = 'email' and x.bidx in (${digests.map(() => "?").join(", ")})
     limit 2`,
    [orgId, environment, ...digests],
  );
  return rows.map(({ id }) => id);
}

/** What must hold for a start, held until the transaction ends: the key, the Store and the org's switch wait for it. */
export async function holdGround(
  tx: Tx,
  ground: {
    readonly keyId: ApiKeyId | null;
    /** When the issuer of the caller's token was as the token was proven by; null for callers without one. */
    readonly issuerAt: Date | null;
    readonly storeId: StoreId;
    readonly consumerId: ConsumerId | null;
  },
): Promise<{ readonly isOff: boolean; readonly keyEndsAt: Date | null; readonly isThere: boolean }> {
  const { orgId, environment } = own(tx);
  const [org] = await tx.em.execute<{ off: boolean }[]>(
    `select coalesce((settings -> 'impersonationsOff' ->> ?)::boolean, false) as off from org where id = ? for share`,
    [environment, orgId],
  );
  const [store] = await tx.em.execute<object[]>(
    "select 1 from store where org_id = ? and environment = ? and id = ? and removed_at is null for share",
    [orgId, environment, ground.storeId],
  );
  const key = ground.keyId === null ? null : await heldKey(tx, ground.keyId);
  const [issuer] =
    ground.issuerAt === null
      ? [{}]
      : await tx.em.execute<object[]>(
          "select 1 from token_issuer where org_id = ? and environment = ? and updated_at = ? for share",
          [orgId, environment, ground.issuerAt],
        );
  const [consumer] =
    ground.consumerId === null
      ? [{}]
      : await tx.em.execute<object[]>(
          `select 1 from consumer where org_id = ? and environment = ? and id = ?
           and status not in ('FROZEN', 'ANONYMIZED') for share`,
          [orgId, environment, ground.consumerId],
        );
  const isVouchedFor = issuer !== undefined && (ground.keyId === null || key !== undefined);
  const isThere = store !== undefined && consumer !== undefined && isVouchedFor;
  return { isOff: org?.off ?? true, keyEndsAt: key?.ends ?? null, isThere };
}

async function heldKey(tx: Tx, keyId: ApiKeyId): Promise<{ ends: Date | null } | undefined> {
  const { orgId, environment } = own(tx);
  const [key] = await tx.em.execute<{ ends: string | null }[]>(
    `select extract(epoch from expires_at) * 1000 as ends from api_key
     where org_id = ? and environment = ? and id = ? and revoked_at is null for share`,
    [orgId, environment, keyId],
  );
  return key === undefined ? undefined : { ends: key.ends === null ? null : new Date(Number(key.ends)) };
}

/** The org's switch, in this environment. Whoever starts at this moment is before it, and seen by who ends them all. */
export async function switchAll(tx: Tx, isOn: boolean): Promise<void> {
  const { orgId, environment } = own(tx);
  await tx.em.execute(
    `update org set settings = settings || jsonb_build_object('impersonationsOff',
       coalesce(settings -> 'impersonationsOff', '{}'::jsonb) || jsonb_build_object(?::text, ?::boolean)) where id = ?`,
    [environment, !isOn, orgId],
  );
}
