/**
 * Values that stand for personal data without holding it. Without the org's keys no guess can be tested.
 *
 *     blind index  = HMAC-SHA256(index key, "shopkey-bidx/v1" || u8(length of field) || field || normalised)[0..16)
 *     fingerprint  = HMAC-SHA256(HMAC-SHA256(print key, "shopkey-fingerprint-key/v1"), text)
 *
 * The fingerprint has a key of its own: index keys are destroyed in epochs, and what was made with them is made anew from
 * the sealed values, but there is nothing to make a fingerprint anew from.
 */
import { Key, withKey } from "./key.js";
import type { IndexedField } from "./types.js";

const INDEX_LABEL = "shopkey-bidx/v1";
const FINGERPRINT_LABEL = Buffer.from("shopkey-fingerprint-key/v1");
const INDEX_BYTES = 16;

const indexPrefix = (field: IndexedField): Buffer =>
  Buffer.concat([Buffer.from(INDEX_LABEL), Buffer.from([field.length]), Buffer.from(field)]);
const INDEX_PREFIX: Readonly<Record<IndexedField, Buffer>> = {
  email: indexPrefix("email"),
  document: indexPrefix("document"),
};

/** 16 bytes. `normalised` is what `normaliseEmail` or `normaliseDocument` returned. */
export function blindIndexOf(indexKey: Key, field: IndexedField, normalised: string): Buffer {
  return withBytes(normalised, (bytes) =>
    Buffer.from(indexKey.mac(INDEX_PREFIX[field], bytes).subarray(0, INDEX_BYTES)),
  );
}

/** The key that fingerprints are made with: `macText` of it is one. Whoever asks for it wipes it. */
export function fingerprintKeyOf(printKey: Key): Key {
  const bytes = printKey.mac(FINGERPRINT_LABEL);
  try {
    return new Key(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** 32 bytes. */
export function fingerprintOf(printKey: Key, text: string): Buffer {
  return withKey(printKey.mac(FINGERPRINT_LABEL), (key) => key.macText(text));
}

function withBytes<T>(text: string, use: (bytes: Uint8Array) => T): T {
  const bytes = Buffer.from(new ArrayBuffer(Buffer.byteLength(text)));
  bytes.write(text);
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
  }
}
