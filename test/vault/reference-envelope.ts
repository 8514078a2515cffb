/** Envelope v1 written straight from its description: no shared memory, no caches, createHmac and nothing clever. */
import { createHmac } from "node:crypto";
import nacl from "tweetnacl";

export interface ReferenceInput {
  readonly label: string;
  readonly key: Uint8Array;
  readonly type: number;
  readonly keyVersion: number;
  readonly orgId: string;
  readonly consumerId: string | null;
  readonly field: string;
  readonly schemaVersion: number;
}

type Secretbox = (message: Uint8Array, nonce: Uint8Array, key: Uint8Array) => Uint8Array;

const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
  createHmac("sha256", key).update(Buffer.concat(parts)).digest();

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff]);
const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const uuid = (text: string): Buffer => Buffer.from(text.replaceAll("-", ""), "hex");

/** Key and commitment of one message; `head` is header and nonce. */
export function deriveReference(input: ReferenceInput, head: Uint8Array): { sealKey: Buffer; commitment: Buffer } {
  const field = Buffer.from(input.field);
  const consumer =
    input.consumerId === null ? Buffer.from([0]) : Buffer.concat([Buffer.from([1]), uuid(input.consumerId)]);
  const scope = Buffer.concat([uuid(input.orgId), consumer, u16(field.length), field, u32(input.schemaVersion)]);
  const info = Buffer.concat([Buffer.from(input.label), head, scope]);
  const sealKey = hmac(input.key, info, Buffer.from([1]));
  return { sealKey, commitment: hmac(input.key, sealKey, info, Buffer.from([2])) };
}

export function referenceSeal(
  input: ReferenceInput,
  plaintext: Uint8Array,
  nonce: Uint8Array,
  secretbox: Secretbox = nacl.secretbox,
  padLog2 = 6,
): Buffer {
  const head = Buffer.concat([Buffer.from([1, 1, input.type, padLog2]), u32(input.keyVersion), nonce]);
  const { sealKey, commitment } = deriveReference(input, head);
  const marked = Buffer.concat([plaintext, Buffer.from([0x80])]);
  const block = 1 << padLog2;
  const padded = Buffer.alloc(Math.ceil(marked.length / block) * block);
  padded.set(marked);
  return Buffer.concat([head, commitment, secretbox(padded, nonce, sealKey)]);
}

/** The plaintext, or null. `checks.commitment: false` shows what the commitment is for. */
export function referenceOpen(
  input: ReferenceInput,
  envelope: Uint8Array,
  checks = { commitment: true },
): Buffer | null {
  const bytes = Buffer.from(envelope);
  if (bytes.length < 80) return null;
  const [format, suite, type, padLog2] = bytes;
  if (format !== 1 || suite !== 1 || type !== input.type || padLog2 === undefined || padLog2 > 12) return null;
  if (bytes.readUInt32BE(4) !== input.keyVersion) return null;
  const { sealKey, commitment } = deriveReference(input, bytes.subarray(0, 32));
  if (checks.commitment && !commitment.equals(bytes.subarray(32, 64))) return null;
  const padded = nacl.secretbox.open(bytes.subarray(64), bytes.subarray(8, 32), sealKey);
  if (padded === null || padded.length === 0 || padded.length % (1 << padLog2) !== 0) return null;
  const end = Buffer.from(padded).lastIndexOf(0x80);
  if (end === -1 || padded.length - end > 1 << padLog2 || padded.subarray(end + 1).some((byte) => byte !== 0))
    return null;
  return Buffer.from(padded.subarray(0, end));
}
