/**
 * Whether a request is Amazon's. Amazon signs with IAM (SigV4), which ends at API Gateway: what stands behind it proves
 * itself to us. Without a way of proof nobody is believed.
 *
 *     x-shopkey-signature: t=<unix seconds>,k=<key id>,v1=<hex HMAC-SHA256 over "<t>\n<METHOD>\n<path>\n<body>">
 */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { Call, RawRequest } from "@shopkey/adapter-sdk";
import type { AmazonKept } from "./kept.js";

const SIGNATURE_HEADER = "x-shopkey-signature";
const PROXY_HEADER = "x-shopkey-proxy";
/** How old or young a signature may be. This is the forwarder's clock against ours; codes are another matter. */
const SIGNATURE_LASTS_S = 300;

const SIGNATURE = /^t=(\d{1,12}),k=([a-z0-9-]{1,32}),v1=([0-9a-f]{64})$/;

/** What the forwarder puts into `x-shopkey-signature`. */
export function signRequest(
  key: { readonly id: string; readonly secret: string },
  request: Pick<RawRequest, "method" | "path" | "body">,
  at: Date,
): string {
  const seconds = String(Math.floor(at.getTime() / 1_000));
  return `t=${seconds},k=${key.id},v1=${macOf(key.secret, seconds, request).toString("hex")}`;
}

const macOf = (secret: string, seconds: string, { method, path, body }: Pick<RawRequest, "method" | "path" | "body">) =>
  createHmac("sha256", secret).update(`${seconds}\n${method}\n${path}\n`).update(body).digest();

/** The name of whoever asks; null when that is not proven. */
export function proveCaller(call: Call<AmazonKept>, request: RawRequest): string | null {
  const { inbound } = call.store.settings;
  switch (inbound?.kind) {
    case "hmac":
      return bySignature(call, request);
    case "mtls":
      return byProxy(call, request, inbound);
    case "allow-all":
      return call.environment === "test" ? "anybody" : null;
    default:
      return null;
  }
}

function bySignature(call: Call<AmazonKept>, request: RawRequest): string | null {
  const [, seconds, keyId, given] = SIGNATURE.exec(request.headers[SIGNATURE_HEADER] ?? "") ?? [];
  if (seconds === undefined || given === undefined) return null;
  const key = call.store.credentials?.hmacKeys.find(({ id }) => id === keyId);
  if (key === undefined) return null;
  if (Math.abs(call.now().getTime() / 1_000 - Number(seconds)) > SIGNATURE_LASTS_S) return null;
  return timingSafeEqual(macOf(key.secret, seconds, request), Buffer.from(given, "hex")) ? `hmac:${key.id}` : null;
}

/** A header alone proves nothing: whoever reaches this port could send it. So the proxy says who it is, too. */
function byProxy(
  call: Call<AmazonKept>,
  { headers }: RawRequest,
  { header, identities }: { readonly header: string; readonly identities: readonly string[] },
): string | null {
  const expected = call.store.credentials?.proxySecret;
  const given = headers[PROXY_HEADER];
  if (expected === undefined || given === undefined || !isSame(given, expected)) return null;
  const identity = headers[header];
  return identity !== undefined && identities.includes(identity) ? `mtls:${identities.indexOf(identity)}` : null;
}

const isSame = (given: string, expected: string): boolean =>
  timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", expected, "buffer"));
