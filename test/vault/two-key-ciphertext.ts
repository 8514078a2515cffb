/**
 * Makes a secretbox ciphertext that opens under two keys. Poly1305 is a polynomial over 2^130 - 5: with the tag chosen,
 * two free blocks of ciphertext solve both keys' equations, and one try in sixteen has blocks of the right size.
 */
import { keystream, littleEndian } from "./reference-secretbox.js";

const P = (1n << 130n) - 5n;
const TWO_128 = 1n << 128n;

const modulo = (n: bigint): bigint => ((n % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, left] = [modulo(base), exponent]; left > 0n; left >>= 1n, square = modulo(square * square))
    if (left & 1n) result = modulo(result * square);
  return result;
}

const blockBytes = (n: bigint): Buffer =>
  Buffer.from(Array.from({ length: 16 }, (_, i) => Number((n >> BigInt(8 * i)) & 0xffn)));

/** Tag, then a body that starts with two blocks nobody chose and ends with `rest`, whole blocks. */
export function makeTwoKeyCiphertext(
  keys: readonly [Uint8Array, Uint8Array],
  nonce: Uint8Array,
  rest: Uint8Array,
): Buffer {
  const [one, two] = keys.map((key) => equationOf(key, nonce, rest)) as [Equation, Equation];
  const inverse = power(one.a * two.b - two.a * one.b, P - 2n);
  for (let tag = 0n; ; tag++) {
    const [right1, right2] = [one, two].map(({ s, constant }) =>
      modulo(((tag - s + TWO_128) % TWO_128) - constant),
    ) as [bigint, bigint];
    const x = modulo((right1 * two.b - right2 * one.b) * inverse) - TWO_128;
    const y = modulo((one.a * right2 - two.a * right1) * inverse) - TWO_128;
    const fits = [x, y].every((block) => block >= 0n && block < TWO_128);
    if (fits) return Buffer.concat([blockBytes(tag), blockBytes(x), blockBytes(y), rest]);
  }
}

/** a·x + b·y + constant = tag - s, for blocks x and y with their high bit set. */
interface Equation {
  readonly a: bigint;
  readonly b: bigint;
  readonly constant: bigint;
  readonly s: bigint;
}

function equationOf(key: Uint8Array, nonce: Uint8Array, rest: Uint8Array): Equation {
  const stream = keystream(key, nonce, 32);
  const r = littleEndian(stream.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const blocks = rest.length / 16;
  let constant = 0n;
  for (let i = 0; i < blocks; i++) {
    const block = littleEndian(rest.subarray(i * 16, i * 16 + 16)) + TWO_128;
    constant = modulo((constant + block) * r);
  }
  return {
    a: power(r, BigInt(blocks + 2)),
    b: power(r, BigInt(blocks + 1)),
    constant,
    s: littleEndian(stream.subarray(16, 32)),
  };
}
