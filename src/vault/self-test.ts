/** Runs the known answers before any key is touched: a broken dependency would otherwise seal wrongly without a sign. */
import { blindIndexOf, fingerprintOf } from "./blind-index.js";
import { EnvelopeRejected, type Envelopes, openEnvelopes } from "./envelope.js";
import { Key } from "./key.js";
import {
  KNOWN_BLIND_INDEX,
  KNOWN_ENVELOPES,
  KNOWN_FINGERPRINT,
  KNOWN_KEY,
  KNOWN_NONCE,
  KNOWN_ORG,
  type KnownAnswer,
} from "./known-answers.js";
import { fieldBytes, ownerBytes, SCHEMA_VERSION } from "./scope.js";

/** The vault computes wrong answers, so it must not be used. */
export class SelfTestFailed extends Error {
  override readonly name = "SelfTestFailed";
  constructor() {
    super("The vault's self-test failed; the gateway does not start with cryptography that gives wrong answers.");
  }
}

/** The pieces under test; a test of the self-test passes broken ones. */
export interface SelfTestSubject {
  readonly envelopes: (label: string) => Envelopes;
  readonly blindIndex: typeof blindIndexOf;
  readonly fingerprint: typeof fingerprintOf;
}

const OURS: SelfTestSubject = { envelopes: openEnvelopes, blindIndex: blindIndexOf, fingerprint: fingerprintOf };

/** Throws SelfTestFailed. Takes about a millisecond. */
export function runSelfTest(subject: SelfTestSubject = OURS): void {
  const key = new Key(KNOWN_KEY);
  const passed =
    KNOWN_ENVELOPES.every((answer) => answersRightly(subject, key, answer)) &&
    subject.blindIndex(key, "email", "ana@example.com").toString("hex") === KNOWN_BLIND_INDEX &&
    subject.fingerprint(key, "ana@example.com").toString("hex") === KNOWN_FINGERPRINT;
  if (!passed) throw new SelfTestFailed();
}

function answersRightly(subject: SelfTestSubject, key: Key, answer: KnownAnswer): boolean {
  const envelopes = subject.envelopes(answer.label);
  const place = {
    type: answer.type,
    keyVersion: answer.keyVersion,
    owner: ownerBytes(KNOWN_ORG, answer.consumerId),
  };
  const field = fieldBytes(answer.field, SCHEMA_VERSION);
  const envelope = Buffer.from(answer.envelope, "hex");
  try {
    if (!envelopes.seal(key, place, field, answer.plaintext, KNOWN_NONCE).equals(envelope)) return false;
    if (!envelopes.open(key, place, field, envelope).equals(answer.plaintext)) return false;
  } catch {
    return false;
  }
  return [0, 10, 40, 70, 100].every((at) => rejectsChanged(envelopes, key, { place, field, envelope, at }));
}

/** One flipped bit in each part: header, nonce, commitment, tag, ciphertext. */
function rejectsChanged(
  envelopes: Envelopes,
  key: Key,
  sealed: {
    readonly place: Parameters<Envelopes["open"]>[1];
    readonly field: Uint8Array;
    readonly envelope: Buffer;
    readonly at: number;
  },
): boolean {
  const changed = Buffer.from(sealed.envelope);
  changed[sealed.at] = (changed[sealed.at] ?? 0) ^ 1;
  try {
    envelopes.open(key, sealed.place, sealed.field, changed).fill(0);
    return false;
  } catch (error) {
    return error instanceof EnvelopeRejected;
  }
}
