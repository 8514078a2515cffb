/** Random nonces, drawn 256 at a time: one call for random bytes costs more than the rest of a small envelope's copying. */
import { randomFillSync } from "node:crypto";
import { offHeap } from "./key.js";

const NONCE_BYTES = 24;
const POOL_BYTES = 256 * NONCE_BYTES;

const pool = offHeap(POOL_BYTES);
let next = POOL_BYTES;

/** Writes a nonce that was never given before at `offset`, and forgets it. */
export function drawNonce(target: Uint8Array, offset: number): void {
  if (next === POOL_BYTES) {
    randomFillSync(pool);
    next = 0;
  }
  for (let i = 0; i < NONCE_BYTES; i++) {
    target[offset + i] = pool[next + i] as number;
    pool[next + i] = 0;
  }
  next += NONCE_BYTES;
}
