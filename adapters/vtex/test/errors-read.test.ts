import { describe, expect, test } from "@jest/globals";
import { readAnswer } from "../src/answers.js";
import { errorOfAnswer, errorOfRemarks, readRetryAfter } from "../src/errors.js";

const NOW = new Date("2026-08-20T12:00:00Z");

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readAnswer(status, new Headers({ "content-type": "application/json", ...headers }), text);
}

function refusal(status: number, code: string, message = "", fields = {}) {
  const operationId = "3e7cd3dc-0d1f-4f5a-8d5f-2b1f5b6c7d8e";
  return errorOfAnswer(answer(status, { fields, error: { code, message, exception: null }, operationId }), NOW);
}

describe("VTEX's codes", () => {
  test.each([
    [400, "ORD002", "CART_INVALID"],
    [400, "ORD007", "IDENTITY_INCOMPLETE"],
    [400, "ORD006", "IDENTITY_INCOMPLETE"],
    [400, "ORD026", "STORE_UNAVAILABLE"],
    [400, "ORD027", "CART_INVALID"],
    [401, "ORD062", "PERMISSION_MISSING"],
    [403, "CHK003", "PERMISSION_MISSING"],
    [403, "CHK0082", "CHALLENGE_REQUIRED"],
    [403, "CHK0087", "CHALLENGE_REQUIRED"],
    [400, "CHK0109", "REFUSED_BY_STORE"],
    [400, "CHK00334", "REFUSED_BY_STORE"],
    [500, "CHK0020", "STORE_UNAVAILABLE"],
    [500, "CHK0028", "STORE_UNAVAILABLE"],
    [500, "CHK0039", "STORE_UNAVAILABLE"],
    [500, "CHK0048", "STORE_UNAVAILABLE"],
    [400, "ORD015.3", "STORE_UNAVAILABLE"],
    [400, "ORD021.3", "RATE_LIMITED"],
    [400, "CHK0290.4", "RATE_LIMITED"],
    [400, "CHK0290.7", "STORE_UNAVAILABLE"],
    [400, "CHK00310", "RATE_LIMITED"],
    [400, "CHK9999", "REFUSED_BY_STORE"],
  ])("%d %s is %s", (status, code, expected) => {
    expect(refusal(status, code).code).toBe(expected);
  });

  test("are opaque strings: another padding is another code", () => {
    expect(refusal(403, "CHK003").code).toBe("PERMISSION_MISSING");
    expect(refusal(400, "CHK03").code).toBe("REFUSED_BY_STORE");
    expect(refusal(400, "CHK0003").code).toBe("REFUSED_BY_STORE");
  });

  test("name our field: by `fields`, or by the argument in a text of any language", () => {
    expect(refusal(400, "ORD007", "", { "clientProfileData.phone": "x" }).fields).toEqual(["buyer.phone"]);
    expect(refusal(400, "ORD007", "O campo documentType do perfil do cliente é inválido").fields).toEqual([
      "buyer.documentType",
    ]);
    expect(refusal(400, "ORD007", "The firstName field in the client profile attachment is invalid").fields).toEqual([
      "buyer.firstName",
    ]);
    expect(refusal(400, "CHK0040").fields).toEqual(["address.postalCode"]);
    expect(refusal(400, "CHK0127").fields).toEqual(["address.country"]);
  });

  test("come with the operation's id and never with the store's text", () => {
    const error = refusal(400, "ORD007", "O campo email ana@example.com é inválido");
    expect(error.message).toContain("ORD007");
    expect(error.message).toContain("3e7cd3dc-0d1f-4f5a-8d5f-2b1f5b6c7d8e");
    expect(error.message).not.toContain("ana@example.com");
    expect(refusal(400, "ana@example.com").message).not.toContain("ana");
  });
});

describe("answers without a code", () => {
  test.each([
    [404, "<html></html>", "text/html", "STORE_CHANGED"],
    [302, "", "text/plain", "STORE_CHANGED"],
    [400, "<html></html>", "text/html", "STORE_CHANGED"],
    [401, "{}", "application/json", "PERMISSION_MISSING"],
    [403, "{}", "application/json", "PERMISSION_MISSING"],
    [418, "{}", "application/json", "REFUSED_BY_STORE"],
    [500, "<html></html>", "text/html", "STORE_UNAVAILABLE"],
    [502, "", "text/plain", "STORE_UNAVAILABLE"],
    [503, "<html></html>", "text/html", "STORE_UNAVAILABLE"],
    [504, "not json", "application/json", "STORE_UNAVAILABLE"],
    [429, "<html></html>", "text/html", "RATE_LIMITED"],
  ])("%d %s (%s) is %s", (status, body, type, expected) => {
    expect(errorOfAnswer(answer(status, body, { "content-type": type }), NOW).code).toBe(expected);
  });
});

describe("Retry-After", () => {
  test.each([
    ["7", 7_000],
    [" 0 ", 0],
    ["Thu, 20 Aug 2026 12:02:00 GMT", 120_000],
    ["Thu, 20 Aug 2026 11:00:00 GMT", 0],
    ["999999999", 86_400_000],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
  ])("%j is %s ms", (value, expected) => {
    expect(readRetryAfter(value, NOW)).toBe(expected);
  });

  test("goes along with the refusal", () => {
    const limited = answer(429, {}, { "retry-after": "Thu, 20 Aug 2026 12:00:30 GMT" });
    expect(errorOfAnswer(limited, NOW).retryAfterMs).toBe(30_000);
  });
});

describe("remarks in a 200", () => {
  test("only errors refuse; a code that is known wins over one that is not", () => {
    const remark = (code: string | null, status: string) => ({ code, status, text: "" });
    expect(errorOfRemarks([remark("ORD027", "warning"), remark(null, "info")])).toBeNull();
    expect(errorOfRemarks([remark(null, "error")])?.code).toBe("REFUSED_BY_STORE");
    expect(errorOfRemarks([remark(null, "error"), remark("ORD027", "error")])?.code).toBe("CART_INVALID");
    expect(errorOfRemarks([remark("withoutStock", "error")])?.code).toBe("CART_INVALID");
  });
});
