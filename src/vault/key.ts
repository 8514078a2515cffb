/**
 * Keys as HMAC-SHA256 wants them. A key is kept as its two padded blocks, so that deriving from it costs two one-shot
 * hashes and no key copy per message.
 *
 * Every byte lives in an ArrayBuffer of its own: typed arrays of up to 64 bytes made by length live on the moving heap,
 * where a wipe reaches the present copy only.
 */
import { hash, randomFillSync } from "node:crypto";

export const KEY_BYTES = 32;
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/** Text of up to so many characters is framed in one place that is used again. */
const FRAMED_CHARACTERS = 1_024;
const MOST_BYTES_OF_A_CHARACTER = 3;

/** Zeroed memory outside the moving heap, for keys and plaintext. */
export const offHeap = (length: number): Uint8Array => new Uint8Array(new ArrayBuffer(length));

const roomFor = (characters: number): Buffer =>
  Buffer.from(new ArrayBuffer(BLOCK_BYTES + MOST_BYTES_OF_A_CHARACTER * characters));
const frame = roomFor(FRAMED_CHARACTERS);

/** A key was used after it was wiped: its holder kept it too long. */
export class KeysReleased extends Error {
  override readonly name = "KeysReleased";
  constructor() {
    super("The keys have been released; ask the vault for them again.");
  }
}

/** A 32-byte key, ready for HMAC-SHA256. */
export class Key {
  /** key ^ 0x36…, which goes before the message. */
  readonly #inner = offHeap(BLOCK_BYTES);
  /** key ^ 0x5c…, then room for the inner hash. */
  readonly #outer = offHeap(BLOCK_BYTES + HASH_BYTES);
  #live = false;

  /** Without bytes it is a place for a key: using it throws KeysReleased until one is loaded. */
  constructor(bytes?: Uint8Array) {
    if (bytes !== undefined) this.load(bytes);
  }

  /** Takes the 32 bytes at `offset`, which the caller still has to wipe. */
  load(bytes: Uint8Array, offset = 0): void {
    if (bytes.length < offset + KEY_BYTES) throw new RangeError("A key has 32 bytes.");
    this.#inner.fill(0x36);
    this.#outer.fill(0x5c, 0, BLOCK_BYTES);
    for (let i = 0; i < KEY_BYTES; i++) {
      const byte = bytes[offset + i] as number;
      this.#inner[i] = byte ^ 0x36;
      this.#outer[i] = byte ^ 0x5c;
    }
    this.#live = true;
  }

  /**
   * HMAC-SHA256 of `framed[64..]`. The first 64 bytes of `framed` are working room: they hold key material afterwards,
   * and the caller wipes them. The 32 bytes are in memory of their own.
   */
  macInPlace(framed: Uint8Array): Buffer {
    if (!this.#live) throw new KeysReleased();
    framed.set(this.#inner);
    this.#outer.set(hash("sha256", framed, "buffer"), BLOCK_BYTES);
    return hash("sha256", this.#outer, "buffer");
  }

  /** HMAC-SHA256 of the parts, one after the other. */
  mac(...parts: readonly Uint8Array[]): Buffer {
    const framed = offHeap(BLOCK_BYTES + parts.reduce((sum, part) => sum + part.length, 0));
    try {
      let at = BLOCK_BYTES;
      for (const part of parts) {
        framed.set(part, at);
        at += part.length;
      }
      return this.macInPlace(framed);
    } finally {
      framed.fill(0);
    }
  }

  /** HMAC-SHA256 of the text in UTF-8, of which nothing is left in memory of ours. */
  macText(text: string): Buffer {
    const room = text.length <= FRAMED_CHARACTERS ? frame : roomFor(text.length);
    const end = BLOCK_BYTES + room.write(text, BLOCK_BYTES);
    try {
      return this.macInPlace(room.subarray(0, end));
    } finally {
      room.fill(0, 0, end);
    }
  }

  /** Zeroes it. Every later use throws KeysReleased: a wiped key never works as a key of zeros. */
  wipe(): void {
    this.#live = false;
    this.#inner.fill(0);
    this.#outer.fill(0);
  }
}

/** 32 fresh random bytes, which the caller wipes. */
export const randomKeyBytes = (): Uint8Array => randomFillSync(offHeap(KEY_BYTES));

/** Runs `use` with the key of these bytes and wipes both. */
export function withKey<T>(bytes: Uint8Array, use: (key: Key) => T): T {
  const key = new Key(bytes);
  bytes.fill(0);
  try {
    return use(key);
  } finally {
    key.wipe();
  }
}
