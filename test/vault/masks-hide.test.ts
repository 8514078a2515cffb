import { describe, expect, test } from "@jest/globals";
import { maskDocument, maskEmail, maskName, maskPhone, maskPostalCode, maskText } from "../../src/vault/index.js";
import { checkMasks, compareMasks } from "./mask-checks.js";

const DOTS = "•••";

describe("golden masks", () => {
  test.each([
    ["12345678900", "•••00"],
    ["123.456.789-00", "•••00"],
    ["１２３４５６７８９００", "•••00"],
    ["12ABC34501DE35", "•••35"],
    ["123456", "•••56"],
    ["12345", DOTS],
    ["", DOTS],
    ["   ", DOTS],
    ["12", DOTS],
    ["abcde", DOTS],
    ["abc", DOTS],
    ["\u202e12345678900", "•••00"],
    ["1\u200b2\u200b3\u200b", DOTS],
    ["\u115f".repeat(9), DOTS],
    ["9".repeat(400), DOTS],
  ])("document %j → %s", (text, mask) => {
    expect(maskDocument(text)).toBe(mask);
  });

  test.each([
    ["ana@example.com", "a•••@example.com"],
    ["ana@EXAMPLE.com", "a•••@example.com"],
    ["a@x.com", "•••@x.com"],
    ["jo@x.com", "•••@x.com"],
    ["ana.maria+loja@x.com.br", "a•••@x.com.br"],
    ['"a@b"@c.com', '"•••@c.com'],
    ["josé@exämple.com", "j•••@xn--exmple-cua.com"],
    ["Élise@x.com", "É•••@x.com"],
    ["\u202e\u200bana@x.com", "a•••@x.com"],
    [`a${"\u0301".repeat(20)}na@x.com`, "•••@x.com"],
    ["\u0301\u0302\u0303ana@x.com", "•••@x.com"],
    ["ana", DOTS],
    ["@x.com", DOTS],
    ["ana@", DOTS],
    ["ana@127.0.0.1", DOTS],
    ["ana@2130706433", DOTS],
    ["ana@0x7f.1", DOTS],
    ["ana@[127.0.0.1]", DOTS],
    ["ana@[::1]", DOTS],
    ["ana@localhost", DOTS],
    ["ana@x.com/path", DOTS],
    ["ana@x .com", DOTS],
    ["ana@-x.com", DOTS],
    ["ana@xn--.com", DOTS],
    ["", DOTS],
    [`${"a".repeat(314)}@x.com`, `a${DOTS}@x.com`],
    [`${"a".repeat(315)}@x.com`, DOTS],
  ])("e-mail %j → %s", (text, mask) => {
    expect(maskEmail(text)).toBe(mask);
  });

  test.each([
    ["ana@example.com", "a•••@•••"],
    ["jo@example.com", "•••@•••"],
    ["josé@exämple.com", "j•••@•••"],
    ["ana", DOTS],
  ])("e-mail %j of an org that hides domains → %s", (text, mask) => {
    expect(maskEmail(text, "hide")).toBe(mask);
  });

  test.each([
    ["+55 11 99999-9921", "•••21"],
    ["33334421", "•••21"],
    ["3333442", DOTS],
    ["+５５１１９９９９９９９２１", "•••21"],
    ["phone", DOTS],
    ["", DOTS],
  ])("phone %j → %s", (text, mask) => {
    expect(maskPhone(text)).toBe(mask);
  });

  test.each([
    ["Ana", "A•••"],
    [" Ana Maria ", "A•••"],
    ["Élise", "É•••"],
    ["李小龍", "李•••"],
    ["👩‍👩‍👧 family", "👩•••"],
    ["👩‍👩‍👧", DOTS],
    ["Jo", DOTS],
    ["A B", DOTS],
    ["•na", DOTS],
    ["李龍", DOTS],
    ["", DOTS],
    ["\n\t", DOTS],
    ["x".repeat(321), DOTS],
  ])("name %j → %s", (text, mask) => {
    expect(maskName(text)).toBe(mask);
  });

  test("postal code, street and all else are hidden whole", () => {
    for (const text of ["01310-100", "", "Avenida Paulista"]) {
      expect(maskPostalCode(text)).toBe(DOTS);
      expect(maskText(text)).toBe(DOTS);
    }
  });

  test("null stays null", () => {
    for (const mask of [maskDocument, maskEmail, maskPhone, maskName, maskPostalCode, maskText])
      expect(mask(null)).toBeNull();
  });
});

describe("any text", () => {
  test("has the same mask on the fast path as by the general rule", () => {
    compareMasks(8000, 5);
  });

  test("has a mask with dots, nothing invisible, and a third of it at most", () => {
    checkMasks(8000, 6);
  });

  test("of one start and tail has one mask, whatever lies between", () => {
    const masks = ["ana@x.com", "ana.maria.de.albuquerque@x.com"].map((text) => maskEmail(text));
    expect(new Set(masks).size).toBe(1);
    expect(maskDocument("11111100")).toBe(maskDocument("12345678900"));
  });
});
