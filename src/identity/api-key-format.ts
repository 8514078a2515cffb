/** `shk_test_` or `shk_live_`, 43 base62 digits (256 bits), 6 base62 digits of CRC-32 over all that comes before. */
import { hash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Environment } from "./caller.js";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FORM = /^shk_(?:test|live)_[0-9A-Za-z]{49}$/;
const CHECKSUM_DIGITS = 6;

function toBase62(value: bigint, digits: number): string {
  let text = "";
  for (let rest = value; text.length < digits; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text;
}

const checksumOf = (body: string): string => toBase62(BigInt(crc32(body)), CHECKSUM_DIGITS);

/** A new secret: shown once, kept only as its hash. */
export function mintApiKey(environment: Environment): string {
  const body = `shk_${environment}_${toBase62(BigInt(`0x${randomBytes(32).toString("hex")}`), 43)}`;
  return body + checksumOf(body);
}

/** Whether it can be a key at all: asked before any work is done for it. */
export const isApiKeyForm = (text: string): boolean =>
  FORM.test(text) && text.endsWith(checksumOf(text.slice(0, -CHECKSUM_DIGITS)));

/** SHA-256: enough for a secret of 256 bits, where a slow hash would only be a way to tire us. */
export const hashApiKey = (key: string): Buffer => hash("sha256", key, "buffer");
