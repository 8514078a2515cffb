/**
 * Known answers of the envelope and the blind index, computed with the independent implementation of
 * test/vault/reference-envelope.ts (its own HKDF-Expand and its own XSalsa20-Poly1305).
 *
 * All: key 00..1f, nonce 40..57, org 00112233-4455-6677-8899-aabbccddeeff,
 * consumer 0f0e0d0c-0b0a-0908-0706-050403020100 or none, schema version 1.
 */
import type { EnvelopeType } from "./envelope.js";

const count = (from: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => from + i);

export const KNOWN_KEY = count(0x00, 32);
export const KNOWN_NONCE = count(0x40, 24);
export const KNOWN_ORG = "00112233-4455-6677-8899-aabbccddeeff";
const KNOWN_CONSUMER = "0f0e0d0c-0b0a-0908-0706-050403020100";

export interface KnownAnswer {
  readonly label: string;
  readonly type: EnvelopeType;
  readonly keyVersion: number;
  readonly consumerId: string | null;
  readonly field: string;
  readonly plaintext: Uint8Array;
  readonly envelope: string;
}

const EMAIL = Buffer.from("ana@example.com");
const DEK = count(0x80, 32);

export const KNOWN_ENVELOPES: readonly KnownAnswer[] = [
  // The same format under an earlier label: answers published before this implementation was written.
  {
    label: "sgw-envelope/v1",
    type: 0x01,
    keyVersion: 7,
    consumerId: KNOWN_CONSUMER,
    field: "email",
    plaintext: EMAIL,
    envelope:
      "0101010600000007404142434445464748494a4b4c4d4e4f5051525354555657f8caa27c29fa1833f47a24484c937919129a061d4caede60a25d7ccb459b4fbe1eada6cc43b808bf70419363b34962aa763f636bb0cc8887abe47a725912743fe3a2a862d61960ecd9618a651647abc87b283f15aedf1a52bb26a0e85fc0d66bdd66a82372868d88b635b3785b07295f",
  },
  {
    label: "sgw-envelope/v1",
    type: 0x02,
    keyVersion: 3,
    consumerId: KNOWN_CONSUMER,
    field: "",
    plaintext: DEK,
    envelope:
      "0101020600000003404142434445464748494a4b4c4d4e4f5051525354555657af7aeede1e2c91792a7732477273da99df839efd18fc6ae23f88baef1e4e18938207f0489709a684c34ec3ad5da4113f9758df7af8ce7855ba51cc53dd0d38bd69ca5586be5f4f579957caa89e98218305b3167bac2524f24a75fc7b4af1b5dff965ef20aa3d2bb400b100f66497498f",
  },
  // The product's own: one of each type.
  {
    label: "shopkey-envelope/v1",
    type: 0x01,
    keyVersion: 7,
    consumerId: KNOWN_CONSUMER,
    field: "email",
    plaintext: EMAIL,
    envelope:
      "0101010600000007404142434445464748494a4b4c4d4e4f5051525354555657e9c96ea9b023e7a9d929e7725d0bae716bceec1d56e5ecd7d95b7564396dc4ba4ca12f11db1a7adddd62430fa896f5798199b08145f30783bae5b4e74829c115503260d9f6a1981545e4116d7c1f47f5e12aac0782025524ae1ce687d0ecdce72451ec84e9ce404149f4bacf2b2dbf62",
  },
  {
    label: "shopkey-envelope/v1",
    type: 0x02,
    keyVersion: 3,
    consumerId: KNOWN_CONSUMER,
    field: "",
    plaintext: DEK,
    envelope:
      "0101020600000003404142434445464748494a4b4c4d4e4f50515253545556576a02d5ddafc99049279a027499b6b258daf1f1d9e9e575689dfe851f1dbcdbc117f44594f82e70f8bb6e2a2704e62b7a3a0c5b69bfc532767346c96c091811cca22200063c3596a7b8dac3089cad85153b6797270a6962b5065644c8e68f8b549f2f6013bded2f0db4fc6880cae432f0",
  },
  {
    label: "shopkey-envelope/v1",
    type: 0x03,
    keyVersion: 1,
    consumerId: null,
    field: "kek/1",
    plaintext: DEK,
    envelope:
      "0101030600000001404142434445464748494a4b4c4d4e4f505152535455565799f6da2bbf434382b20f68b2110c134da780e5d4b88ef081e0d855e5692407e5d3d7958a267d3fe1fbe376b5cd99f333815716d40b943c8ba02578da707be9a14076184495147457fb031a73bd439a7abc51307cd5219a6b9091112d570574acfca267a43dce3b8848ef6d13911ee094",
  },
  {
    label: "shopkey-envelope/v1",
    type: 0x04,
    keyVersion: 1,
    consumerId: null,
    field: "index/2",
    plaintext: DEK,
    envelope:
      "0101040600000001404142434445464748494a4b4c4d4e4f5051525354555657278b80aec4ad1e7c6d1b0bf863633debb25198f9654529c7c1498d8cd0be90b9e5976240605ba75dc7b596e856b907ba0eedf540381d3b9cb92f7549b9440bd7defb86fc32ec9afe73c5fd2728e55b0ebbf28e56abb950ed7842237c92b6fea0a358e0f1e8be32af6c817f07e7212e58",
  },
  {
    label: "shopkey-envelope/v1",
    type: 0x05,
    keyVersion: 9,
    consumerId: null,
    field: "store-credentials",
    plaintext: new Uint8Array(0),
    envelope:
      "0101050600000009404142434445464748494a4b4c4d4e4f50515253545556575d1a7061313e50f5d89e5f9751670a05c2e3ec3e3495182ecd6179cd79dcbd9c397bdd662df415aef21dd84571b23c3a2095566700e094026253f7db11a79449b1a1e7648ecf3504e71c5bac1f2577a876aab3ea2277b287b0427f3989e7ded0de8ecb19f3a2a03b896f300a8af2b343",
  },
];

/** Blind index of the e-mail `ana@example.com` and the fingerprint of the same text, under the known key. */
export const KNOWN_BLIND_INDEX = "d154a91bd03c0b8245598a99e0f7db34";
export const KNOWN_FINGERPRINT = "b7ffc042426a8287765ddb6c5c24dd65356ba5db233e9fc1657dfa97750d5eff";
