/** Ed25519 signatures of an org: who holds the public key can check them without this gateway. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { OrgId } from "../kernel/ids.js";
import type { Keystore } from "./keystore.js";
import type { KmsProvider } from "./kms.js";
import { currentOf, unwrapBytes } from "./org-keys.js";

/** A signature, with all that it takes to check it. */
export interface Signature {
  /** The first 16 hex digits of the public key's SHA-256. */
  readonly keyId: string;
  /** Raw, 32 bytes, base64. */
  readonly publicKey: string;
  /** 64 bytes, base64. */
  readonly value: string;
}

/** What stands before a raw Ed25519 key in PKCS #8 and in SPKI (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const KEY_BYTES = 32;

const signingKeyId = (publicKey: Uint8Array): string =>
  createHash("sha256").update(publicKey).digest("hex").slice(0, 16);

/** Signs with the org's current key, which is in memory no longer than this takes. */
export async function signAs(
  kms: KmsProvider,
  keystore: Keystore,
  orgId: OrgId,
  makeMessage: (key: Pick<Signature, "keyId" | "publicKey">) => Uint8Array,
): Promise<Signature> {
  const stored = await keystore.list(orgId);
  const version = currentOf(stored, "sign");
  const key = stored.find((item) => item.kind === "sign" && item.version === version);
  if (key === undefined) throw new Error("the current key is not among the keys");
  const seed = await unwrapBytes(kms, orgId, key);
  const der = Buffer.concat([PRIVATE_PREFIX, seed]);
  seed.fill(0);
  try {
    const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const raw = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(PUBLIC_PREFIX.length);
    const named = { keyId: signingKeyId(raw), publicKey: raw.toString("base64") };
    return { ...named, value: sign(null, makeMessage(named), privateKey).toString("base64") };
  } finally {
    der.fill(0);
  }
}

/** Whether the signature is the key's. False, never an error, for what is no key and no signature. */
export function isSigned(message: Uint8Array, { keyId, publicKey, value }: Signature): boolean {
  const raw = Buffer.from(publicKey, "base64");
  const isCanonical = raw.toString("base64") === publicKey && Buffer.from(value, "base64").toString("base64") === value;
  if (raw.length !== KEY_BYTES || !isCanonical || signingKeyId(raw) !== keyId) return false;
  return verify(null, message, publicKeyOf(raw), Buffer.from(value, "base64"));
}

const publicKeyOf = (raw: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: "der", type: "spki" });
