/**
 * The key schedule of an envelope, on memory that is used again and again:
 *
 *     0       64         96
 *     | room  | seal key | label | head | owner | field | 01 or 02
 *
 * The seal key's HMAC covers 96.. with 32..95 as its working room; the commitment's covers 64.. with 0..63 as its room.
 * So the info is written once for both.
 */
import { type Key, offHeap } from "./key.js";
import { MAX_FIELD_BYTES } from "./scope.js";

/** Header and nonce: the envelope's first 32 bytes. */
export const HEAD_BYTES = 32;
const SEAL_KEY_AT = 64;
const INFO_AT = 96;
const MAX_OWNER_BYTES = 33;
const LENGTH_BYTES = 6;

/** Both are in memory of their own. The seal key is secret, and the caller wipes it; the commitment is public. */
export interface MessageKeys {
  readonly sealKey: Buffer;
  readonly commitment: Buffer;
}

export interface KeySchedule {
  /** Where the head is to be written before `derive`. */
  readonly head: Uint8Array;
  readonly derive: (key: Key, owner: Uint8Array, field: Uint8Array) => MessageKeys;
}

export function openKeySchedule(label: string): KeySchedule {
  const labelBytes = Buffer.from(label);
  const headAt = INFO_AT + labelBytes.length;
  const ownerAt = headAt + HEAD_BYTES;
  const scratch = offHeap(ownerAt + MAX_OWNER_BYTES + LENGTH_BYTES + MAX_FIELD_BYTES + 1);
  scratch.set(labelBytes, INFO_AT);
  /** The two messages by where they end: views are not free, and lengths are few. */
  const views = new Map<number, { readonly first: Uint8Array; readonly second: Uint8Array }>();

  function messagesUpTo(end: number) {
    const known = views.get(end);
    if (known !== undefined) return known;
    const made = { first: scratch.subarray(SEAL_KEY_AT - 32, end), second: scratch.subarray(0, end) };
    views.set(end, made);
    return made;
  }

  function derive(key: Key, owner: Uint8Array, field: Uint8Array): MessageKeys {
    scratch.set(owner, ownerAt);
    scratch.set(field, ownerAt + owner.length);
    const counterAt = ownerAt + owner.length + field.length;
    const { first, second } = messagesUpTo(counterAt + 1);
    try {
      scratch[counterAt] = 1;
      const sealKey = key.macInPlace(first);
      scratch.set(sealKey, SEAL_KEY_AT);
      scratch[counterAt] = 2;
      return { sealKey, commitment: key.macInPlace(second) };
    } finally {
      scratch.fill(0, 0, INFO_AT);
    }
  }

  return { head: scratch.subarray(headAt, ownerAt), derive };
}
