/**
 * A sealed context, `ctx/1`: opens only with its key, for its context, at its generation.
 *
 *     off len
 *     0   4   "SKC1"
 *     4   12  nonce, random
 *     16  n   AES-256-GCM of brotli of: u32 length of header || header (JSON) || tar of the profile
 *     …   16  tag
 *
 *     additional data = "shopkey-context/1|" contextId "|" generation
 *
 * A context has a random key of its own that seals one bundle per generation, so random nonces do not meet.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** Which context a bundle belongs to. Generations count from 1. */
export interface BundleName {
  readonly contextId: string;
  readonly generation: number;
}

/** The one failure of opening: it does not say what was wrong, so that it cannot be asked. */
export class BundleRejected extends Error {
  constructor() {
    super("The browser context was rejected.");
    this.name = "BundleRejected";
  }
}

const MAGIC = Buffer.from("SKC1");
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Far above any bundle that `MAX_BUNDLE_BYTES` lets be written; a bound on memory. */
const MAX_OPENED_BYTES = 512 * 1024 * 1024;

/** Seals a header and an archive; wipes the archive and every copy that it made. `key` is 32 bytes, the caller's to wipe. */
export async function sealBundle(name: BundleName, key: Uint8Array, header: unknown, archive: Buffer): Promise<Buffer> {
  checkKey(key);
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  const plain = Buffer.concat([length, head, archive]);
  const packed = await compress(plain, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additional(name));
  const sealed = Buffer.concat([MAGIC, nonce, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
  for (const buffer of [head, plain, packed, archive]) buffer.fill(0);
  return sealed;
}

/** Throws BundleRejected for another key, context, generation or format, and for a changed byte. */
export async function openBundle(
  name: BundleName,
  key: Uint8Array,
  sealed: Uint8Array,
): Promise<{ readonly header: unknown; readonly archive: Buffer }> {
  checkKey(key);
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const end = bytes.length - TAG_BYTES;
  if (end < MAGIC.length + NONCE_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) throw new BundleRejected();
  const packed = decipher(name, key, bytes, end);
  const plain = await decompress(packed, { maxOutputLength: MAX_OPENED_BYTES });
  packed.fill(0);
  const at = 4 + plain.readUInt32BE(0);
  return { header: JSON.parse(plain.toString("utf8", 4, at)) as unknown, archive: plain.subarray(at) };
}

function decipher(name: BundleName, key: Uint8Array, bytes: Buffer, end: number): Buffer {
  const from = MAGIC.length + NONCE_BYTES;
  try {
    const opening = createDecipheriv("aes-256-gcm", key, bytes.subarray(MAGIC.length, from), { authTagLength: 16 });
    opening.setAAD(additional(name)).setAuthTag(bytes.subarray(end));
    return Buffer.concat([opening.update(bytes.subarray(from, end)), opening.final()]);
  } catch {
    throw new BundleRejected();
  }
}

function additional({ contextId, generation }: BundleName): Buffer {
  return Buffer.from(`shopkey-context/1|${contextId}|${generation}`);
}

function checkKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError("The key of a browser context has 32 bytes.");
}
