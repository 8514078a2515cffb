/** secretbox does not say which key it was made with. These are the ciphertexts that show it. */
import { expect, test } from "@jest/globals";
import nacl from "tweetnacl";
import { deriveReference, type ReferenceInput, referenceOpen } from "./reference-envelope.js";
import { keystream } from "./reference-secretbox.js";
import { openOrNull } from "./sealing.js";
import { seeded } from "./seeded.js";
import { makeTwoKeyCiphertext } from "./two-key-ciphertext.js";

const ROUNDS = 20;

test("control: bare secretbox opens one ciphertext under two keys", () => {
  const random = seeded(3);
  let fooled = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const keys = [random.bytes(32), random.bytes(32)] as const;
    const nonce = random.bytes(24);
    const box = makeTwoKeyCiphertext(keys, nonce, random.bytes(32));
    if (keys.every((key) => nacl.secretbox.open(box, nonce, key) !== null)) fooled++;
  }
  expect(fooled).toBe(ROUNDS);
});

test("an envelope made for two keys opens under the committed one at most", () => {
  const random = seeded(4);
  const opened = { withoutCommitment: 0, underBoth: 0, underCommitted: 0 };
  for (let i = 0; i < ROUNDS; i++) {
    const inputs = [random.bytes(32), random.bytes(32)].map((key) => inputWith(key)) as [
      ReferenceInput,
      ReferenceInput,
    ];
    const { head, keys, commitment } = findHead(inputs, random.bytes);
    const lastBlock = random.bytes(16);
    lastBlock[15] = 0x80 ^ (keystream(keys[0], head.subarray(8), 96)[95] as number);
    const box = makeTwoKeyCiphertext(keys, head.subarray(8), Buffer.concat([random.bytes(16), lastBlock]));
    const envelope = Buffer.concat([head, commitment, box]);
    const blind = inputs.filter((input) => referenceOpen(input, envelope, { commitment: false }) !== null);
    const ours = inputs.map((input) => openOrNull(input, envelope) !== null);
    if (blind.length === 2) opened.withoutCommitment++;
    if (ours[0]) opened.underCommitted++;
    if (ours[0] && ours[1]) opened.underBoth++;
  }
  // The first count is the control: without the commitment the forged envelope is whole under both keys.
  expect(opened).toEqual({ withoutCommitment: ROUNDS, underCommitted: ROUNDS, underBoth: 0 });
});

const inputWith = (key: Uint8Array): ReferenceInput => ({
  label: "shopkey-envelope/v1",
  key,
  type: 1,
  keyVersion: 1,
  orgId: "00112233-4455-6677-8899-aabbccddeeff",
  consumerId: null,
  field: "email",
  schemaVersion: 1,
});

/** A head whose two message keys agree on the stream's last byte, so that the padding is right under both. */
function findHead(inputs: readonly [ReferenceInput, ReferenceInput], bytes: (length: number) => Buffer) {
  for (;;) {
    const head = Buffer.concat([Buffer.from([1, 1, 1, 6, 0, 0, 0, 1]), bytes(24)]);
    const [one, two] = inputs.map((input) => deriveReference(input, head)) as [
      ReturnType<typeof deriveReference>,
      ReturnType<typeof deriveReference>,
    ];
    const keys = [one.sealKey, two.sealKey] as const;
    const [last1, last2] = keys.map((key) => lastByte(key, head.subarray(8)));
    if (last1 === last2) return { head, keys, commitment: one.commitment };
  }
}

/** secretbox of zeros is tag and stream; the stream of a 64-byte body ends at byte 96. */
const lastByte = (key: Uint8Array, nonce: Uint8Array): number | undefined =>
  nacl.secretbox(new Uint8Array(64), nonce, key).at(-1);
