/**
 * XSalsa20-Poly1305 written from its definition, for checking known answers without the library that the product uses.
 * Slow and plain on purpose.
 */

type Words = number[];

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function words(bytes: Uint8Array): Words {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

function bytesOf(list: Words): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.length * 4));
  list.forEach((word, i) => {
    view.setUint32(i * 4, word >>> 0, true);
  });
  return new Uint8Array(view.buffer);
}

const SIGMA = words(Buffer.from("expand 32-byte k"));

/** One input matrix: constants on the diagonal, the key around them, 16 bytes of nonce and counter in the middle. */
function matrix(key: Uint8Array, middle: Uint8Array): Words {
  const [s, k, m] = [SIGMA, words(key), words(middle)] as [Words, Words, Words];
  const pick = (list: Words, from: number, to: number) => list.slice(from, to);
  return [
    ...pick(s, 0, 1),
    ...pick(k, 0, 4),
    ...pick(s, 1, 2),
    ...m,
    ...pick(s, 2, 3),
    ...pick(k, 4, 8),
    ...pick(s, 3, 4),
  ];
}

function twentyRounds(input: Words): Words {
  const x = [...input];
  const at = (i: number): number => x[i] as number;
  const quarter = (a: number, b: number, c: number, d: number): void => {
    x[b] = at(b) ^ rotate((at(a) + at(d)) | 0, 7);
    x[c] = at(c) ^ rotate((at(b) + at(a)) | 0, 9);
    x[d] = at(d) ^ rotate((at(c) + at(b)) | 0, 13);
    x[a] = at(a) ^ rotate((at(d) + at(c)) | 0, 18);
  };
  for (let round = 0; round < 10; round++) {
    quarter(0, 4, 8, 12);
    quarter(5, 9, 13, 1);
    quarter(10, 14, 2, 6);
    quarter(15, 3, 7, 11);
    quarter(0, 1, 2, 3);
    quarter(5, 6, 7, 4);
    quarter(10, 11, 8, 9);
    quarter(15, 12, 13, 14);
  }
  return x;
}

/** XSalsa20's stream of that many bytes. */
export function keystream(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  const mixed = twentyRounds(matrix(key, nonce.subarray(0, 16)));
  const subkey = bytesOf([0, 5, 10, 15, 6, 7, 8, 9].map((i) => mixed[i] as number));
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * 64 < length; counter++) {
    const middle = Buffer.alloc(16);
    middle.set(nonce.subarray(16, 24));
    middle.writeUInt32LE(counter, 8);
    const input = matrix(subkey, middle);
    const mixedBlock = twentyRounds(input);
    blocks.push(bytesOf(input.map((word, i) => word + (mixedBlock[i] as number))));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** The number whose bytes these are, lowest first. */
export const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);

function poly1305(message: Uint8Array, key: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let i = 0; i < message.length; i += 16) {
    const block = message.subarray(i, i + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(block.length * 8))) * r) % ((1n << 130n) - 5n);
  }
  const tag = (sum + littleEndian(key.subarray(16, 32))) & ((1n << 128n) - 1n);
  return Uint8Array.from({ length: 16 }, (_, i) => Number((tag >> BigInt(8 * i)) & 0xffn));
}

/** Tag and ciphertext, like `nacl.secretbox`. */
export function referenceSecretbox(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const stream = keystream(key, nonce, 32 + message.length);
  const ciphertext = message.map((byte, i) => byte ^ (stream[32 + i] as number));
  return Buffer.concat([poly1305(ciphertext, stream.subarray(0, 32)), ciphertext]);
}
