/**
 * What a row keeps sealed under a key of its own, made in the name of its id and deleted at its end. With the key it is gone,
 * whatever copies of the row there are.
 */
import { asId, type ConsumerId, type ImpersonationId, type OperatorLoginId } from "../kernel/ids.js";
import { type ConsumerBox, EnvelopeRejected, type OrgVault, type WrappedKey } from "../vault/index.js";

type RowId = ImpersonationId | OperatorLoginId;
/** A row that has such a key, or had one. */
export interface KeyedRow {
  readonly id: RowId;
  readonly keyVersion: number | null;
  readonly kekVersion: number | null;
  readonly wrapped: Buffer | null;
}

/** The vault wraps a consumer's key in the name of its id; these are wrapped in the name of the row's. */
const owner = (id: RowId): ConsumerId => asId("csm", id);

export const newRowKey = (org: OrgVault, id: RowId): WrappedKey => org.newConsumerKey(owner(id));

/** Null when it is gone. */
export const rowKeyOf = ({ keyVersion, kekVersion, wrapped }: KeyedRow): WrappedKey | null =>
  wrapped === null || keyVersion === null || kekVersion === null ? null : { version: keyVersion, kekVersion, wrapped };

export const NO_ROW_KEY = { keyVersion: null, kekVersion: null, wrapped: null } as const;

/** `held` as JSON. */
export const sealInRow = (org: OrgVault, id: RowId, key: WrappedKey, field: string, held: unknown): Buffer =>
  org.withConsumer(owner(id), key, (box) => box.seal(field, JSON.stringify(held)));

/** Null when there is none, or it does not open. */
export function openInRow(org: OrgVault, row: KeyedRow, field: string, envelope: Buffer | null): unknown {
  const key = rowKeyOf(row);
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
