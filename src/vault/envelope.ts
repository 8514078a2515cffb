/**
 * Envelope v1: a sealed value that opens only with the right key, for the right owner and field, as the right type.
 *
 *     off len
 *     0   1   format     01
 *     1   1   suite      01 = HKDF-Expand-SHA256, XSalsa20-Poly1305, 32-byte commitment
 *     2   1   type       see EnvelopeType
 *     3   1   padLog2    06: the plaintext is padded to a multiple of 64 bytes; readers accept 0..12
 *     4   4   keyVersion u32 big-endian, of the key used directly
 *     8   24  nonce
 *     32  32  commitment
 *     64  16  Poly1305 tag
 *     80  n   ciphertext of: plaintext || 80 || 00…
 *
 *     info       = label || bytes 0..31 || scope (see scope.ts)
 *     sealKey    = HMAC-SHA256(key, info || 01)
 *     commitment = HMAC-SHA256(key, sealKey || info || 02)
 *
 * That is HKDF-Expand (RFC 5869) with the key as PRK and L = 64. secretbox alone has no associated data and opens one
 * ciphertext under two keys when both were chosen for it; the key per message binds the scope, the commitment the key.
 * Padding hides lengths, and keeps plaintext out of typed arrays so small that they cannot be wiped.
 */
import { timingSafeEqual } from "node:crypto";
import nacl from "tweetnacl";
import { KEY_BYTES, type Key } from "./key.js";
import { HEAD_BYTES, openKeySchedule } from "./key-schedule.js";
import { drawNonce } from "./nonces.js";

/** What is sealed. The reader says which type it expects and takes no other. */
export const EnvelopeType = {
  fieldValue: 0x01,
  consumerKey: 0x02,
  orgKek: 0x03,
  orgIndexKey: 0x04,
  secret: 0x05,
} as const;
export type EnvelopeType = (typeof EnvelopeType)[keyof typeof EnvelopeType];

/** The one failure of opening: it does not say what was wrong, so that it cannot be asked. */
export class EnvelopeRejected extends Error {
  override readonly name = "EnvelopeRejected";
  constructor() {
    super("The envelope was rejected.");
  }
}

const ENVELOPE_LABEL = "shopkey-envelope/v1";
const MAX_PLAINTEXT_BYTES = 1024 * 1024;

const FORMAT = 0x01;
const SUITE = 0x01;
const PAD_LOG2 = 6;
const PAD_BYTES = 1 << PAD_LOG2;
const MAX_PAD_LOG2 = 12;

const NONCE_AT = 8;
const COMMITMENT_AT = 32;
const TAG_AT = 64;
const CIPHERTEXT_AT = 80;
/** secretbox wants 32 zero bytes before a plaintext, and puts 16 zero bytes and the tag before a ciphertext. */
const BOX_ROOM = 32;
const BOX_AT = CIPHERTEXT_AT - BOX_ROOM;

/** The part of tweetnacl that works on memory the caller owns, and that its type definitions leave out. */
interface LowLevel {
  crypto_secretbox: (
    box: Uint8Array,
    message: Uint8Array,
    length: number,
    nonce: Uint8Array,
    key: Uint8Array,
  ) => number;
  crypto_secretbox_open: LowLevel["crypto_secretbox"];
}
const { lowlevel } = nacl as typeof nacl & { readonly lowlevel: LowLevel };

/** What is sealed, by which version of the key, and whose it is: `ownerBytes` of scope.ts. */
export interface Place {
  readonly type: EnvelopeType;
  readonly keyVersion: number;
  readonly owner: Uint8Array;
}

/** Seals and opens. `field` is `fieldBytes` of scope.ts. */
export interface Envelopes {
  /** Throws RangeError above 1 MiB and KeysReleased for a wiped key. A `nonce` is given for known answers only. */
  readonly seal: (
    key: Key,
    place: Place,
    field: Uint8Array,
    plaintext: Uint8Array | string,
    nonce?: Uint8Array,
  ) => Buffer;
  /** The plaintext in memory of its own, for the caller to wipe. Throws EnvelopeRejected. */
  readonly open: (key: Key, place: Place, field: Uint8Array, envelope: Uint8Array) => Buffer;
  /** The plaintext as UTF-8 text. Throws EnvelopeRejected. */
  readonly openText: (key: Key, place: Place, field: Uint8Array, envelope: Uint8Array) => string;
  /** Loads a sealed 32-byte key into `target`, with no copy of it elsewhere. Throws EnvelopeRejected. */
  readonly openKey: (key: Key, place: Place, field: Uint8Array, envelope: Uint8Array, target: Key) => void;
}

/** Enough for every profile field; longer plaintext gets memory of its own. */
const SCRATCH_BYTES = BOX_ROOM + 4096;

