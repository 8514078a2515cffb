import { describe, expect, test } from "@jest/globals";
import { ADDRESS_FIELDS, BUYER_FIELDS } from "@shopkey/adapter-sdk";
import fc from "fast-check";
import type { PlainProfile } from "../../src/identity/profile-fields.js";
import { judgeFields } from "../../src/identity/profile-judge.js";
import { mergeProfile } from "../../src/identity/profile-merge.js";
import { Refusal } from "../../src/kernel/refusal.js";

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.stringMatching(/^[0-9 .+-]{8,20}$/),
  fc.emailAddress(),
  fc.constantFrom("", " ", "\u0000", "\ud800", "\u202eabc", "1".repeat(201), "x".repeat(100_000), "12345678900", "SP"),
  fc.jsonValue(),
);
const groupOf = (fields: readonly string[]) =>
  fc.record(Object.fromEntries(fields.map((field) => [field, nasty])), { requiredKeys: [] });
const profile = fc.record(
  {
    buyer: fc.oneof(groupOf(BUYER_FIELDS), fc.jsonValue()),
    address: fc.oneof(groupOf(ADDRESS_FIELDS), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

const judge = (input: unknown, policy: "FORMAT" | "STRICT" = "FORMAT") => {
  const { given, refusals } = judgeFields(input, ["profile"]);
  const plain: PlainProfile = {};
  return { plain, refusals: refusals.length > 0 ? refusals : mergeProfile(plain, given, policy, ["profile"]) };
};

describe("whatever is given as a profile", () => {
  test("is taken or refused by path, and never quoted", () => {
    fc.assert(
      fc.property(profile, fc.constantFrom("FORMAT" as const, "STRICT" as const), (input, policy) => {
        for (const refusal of judge(input, policy).refusals) {
          expect(refusal).toBeInstanceOf(Refusal);
          expect(refusal.code).toBe("INVALID");
          expect(refusal.field?.[0]).toBe("profile");
          const said = `${refusal.message} ${refusal.nextAction}`;
          for (const value of leavesOf(input)) if (value.length > 12) expect(said).not.toContain(value);
          expect(MESSAGES.has(refusal.message)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is kept as printable text, normalised for good", () => {
    fc.assert(
      fc.property(profile, (input) => {
        const { plain, refusals } = judge(input);
        fc.pre(refusals.length === 0);
        for (const value of Object.values(plain)) {
          expect(value).toBe(value.trim());
          expect(value).not.toMatch(/[\p{Cc}\p{Cs}]/u);
          expect([...value].length).toBeGreaterThan(0);
          expect([...value].length).toBeLessThanOrEqual(400);
        }
        const again = judge(unflatten(plain));
        expect(again).toEqual({ plain, refusals: [] });
      }),
      { numRuns: 500 },
    );
  });
});

/** Every sentence that the judge has: no other can come out, so none can hold a value. */
const MESSAGES = new Set([
  "Must be an object.",
  "Must be text.",
  "Must not be empty.",
  "Must not hold control characters or broken text.",
  "Must have at most 200 characters.",
  "Must have at most 320 characters.",
  "Has a field that is not known.",
  "Must be an e-mail address.",
  "Must be a phone number with its area code, best as +55 and digits.",
  "Must be the name of a kind of document, such as cpf.",
  "Must be a country code of three letters, such as BRA.",
  "A document type comes with its document.",
  "A CPF has eleven digits.",
  "A CNPJ has fourteen characters.",
  "The check digits do not match.",
  "Not a postal code of this country.",
  "Not the two letters of a Brazilian state, such as SP.",
]);

function leavesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

function unflatten(plain: PlainProfile): object {
  const profile: Record<string, Record<string, string>> = {};
  for (const [path, value] of Object.entries(plain)) {
    const [group = "", leaf = ""] = path.split(".");
    profile[group] = { ...profile[group], [leaf]: value };
  }
  return profile;
}

describe("what the rules say", () => {
  const refusedAt = (input: object) => judge(input).refusals.map(({ field }) => field?.join("."));

  test("200 code points, and 320 for an e-mail address", () => {
    expect(judge({ buyer: { firstName: "👩".repeat(200) } }).refusals).toEqual([]);
    expect(refusedAt({ buyer: { firstName: "👩".repeat(201) } })).toEqual(["profile.buyer.firstName"]);
    expect(refusedAt({ buyer: { email: `a@${"b".repeat(320)}.com` } })).toEqual(["profile.buyer.email"]);
  });

  test.each(["", "  ", "\u200b", " \u200d\ufeff ", "\u00ad", "\u3164"])("%j is nothing that anybody sees", (text) => {
    expect(judge({ address: { street: text } }).refusals.map(({ message }) => message)).toEqual(["Must not be empty."]);
  });

  test("a document of 11 digits passes by format, and by check digits when strict", () => {
    const document = { buyer: { document: "123.456.789-00" } };
    expect(judge(document)).toMatchObject({ plain: { "buyer.document": "12345678900" }, refusals: [] });
    expect(judge(document, "STRICT").refusals).toHaveLength(1);
    expect(judge({ buyer: { document: "529.982.247-25" } }, "STRICT").refusals).toEqual([]);
  });

  test("the seed's values stay what they are", () => {
    const { plain } = judge({
      buyer: { email: "ana@example.com", phone: "+5511999999999" },
      address: { postalCode: "01310100", street: "Av. Paulista", city: "São Paulo", state: "SP" },
    });
    expect(plain).toEqual({
      "buyer.email": "ana@example.com",
      "buyer.phone": "+5511999999999",
      "address.postalCode": "01310100",
      "address.street": "Av. Paulista",
      "address.city": "São Paulo",
      "address.state": "SP",
    });
  });
});
