/** One way to call the product's envelope and its reference with the same input, and the checks that use it. */
import { EnvelopeRejected, type Envelopes, type EnvelopeType, openEnvelopes } from "../../src/vault/envelope.js";
import { Key } from "../../src/vault/key.js";
import { fieldBytes, ownerBytes } from "../../src/vault/scope.js";
import { type ReferenceInput, referenceOpen, referenceSeal } from "./reference-envelope.js";
import { type Seeded, seeded } from "./seeded.js";

const byLabel = new Map<string, Envelopes>();

function envelopesOf(label: string): Envelopes {
  const envelopes = byLabel.get(label) ?? openEnvelopes(label);
  byLabel.set(label, envelopes);
  return envelopes;
}

const placeOf = (input: ReferenceInput) => ({
  type: input.type as EnvelopeType,
  keyVersion: input.keyVersion,
  owner: ownerBytes(input.orgId, input.consumerId),
});
const fieldOf = (input: ReferenceInput): Uint8Array => fieldBytes(input.field, input.schemaVersion);

export const seal = (input: ReferenceInput, plaintext: Uint8Array | string, nonce?: Uint8Array): Buffer =>
  envelopesOf(input.label).seal(new Key(input.key), placeOf(input), fieldOf(input), plaintext, nonce);

export const open = (input: ReferenceInput, envelope: Uint8Array): Buffer =>
  envelopesOf(input.label).open(new Key(input.key), placeOf(input), fieldOf(input), envelope);

export const openText = (input: ReferenceInput, envelope: Uint8Array): string =>
  envelopesOf(input.label).openText(new Key(input.key), placeOf(input), fieldOf(input), envelope);

export const openKey = (input: ReferenceInput, envelope: Uint8Array, target: Key): void =>
  envelopesOf(input.label).openKey(new Key(input.key), placeOf(input), fieldOf(input), envelope, target);

/** The plaintext, null when it was rejected; any other error passes through. */
export function openOrNull(input: ReferenceInput, envelope: Uint8Array): Buffer | null {
  try {
    return open(input, envelope);
  } catch (error) {
    if (error instanceof EnvelopeRejected) return null;
    throw error;
  }
}

function randomInput(random: Seeded): ReferenceInput {
  return {
    label: random.pick(["shopkey-envelope/v1", "sgw-envelope/v1"]),
    key: random.bytes(32),
    type: 1 + random.below(5),
    keyVersion: random.pick([0, 1, 2, 255, 256, 0x01020304, 0x7fffffff, 0x80000000, 0xffffffff]),
    orgId: random.uuid(),
    consumerId: random.below(3) === 0 ? null : random.uuid(),
    field: random.pick(["", "email", "document", "endereço", "x".repeat(255), random.bytes(6).toString("hex")]),
    schemaVersion: random.pick([1, 1, 1, 2, 0xffffffff]),
  };
}

const LENGTHS = [0, 1, 15, 31, 32, 62, 63, 64, 65, 127, 128, 300, 4031, 4032, 4096, 9000];

/** Seals and opens the same inputs with both; gives how many gave different bytes. */
export function compareWithReference(rounds: number, seed: number): { rounds: number; differences: number } {
  const random = seeded(seed);
  let differences = 0;
  for (let i = 0; i < rounds; i++) {
    const input = randomInput(random);
    const length = random.below(40) === 0 ? random.pick(LENGTHS) : random.below(200);
    const plaintext = random.bytes(length);
    const nonce = random.bytes(24);
    const envelope = seal(input, plaintext, nonce);
    const same =
      envelope.equals(referenceSeal(input, plaintext, nonce)) &&
      open(input, envelope).equals(plaintext) &&
      referenceOpen(input, seal(input, plaintext))?.equals(plaintext) === true;
    if (!same) differences++;
  }
  return { rounds, differences };
}

/** Opens broken envelopes with both; gives how many the two judged differently, and how many opened. */
export function openBroken(rounds: number, seed: number): { rounds: number; differences: number; opened: number } {
  const random = seeded(seed);
  const input = { ...randomInput(random), label: "shopkey-envelope/v1", field: "email" };
  const whole = seal(input, "ana@example.com");
  let differences = 0;
  let opened = 0;
  for (let i = 0; i < rounds; i++) {
    const broken = breakEnvelope(random, whole);
    const ours = openOrNull(input, broken);
    const theirs = referenceOpen(input, broken);
    if ((ours === null) !== (theirs === null)) differences++;
    if (ours !== null && !broken.equals(whole)) opened++;
  }
  return { rounds, differences, opened };
}

function breakEnvelope(random: Seeded, whole: Buffer): Buffer {
  const kind = random.below(4);
  if (kind === 0) return random.bytes(random.below(300));
  if (kind === 1) return Buffer.concat([whole.subarray(0, random.below(whole.length)), random.bytes(random.below(80))]);
  const changed = Buffer.from(whole);
  for (let n = random.below(3); n >= 0; n--) changed[random.below(kind === 2 ? 80 : whole.length)] = random.below(256);
  return changed;
}