export function openEnvelopes(label: string = ENVELOPE_LABEL): Envelopes {
  const schedule = openKeySchedule(label);
  const scratch = Buffer.from(new ArrayBuffer(SCRATCH_BYTES));
  const roomFor = (padded: number): Buffer =>
    BOX_ROOM + padded <= SCRATCH_BYTES ? scratch : Buffer.from(new ArrayBuffer(BOX_ROOM + padded));

  const seal: Envelopes["seal"] = (key, place, field, plaintext, nonce) => {
    const length = typeof plaintext === "string" ? Buffer.byteLength(plaintext) : plaintext.length;
    if (length > MAX_PLAINTEXT_BYTES) throw new RangeError("A plaintext has at most 1 MiB.");
    const padded = (length | (PAD_BYTES - 1)) + 1;
    const head = schedule.head;
    writeHeader(head, place);
    if (nonce === undefined) drawNonce(head, NONCE_AT);
    else head.set(nonce, NONCE_AT);
    const { sealKey, commitment } = schedule.derive(key, place.owner, field);
    const message = roomFor(padded);
    try {
      if (typeof plaintext === "string") message.write(plaintext, BOX_ROOM, length, "utf8");
      else message.set(plaintext, BOX_ROOM);
      message[BOX_ROOM + length] = 0x80;
      const envelope = Buffer.allocUnsafeSlow(CIPHERTEXT_AT + padded);
      envelope.set(head);
      const box = envelope.subarray(BOX_AT);
      lowlevel.crypto_secretbox(box, message, BOX_ROOM + padded, head.subarray(NONCE_AT), sealKey);
      // The box's 16 leading zeros lie where the commitment's second half goes.
      envelope.set(commitment, COMMITMENT_AT);
      return envelope;
    } finally {
      sealKey.fill(0);
      message.fill(0, BOX_ROOM, BOX_ROOM + padded);
    }
  };

  /** Opens into scratch, hands the plaintext's place there to `take`, and wipes. */
  function openWith<T>(
    key: Key,
    place: Place,
    field: Uint8Array,
    envelope: Uint8Array,
    take: (message: Buffer, end: number) => T,
  ): T {
    const padLog2 = checkHeader(envelope, place);
    const head = schedule.head;
    for (let i = 0; i < HEAD_BYTES; i++) head[i] = envelope[i] as number;
    const { sealKey, commitment } = schedule.derive(key, place.owner, field);
    const padded = envelope.length - CIPHERTEXT_AT;
    const message = roomFor(padded);
    try {
      if (!timingSafeEqual(commitment, envelope.subarray(COMMITMENT_AT, TAG_AT))) throw new EnvelopeRejected();
      const box = envelope.subarray(BOX_AT);
      const length = BOX_ROOM + padded;
      if (lowlevel.crypto_secretbox_open(message, box, length, head.subarray(NONCE_AT), sealKey) !== 0)
        throw new EnvelopeRejected();
      return take(message, endOfPlaintext(message, length, padLog2));
    } finally {
      sealKey.fill(0);
      message.fill(0, 0, BOX_ROOM + padded);
    }
  }

  return {
    seal,
    open: (key, place, field, envelope) => openWith(key, place, field, envelope, copyOut),
    openText: (key, place, field, envelope) => openWith(key, place, field, envelope, readText),
    openKey: (key, place, field, envelope, target) =>
      openWith(key, place, field, envelope, (message, end) => {
        if (end !== BOX_ROOM + KEY_BYTES) throw new EnvelopeRejected();
        target.load(message, BOX_ROOM);
      }),
  };
}

const readText = (message: Buffer, end: number): string => message.toString("utf8", BOX_ROOM, end);

function copyOut(message: Buffer, end: number): Buffer {
  const plaintext = Buffer.from(new ArrayBuffer(end - BOX_ROOM));
  message.copy(plaintext, 0, BOX_ROOM, end);
  return plaintext;
}

function writeHeader(head: Uint8Array, place: Place): void {
  const { keyVersion } = place;
  if (keyVersion >>> 0 !== keyVersion) throw new RangeError("A key version is a u32.");
  head[0] = FORMAT;
  head[1] = SUITE;
  head[2] = place.type;
  head[3] = PAD_LOG2;
  head[4] = keyVersion >>> 24;
  head[5] = keyVersion >>> 16;
  head[6] = keyVersion >>> 8;
  head[7] = keyVersion;
}

/** The key version that an envelope says it was sealed with, to choose the key by; opening proves it. */
export function keyVersionOf(envelope: Uint8Array): number {
  if (envelope.length < CIPHERTEXT_AT) throw new EnvelopeRejected();
  const [b4, b5, b6, b7] = [envelope[4], envelope[5], envelope[6], envelope[7]] as [number, number, number, number];
  return ((b4 << 24) | (b5 << 16) | (b6 << 8) | b7) >>> 0;
}

/** The padding's block size, as its logarithm, of an envelope that has the expected header and a possible length. */
function checkHeader(envelope: Uint8Array, place: Place): number {
  const padLog2 = envelope[3] ?? MAX_PAD_LOG2 + 1;
  const padded = envelope.length - CIPHERTEXT_AT;
  const fits =
    padded > 0 &&
    padded <= MAX_PLAINTEXT_BYTES + (1 << MAX_PAD_LOG2) &&
    envelope[0] === FORMAT &&
    envelope[1] === SUITE &&
    envelope[2] === place.type &&
    padLog2 <= MAX_PAD_LOG2 &&
    padded % (1 << padLog2) === 0 &&
    keyVersionOf(envelope) === place.keyVersion;
  if (!fits) throw new EnvelopeRejected();
  return padLog2;
}

/** Where the plaintext ends: before the last 80, which lies within the last block. */
function endOfPlaintext(message: Uint8Array, length: number, padLog2: number): number {
  let at = length - 1;
  while (message[at] === 0 && at > BOX_ROOM) at--;
  if (message[at] !== 0x80 || length - at > 1 << padLog2) throw new EnvelopeRejected();
  return at;
}
