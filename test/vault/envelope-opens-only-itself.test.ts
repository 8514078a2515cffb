import { describe, expect, test } from "@jest/globals";
import { EnvelopeRejected } from "../../src/vault/envelope.js";
import { Key, KeysReleased } from "../../src/vault/key.js";
import { KNOWN_ENVELOPES, KNOWN_KEY, KNOWN_NONCE, KNOWN_ORG, type KnownAnswer } from "../../src/vault/known-answers.js";
import { type ReferenceInput, referenceSeal } from "./reference-envelope.js";
import { referenceSecretbox } from "./reference-secretbox.js";
import { compareWithReference, open, openBroken, openKey, openOrNull, openText, seal } from "./sealing.js";

const inputOf = (answer: KnownAnswer): ReferenceInput => ({
  ...answer,
  key: KNOWN_KEY,
  orgId: KNOWN_ORG,
  schemaVersion: 1,
});
const EMAIL: ReferenceInput = {
  label: "shopkey-envelope/v1",
  key: KNOWN_KEY,
  type: 1,
  keyVersion: 7,
  orgId: KNOWN_ORG,
  consumerId: "0f0e0d0c-0b0a-0908-0706-050403020100",
  field: "email",
  schemaVersion: 1,
};

/** Published with the format, before this implementation. */
const PUBLISHED = [
  "0101010600000007404142434445464748494a4b4c4d4e4f5051525354555657f8caa27c29fa1833f47a24484c937919129a061d4caede60a25d7ccb459b4fbe1eada6cc43b808bf70419363b34962aa763f636bb0cc8887abe47a725912743fe3a2a862d61960ecd9618a651647abc87b283f15aedf1a52bb26a0e85fc0d66bdd66a82372868d88b635b3785b07295f",
  "0101020600000003404142434445464748494a4b4c4d4e4f5051525354555657af7aeede1e2c91792a7732477273da99df839efd18fc6ae23f88baef1e4e18938207f0489709a684c34ec3ad5da4113f9758df7af8ce7855ba51cc53dd0d38bd69ca5586be5f4f579957caa89e98218305b3167bac2524f24a75fc7b4af1b5dff965ef20aa3d2bb400b100f66497498f",
];

describe("known answers", () => {
  test("the published ones are among them", () => {
    expect(KNOWN_ENVELOPES.slice(0, 2).map((answer) => answer.envelope)).toEqual(PUBLISHED);
  });

  test.each(KNOWN_ENVELOPES)("$label, type $type", (answer) => {
    const input = inputOf(answer);
    const independent = referenceSeal(input, answer.plaintext, KNOWN_NONCE, referenceSecretbox);
    expect(independent.toString("hex")).toBe(answer.envelope);
    expect(seal(input, answer.plaintext, KNOWN_NONCE).toString("hex")).toBe(answer.envelope);
    expect(open(input, Buffer.from(answer.envelope, "hex"))).toEqual(Buffer.from(answer.plaintext));
  });
});

describe("the envelope and its reference", () => {
  test("agree on every byte of random inputs", () => {
    expect(compareWithReference(3000, 1)).toEqual({ rounds: 3000, differences: 0 });
  });

  test("agree that what was broken stays shut", () => {
    expect(openBroken(5000, 2)).toEqual({ rounds: 5000, differences: 0, opened: 0 });
  });

  test("agree on every padding a reader accepts", () => {
    const nonce = Buffer.alloc(24, 9);
    for (let padLog2 = 0; padLog2 <= 12; padLog2++) {
      const envelope = referenceSeal(EMAIL, Buffer.from("ana@example.com"), nonce, undefined, padLog2);
      expect(openText(EMAIL, envelope)).toBe("ana@example.com");
    }
    const beyond = referenceSeal(EMAIL, Buffer.from("ana@example.com"), nonce, undefined, 13);
    expect(openOrNull(EMAIL, beyond)).toBeNull();
  });
});

