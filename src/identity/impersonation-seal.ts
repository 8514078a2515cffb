/**
 * What an impersonation keeps sealed: under a key of its own, made in the name of its id and deleted at the end. With the
 * key the operator's token and the customer's address are gone, whatever copies of the row there are.
 */
import type { ImpersonationRow, StoreRow } from "../data/index.js";
import { asId, type ConsumerId, type ImpersonationId, toWire } from "../kernel/ids.js";
import { type ConsumerBox, EnvelopeRejected, type OrgVault, type WrappedKey } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { openOrg, type Rooms } from "./rooms.js";

const CUSTOMER = "impersonation.customer";
const SECRET = "impersonation.secret";

/** In whose place. */
export interface Customer {
  readonly email: string;
  /** Null until the store has told it. */
  readonly storeUserId: string | null;
}

/** The vault wraps a consumer's key in the name of its id; this one is wrapped in the name of the impersonation's. */
const owner = (id: ImpersonationId): ConsumerId => asId("csm", id);

export const newKey = (org: OrgVault, id: ImpersonationId): WrappedKey => org.newConsumerKey(owner(id));

export const keyOf = ({ keyVersion, kekVersion, wrapped }: ImpersonationRow): WrappedKey | null =>
  wrapped === null || keyVersion === null || kekVersion === null ? null : { version: keyVersion, kekVersion, wrapped };

/** What a row forgets at its end. */
export const FORGOTTEN = {
  ...{ keyVersion: null, kekVersion: null, wrapped: null, customer: null, secret: null },
  ...{ emailDigest: null, farewellCredentials: null, leaseUntil: null, dueAt: null },
} as const;

export const sealCustomer = (org: OrgVault, id: ImpersonationId, key: WrappedKey, customer: Customer): Buffer =>
  org.withConsumer(owner(id), key, (box) => box.seal(CUSTOMER, JSON.stringify(customer)));

/** Null when the key is gone. */
export const openCustomer = (org: OrgVault, row: ImpersonationRow): Customer | null =>
  openWith(org, row, CUSTOMER, row.customer) as Customer | null;

/** What the adapter keeps, judged by the adapter's own validator. Throws when it is not that: a bug. */
export async function sealSecret(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  row: Pick<ImpersonationRow, "id">,
  key: WrappedKey,
  secret: unknown,
): Promise<Buffer> {
  const kept = await rooms.stores.keep(store.adapter, "secret", secret);
  const org = await openOrg(rooms, caller);
  return org.withConsumer(owner(row.id), key, (box) => box.seal(SECRET, JSON.stringify(kept)));
}

/** Null when there is none, or it does not open. */
export async function openSecret(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  row: ImpersonationRow,
): Promise<unknown> {
  const held = openWith(await openOrg(rooms, caller), row, SECRET, row.secret);
  if (held === null && row.secret !== null)
    rooms.log.error("an impersonation's secret does not open", { impersonationId: toWire("imp", row.id) });
  return held === null ? null : rooms.stores.keep(store.adapter, "secret", held);
}

function openWith(org: OrgVault, row: ImpersonationRow, field: string, envelope: Buffer | null): unknown {
  const key = keyOf(row);
  if (key === null || envelope === null) return null;
  try {
    return org.withConsumer(owner(row.id), key, (box: ConsumerBox) => {
      const bytes = box.open(field, envelope);
      try {
        return JSON.parse(bytes.toString("utf8")) as unknown;
      } finally {
        bytes.fill(0);
      }
    });
  } catch (error) {
    if (error instanceof EnvelopeRejected) return null;
    throw error;
  }
}
