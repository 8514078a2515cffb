import { describe, expect, test } from "@jest/globals";
import { blindIndexOf, fingerprintOf } from "../../src/vault/blind-index.js";
import { type Envelopes, openEnvelopes } from "../../src/vault/envelope.js";
import { runSelfTest, SelfTestFailed, type SelfTestSubject } from "../../src/vault/self-test.js";

const SOUND: SelfTestSubject = { envelopes: openEnvelopes, blindIndex: blindIndexOf, fingerprint: fingerprintOf };

const withEnvelopes = (change: (sound: Envelopes) => Partial<Envelopes>): SelfTestSubject => ({
  ...SOUND,
  envelopes: (label) => {
    const sound = openEnvelopes(label);
    return { ...sound, ...change(sound) };
  },
});

const BROKEN: Readonly<Record<string, SelfTestSubject>> = {
  "seals with another label": { ...SOUND, envelopes: () => openEnvelopes("shopkey-envelope/v2") },
  "opens as empty": withEnvelopes(() => ({ open: () => Buffer.alloc(0) })),
  "opens what was changed": withEnvelopes((sound) => ({
    open: (key, place, field, envelope) => {
      try {
        return sound.open(key, place, field, envelope);
      } catch {
        return Buffer.from("anything");
      }
    },
  })),
  "fails in another way": withEnvelopes((sound) => ({
    open: (key, place, field, envelope) => {
      try {
        return sound.open(key, place, field, envelope);
      } catch {
        throw new TypeError("broken");
      }
    },
  })),
  "throws when it seals": withEnvelopes(() => ({
    seal: () => {
      throw new Error("broken");
    },
  })),
  "has another blind index": { ...SOUND, blindIndex: (key, _field, text) => blindIndexOf(key, "document", text) },
  "has another fingerprint": { ...SOUND, fingerprint: (key, text) => blindIndexOf(key, "email", text) },
};

describe("the self-test", () => {
  test("passes", () => {
    expect(() => runSelfTest()).not.toThrow();
  });

  test.each(Object.entries(BROKEN))("notices an implementation that %s", (_name, subject) => {
    expect(() => runSelfTest(subject)).toThrow(SelfTestFailed);
  });
});
