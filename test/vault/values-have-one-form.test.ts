import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  cnpjChecksumValid,
  cpfChecksumValid,
  normaliseDocument,
  normaliseEmail,
  normalisePhone,
  normalisePostalCode,
} from "../../src/vault/index.js";
import { anyText } from "./mask-checks.js";

test.each([
  [" Ana@Example.COM ", "ana@example.com"],
  ["jose\u0301@exämple.com", "josé@xn--exmple-cua.com"],
  ["a.n.a+loja@gmail.com", "a.n.a+loja@gmail.com"],
  ['"a@b"@c.com', '"a@b"@c.com'],
  ["ana", null],
  ["@x.com", null],
  ["ana@", null],
  ["ana@localhost", null],
  ["ana@127.0.0.1", null],
  ["an a@x.com", null],
  ["an\u200ba@x.com", null],
  [`${"a".repeat(320)}@x.com`, null],
])("e-mail %j is %j", (text, normal) => {
  expect(normaliseEmail(text)).toBe(normal);
});

test.each([
  ["123.456.789-00", undefined, "12345678900"],
  ["１２３４５６７８９００", "cpf", "12345678900"],
  ["11.222.333/0001-81", undefined, "11222333000181"],
  ["12.abc.345/01de-35", "cnpj", "12ABC34501DE35"],
  ["1234567890", undefined, null],
  ["1234567890a", "cpf", null],
  ["12345678900", "cnpj", null],
  ["12ABC34501DEAB", "cnpj", null],
  ["", undefined, null],
] as const)("document %j as %s is %j", (text, kind, normal) => {
  expect(normaliseDocument(text, kind)).toBe(normal);
});

describe("check digits", () => {
  test.each([
    ["12345678909", true],
    ["11144477735", true],
    ["52998224725", true],
    ["12345678900", false],
    ["11111111111", false],
    ["123", false],
  ])("CPF %s: %s", (cpf, valid) => {
    expect(cpfChecksumValid(cpf)).toBe(valid);
  });

  test.each([
    ["11222333000181", true],
    ["00000000000191", true],
    ["12ABC34501DE35", true],
    ["12ABC34501DE36", false],
    ["11222333000180", false],
    ["00000000000000", false],
    ["", false],
  ])("CNPJ %s: %s", (cnpj, valid) => {
    expect(cnpjChecksumValid(cnpj)).toBe(valid);
  });

  test("one in a hundred CPFs passes", () => {
    const passing = Array.from({ length: 100 }, (_, i) => `987654321${String(i).padStart(2, "0")}`).filter(
      cpfChecksumValid,
    );
    expect(passing).toEqual(["98765432100"]);
  });
});

test.each([
  ["+5511999999999", "+5511999999999"],
  ["(11) 99999-9999", "+5511999999999"],
  ["011 99999-9999", "+5511999999999"],
  ["5511999999999", "+5511999999999"],
  ["0055 11 99999 9999", "+5511999999999"],
  ["11 3333-4444", "+551133334444"],
  ["(55) 99999-9999", "+5555999999999"],
  ["(55) 3222-4444", "+555532224444"],
  ["+1 (415) 555-0100", "+14155550100"],
  ["99999-9999", null],
  ["+0123456789", null],
  ["call me", null],
  ["", null],
])("phone %j is %j", (text, normal) => {
  expect(normalisePhone(text)).toBe(normal);
});

test.each([
  ["01310-100", undefined, "01310100"],
  ["01.310-100", "BRA", "01310100"],
  ["0131010", "BR", null],
  ["sw1a 1aa", "GB", "SW1A1AA"],
  ["SW1A 1AA", undefined, null],
  ["", "GB", null],
])("postal code %j of %s is %j", (text, country, normal) => {
  expect(normalisePostalCode(text, country)).toBe(normal);
});

test("every normal form is its own normal form, and no text makes one throw", () => {
  const forms = [
    normaliseEmail,
    (text: string) => normaliseDocument(text),
    normalisePhone,
    (text: string) => normalisePostalCode(text, "GB"),
  ];
  fc.assert(
    fc.property(anyText, (text) =>
      forms.every((form) => {
        const normal = form(text);
        return normal === null || form(normal) === normal;
      }),
    ),
    { numRuns: 4000, seed: 7 },
  );
});
