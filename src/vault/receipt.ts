/**
 * Receipts: JSON documents that say what was done for whom, without a word of who that is. Each names the SHA-256 of the one
 * before it and is signed with the org's Ed25519 key. The document is the bytes themselves: two spaces of indentation, one line
 * feed at the end; another spelling of the same values is another document, and no receipt.
 *
 *     signature = Ed25519(org's key, "shopkey-receipt/1\n" || compact JSON of everything but the signature)
 */
import { createHash } from "node:crypto";
import { isSigned, type Signature } from "./signer.js";

export const RECEIPT_FORMAT = "shopkey-receipt/1";

/** What every receipt has; the rest is its maker's. */
export interface ReceiptBody {
  readonly format: typeof RECEIPT_FORMAT;
  /** 1, 2, 3, … in its chain. */
  readonly sequence: number;
  /** SHA-256 of the document before this one, hex; null for the first. */
  readonly previous: string | null;
  readonly key: { readonly id: string; readonly algorithm: "Ed25519"; readonly publicKey: string };
  readonly [fact: string]: unknown;
}

export const receiptMessage = (body: ReceiptBody): Buffer => Buffer.from(`${RECEIPT_FORMAT}\n${JSON.stringify(body)}`);

export const receiptDocument = (body: ReceiptBody, signature: string): string =>
  `${JSON.stringify({ ...body, signature }, null, 2)}\n`;

/** SHA-256, by which the next receipt names this one. */
export const receiptDigest = (document: Uint8Array | string): Buffer => createHash("sha256").update(document).digest();

export type ReceiptVerdict =
  | {
      readonly kind: "genuine";
      readonly sequence: number;
      readonly previous: string | null;
      /** Hex. */
      readonly digest: string;
      readonly keyId: string;
      readonly publicKey: string;
    }
  | { readonly kind: "refused"; readonly why: string };

const refused = (why: string): ReceiptVerdict => ({ kind: "refused", why });

/** Needs nothing but the bytes. That the key is the org's own is for whoever asks to know: compare `keyId` with the one it told. */
export function verifyReceipt(bytes: Uint8Array): ReceiptVerdict {
  const read = readReceipt(bytes);
  if (read === null) return refused("It is not a receipt.");
  const { body, signature, text } = read;
  if (receiptDocument(body, signature) !== text) return refused("It is not spelled as it was issued.");
  const { id: keyId, publicKey } = body.key;
  const signed: Signature = { keyId, publicKey, value: signature };
  if (!isSigned(receiptMessage(body), signed)) return refused("Its signature does not fit.");
  const { sequence, previous } = body;
  return { kind: "genuine", sequence, previous, digest: receiptDigest(bytes).toString("hex"), keyId, publicKey };
}

function readReceipt(bytes: Uint8Array): { body: ReceiptBody; signature: string; text: string } | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const { signature, ...body } = JSON.parse(text) as ReceiptBody & { signature: unknown };
    const isWhole =
      body.format === RECEIPT_FORMAT &&
      Number.isSafeInteger(body.sequence) &&
      (body.previous === null || typeof body.previous === "string") &&
      typeof body.key?.id === "string" &&
      typeof body.key.publicKey === "string" &&
      typeof signature === "string";
    return isWhole ? { body, signature, text } : null;
  } catch {
    return null;
  }
}

/** What is wrong with receipts that should follow each other, by sequence; empty when nothing is. All are genuine. */
export function chainFaults(receipts: readonly Extract<ReceiptVerdict, { kind: "genuine" }>[]): readonly string[] {
  const inOrder = [...receipts].sort((a, b) => a.sequence - b.sequence);
  const faults: string[] = [];
  for (const [at, receipt] of inOrder.entries()) {
    const before = inOrder[at - 1];
    if (receipt.sequence === 1 && receipt.previous !== null) faults.push("Receipt 1 names one before it.");
    if (receipt.sequence > 1 && receipt.previous === null)
      faults.push(`Receipt ${receipt.sequence} names none before it.`);
    if (before === undefined) continue;
    if (before.sequence === receipt.sequence) faults.push(`There are two receipts ${receipt.sequence}.`);
    else if (before.sequence + 1 === receipt.sequence && receipt.previous !== before.digest)
      faults.push(`Receipt ${receipt.sequence} does not follow receipt ${before.sequence}.`);
  }
  return faults;
}
