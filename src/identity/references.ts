import { type ConsumerRef as DataConsumerRef, erasure, type Tx } from "../data/index.js";
import { type ConsumerId, fromWire, type StoreId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { ConsumerRef, StoreRef } from "./inputs.js";

type Given = string | null | undefined;

/** GraphQL's clients say "nothing" by null as well as by leaving it out. */
export const isGiven = <T>(value: T): value is NonNullable<T> => value !== undefined && value !== null;

/** Null when nothing can have such an id: the same as for an unknown one. Throws INVALID unless exactly one is given. */
export function consumerKeyOf(ref: ConsumerRef, field: readonly string[]): DataConsumerRef | null {
  const { id, externalId } = exactlyOne(ref, "id", "externalId", field);
  if (typeof externalId === "string") return isFindable(externalId) ? { externalId } : null;
  const uuid = fromWire("csm", id as string);
  return uuid === null ? null : { id: uuid };
}

export type StoreKey = { readonly id: StoreId } | { readonly slug: string };

/** The same for a store. */
export function storeKeyOf(ref: StoreRef, field: readonly string[]): StoreKey | null {
  const { id, slug } = exactlyOne(ref, "id", "slug", field);
  if (typeof slug === "string") return isFindable(slug) ? { slug } : null;
  const uuid = fromWire("sto", id as string);
  return uuid === null ? null : { id: uuid };
}

function exactlyOne<A extends string, B extends string>(
  ref: { readonly [N in A | B]?: Given },
  a: A,
  b: B,
  field: readonly string[],
): { readonly [N in A | B]?: Given } {
  if (typeof ref === "object" && ref !== null && isGiven(ref[a]) !== isGiven(ref[b])) {
    if (typeof (ref[a] ?? ref[b]) === "string") return ref;
  }
  throw new Refusal("INVALID", `Give exactly one of ${a} and ${b}.`, { field });
}

/** PostgreSQL keeps no NUL and no lone surrogate, and nothing is named by more than 128 characters, of two units at most. */
const isFindable = (text: string): boolean => text.length <= 256 && !/[\0\p{Cs}]/u.test(text);

/** The one answer for what is unknown, foreign or erased. */
export const consumerNotFound = (field: readonly string[] = ["consumer"]): Refusal =>
  new Refusal("NOT_FOUND", "No such consumer is visible to this key.", { field });

/** The shopper asked to be forgotten, or was: nothing is begun for them. */
export const consumerClosed = (field: readonly string[] = ["consumer"]): Refusal =>
  new Refusal("CONSUMER_ANONYMIZED", "This shopper asked to be forgotten; nothing can be saved or bought for them.", {
    field,
  });

/**
 * Before something is begun for a consumer: in the transaction that begins it, so that it waits for a request to be forgotten
 * that comes at the same moment, and then loses. Throws CONSUMER_ANONYMIZED.
 */
export async function expectOpen(tx: Tx, id: ConsumerId): Promise<void> {
  if ((await erasure.lockOpen(tx, id)) === null) throw consumerClosed();
}

export const storeNotFound = (field: readonly string[] = ["store"]): Refusal =>
  new Refusal("NOT_FOUND", "No such Store is visible to this key.", { field, nextAction: "Choose one of `stores`." });
