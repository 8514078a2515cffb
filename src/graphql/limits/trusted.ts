/** Trusted documents: when the org's operator lists them, nothing else runs. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface TrustedDocuments {
  readonly has: (document: string) => boolean;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Reads a JSON file of SHA-256 (hex) to document. Throws when a hash does not belong to its document, so that an
 * edited list is noticed at the start.
 */
export function readTrustedDocuments(path: string): TrustedDocuments {
  const listed: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof listed !== "object" || listed === null) throw new TypeError("trusted documents: expected a JSON object");
  const hashes = new Set<string>();
  for (const [hash, document] of Object.entries(listed)) {
    if (typeof document !== "string" || sha256(document) !== hash)
      throw new TypeError(`trusted documents: ${hash.slice(0, 64)} is not the SHA-256 of its document`);
    hashes.add(hash);
  }
  return { has: (document) => hashes.has(sha256(document)) };
}