describe("an envelope", () => {
  const envelope = seal(EMAIL, "ana@example.com");

  test("opens as it was sealed, whatever the length", () => {
    for (const length of [0, 1, 31, 63, 64, 65, 4032, 4064, 5000, 1024 * 1024]) {
      const plaintext = Buffer.alloc(length, "0123456789abcdef");
      const sealed = seal(EMAIL, plaintext);
      expect((sealed.length - 80) % 64).toBe(0);
      expect(open(EMAIL, sealed).equals(plaintext)).toBe(true);
    }
    expect(openText(EMAIL, seal(EMAIL, "Zoë 🛒 São Paulo"))).toBe("Zoë 🛒 São Paulo");
  });

  test("of a short and of a long name are equally long", () => {
    expect(seal(EMAIL, "Al").length).toBe(seal(EMAIL, "Maximiliana de Albuquerque").length);
  });

  test("refuses more than 1 MiB, and names of fields over 255 bytes", () => {
    expect(() => seal(EMAIL, Buffer.alloc(1024 * 1024 + 1))).toThrow(RangeError);
    expect(() => seal({ ...EMAIL, field: "ç".repeat(128) }, "")).toThrow(RangeError);
  });

  test.each([
    "",
    "00112233-4455-6677-8899-aabbccddeef",
    "00112233-4455-6677-8899-aabbccddeefff",
    "00112233445566778899aabbccddeeff0000",
    "g0112233-4455-6677-8899-aabbccddeeff",
    "00112233-4455-6677-8899_aabbccddeeff",
    "00112233-4455-6677-8899-aabbccddeeé1",
  ])("takes no owner that is not a UUID: %j", (id) => {
    expect(() => seal({ ...EMAIL, orgId: id }, "")).toThrow(RangeError);
    expect(() => seal({ ...EMAIL, consumerId: id }, "")).toThrow(RangeError);
  });

  test("does not mind the case of a UUID", () => {
    expect(openText({ ...EMAIL, orgId: EMAIL.orgId.toUpperCase() }, envelope)).toBe("ana@example.com");
  });

  test("stays shut with any one bit flipped", () => {
    let opened = 0;
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const changed = Buffer.from(envelope);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (openOrNull(EMAIL, changed) !== null) opened++;
    }
    expect({ bits: envelope.length * 8, opened }).toEqual({ bits: 1152, opened: 0 });
  });

  test("stays shut when cut short anywhere, or longer", () => {
    const opened = Array.from({ length: envelope.length }, (_, length) => envelope.subarray(0, length)).filter(
      (part) => openOrNull(EMAIL, part) !== null,
    );
    expect(opened).toEqual([]);
    expect(openOrNull(EMAIL, Buffer.concat([envelope, Buffer.alloc(64)]))).toBeNull();
  });

  test("opens as no other type, owner, org, field or version", () => {
    const variants = [1, 2, 3, 4, 5].flatMap((type) =>
      [EMAIL.consumerId, null, "0f0e0d0c-0b0a-0908-0706-050403020101"].flatMap((consumerId) =>
        [KNOWN_ORG, "00112233-4455-6677-8899-aabbccddeefe"].flatMap((orgId) =>
          ["email", "emai", "", "document"].flatMap((field) =>
            [7, 8].map((keyVersion) => ({ ...EMAIL, type, consumerId, orgId, field, keyVersion })),
          ),
        ),
      ),
    );
    const sealed = variants.map((input) => seal(input, "x"));
    let opened = 0;
    for (const input of variants) for (const one of sealed) if (openOrNull(input, one) !== null) opened++;
    expect({ pairs: variants.length ** 2, opened }).toEqual({ pairs: 240 ** 2, opened: 240 });
  });

  test("belongs to its schema version and its key", () => {
    expect(openOrNull({ ...EMAIL, schemaVersion: 2 }, envelope)).toBeNull();
    expect(openOrNull({ ...EMAIL, key: Buffer.alloc(32, 1) }, envelope)).toBeNull();
    expect(openOrNull({ ...EMAIL, label: "sgw-envelope/v1" }, envelope)).toBeNull();
  });

  test("never repeats a nonce", () => {
    const nonces = new Set(Array.from({ length: 3000 }, () => seal(EMAIL, "").subarray(8, 32).toString("hex")));
    expect(nonces.size).toBe(3000);
  });

  test("says nothing about why it was rejected", () => {
    const reasons = [
      envelope.subarray(1),
      Buffer.concat([envelope.subarray(0, 143), Buffer.alloc(1)]),
      Buffer.alloc(0),
    ];
    const messages = reasons.map((broken) => {
      try {
        return open(EMAIL, broken).toString();
      } catch (error) {
        return error instanceof EnvelopeRejected ? `${error.name}: ${error.message} ${error.cause}` : "another error";
      }
    });
    expect(new Set(messages)).toEqual(new Set(["EnvelopeRejected: The envelope was rejected. undefined"]));
  });
});

describe("memory", () => {
  test("what is opened lies alone in its memory, so that a wipe reaches all of it", () => {
    const opened = open(EMAIL, seal(EMAIL, "ana@example.com"));
    expect(opened.buffer.byteLength).toBe("ana@example.com".length);
    const again = open(EMAIL, seal(EMAIL, "bob@example.com"));
    expect(opened.toString()).toBe("ana@example.com");
    again.fill(0);
    expect(opened.toString()).toBe("ana@example.com");
  });

  test("a sealed envelope shares memory with nothing", () => {
    const envelope = seal(EMAIL, "ana@example.com");
    expect(envelope.buffer.byteLength).toBe(envelope.length);
  });

  test("a wiped key seals and opens nothing", () => {
    const key = new Key(KNOWN_KEY);
    key.wipe();
    expect(() => key.mac(Buffer.from("x"))).toThrow(KeysReleased);
    expect(() => new Key().mac(Buffer.from("x"))).toThrow(KeysReleased);
  });

  test("only 32 sealed bytes load as a key", () => {
    const asKey = { ...EMAIL, type: 2, field: "" };
    const target = new Key();
    expect(() => openKey(asKey, seal(asKey, Buffer.alloc(31, 5)), target)).toThrow(EnvelopeRejected);
    expect(() => openKey(asKey, seal(asKey, Buffer.alloc(33, 5)), target)).toThrow(EnvelopeRejected);
    expect(() => target.mac()).toThrow(KeysReleased);
    openKey(asKey, seal(asKey, Buffer.alloc(32, 5)), target);
    expect(target.mac(Buffer.from("x"))).toEqual(new Key(Buffer.alloc(32, 5)).mac(Buffer.from("x")));
  });
});
