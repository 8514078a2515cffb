/**
 * The key that the egress proxy presents in a store's name in the test environment, where a sandbox that speaks plain
 * HTTP stands behind every https address. It is made for one session, lives in memory, and the session's Chromium is
 * told its fingerprint; nothing else trusts it.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

export interface SandboxIdentity {
  readonly secureContext: SecureContext;
  /** Base64 SHA-256 of the public key's SPKI, for `--ignore-certificate-errors-spki-list`. */
  readonly fingerprint: string;
}

export function makeSandboxIdentity(now: Date = new Date()): SandboxIdentity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const certificate = selfSign(spki, privateKey, now);
  return {
    secureContext: createSecureContext({
      key: privateKey.export({ type: "pkcs8", format: "pem" }),
      cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
      minVersion: "TLSv1.2",
    }),
    fingerprint: createHash("sha256").update(spki).digest("base64"),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;
const ECDSA_WITH_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
const COMMON_NAME = Buffer.from("0603550403", "hex");

/** A v3 certificate of RFC 5280 with the fields that must be there, and no extension. */
function selfSign(spki: Buffer, privateKey: KeyObject, now: Date): Buffer {
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from("shopkey sandbox")))));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(now.getTime() - DAY_MS), utcTime(now.getTime() + 30 * DAY_MS)),
    name,
    spki,
  );
  const signature = sign("sha256", body, privateKey);
  return sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
}

function utcTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tagged(0x17, Buffer.from(`${text}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

/** Tag, length, value: lengths above 127 as a count of bytes and the bytes. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const hex = value.length.toString(16);
  const length = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, value]);
}
