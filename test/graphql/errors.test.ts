/** Whatever is sent, no answer and no log line repeats it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { openGateway, type TestGateway } from "../support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

const CANARY = "canary72931";

const ECHOES: readonly (readonly [name: string, query: string, variables?: object])[] = [
  ["a text for an object", "mutation ($i: SaveProfileInput!) { saveProfile(input: $i) { created } }", { i: CANARY }],
  [
    "an unknown input field",
    "mutation ($i: SaveProfileInput!) { saveProfile(input: $i) { created } }",
    { i: { profile: {}, [CANARY]: CANARY } },
  ],
  ["a wrong enum by variable", "query ($o: ConsumerOrder) { consumers(orderBy: $o) { nodes { id } } }", { o: CANARY }],
  ["a wrong number by variable", "query ($n: Int!) { consumers(first: $n) { nodes { id } } }", { n: CANARY }],
  [
    "a wrong date by variable",
    "query ($f: ConsumerFilter) { consumers(filter: $f) { nodes { id } } }",
    { f: { createdAfter: CANARY } },
  ],
  ["a wrong enum literal", `{ consumers(orderBy: ${CANARY}) { nodes { id } } }`],
  ["a wrong text literal", `{ consumers(first: "${CANARY}") { nodes { id } } }`],
  ["a wrong date literal", `{ consumers(filter: {createdAfter: "${CANARY}"}) { nodes { id } } }`],
  [
    "a personal literal among wrong ones",
    `mutation { saveProfile(input: {externalId: "x", profile: {buyer: {email: "${CANARY}", ${CANARY}: 1}}}) { created } }`,
  ],
  ["an unknown field", `{ ${CANARY} }`],
  ["an unknown argument", `{ viewer(${CANARY}: 1) { environment } }`],
  ["an unknown fragment", `{ ...${CANARY} }`],
  ["an unknown type", `query ($a: ${CANARY}) { viewer { environment } }`],
  ["an unknown directive", `{ viewer @${CANARY} { environment } }`],
  ["an unused variable", `query ($${CANARY}: Int) { viewer { environment } }`],
  ["an undeclared variable", `{ consumers(first: $${CANARY}) { nodes { id } } }`],
  ["an unused fragment", `{ viewer { environment } } fragment ${CANARY} on Viewer { environment }`],
  ["fields that conflict", `{ ${CANARY}: viewer { environment } ${CANARY}: adapters { id } }`],
  [
    "two operations of one name",
    `query ${CANARY} { viewer { environment } } query ${CANARY} { viewer { environment } }`,
  ],
  ["a reserved alias", `{ __${CANARY}: viewer { environment } }`],
  ["no GraphQL at all", CANARY],
  ["an unfinished text", `{ consumer(externalId: "${CANARY}`],
  ["a number for a page", `{ consumers(first: 99999, after: "${CANARY}") { nodes { id } } }`],
  ["an id that is none", `{ consumer(id: "${CANARY}") { id } }`],
  ["two references at once", `{ consumer(id: "${CANARY}", externalId: "${CANARY}") { id } }`],
  [
    "a profile of wrong values",
    "mutation ($i: SaveProfileInput!) { saveProfile(input: $i) { userErrors { code field message nextAction } } }",
    { i: { externalId: "x", profile: { buyer: { email: CANARY, phone: { [CANARY]: CANARY }, document: [CANARY] } } } },
  ],
];

/** Response paths hold aliases, which are the client's own words by GraphQL's rules; all else is ours. */
const withoutPaths = (body: { readonly errors?: readonly object[] }) =>
  JSON.stringify({ ...body, errors: body.errors?.map((error) => ({ ...error, path: undefined })) });

describe("errors", () => {
  test.each(ECHOES)("do not repeat %s", async (_, query, variables = {}) => {
    const { status, body } = await gateway.ask(query, variables);
    expect(status).toBeLessThan(500);
    expect(withoutPaths(body)).not.toContain(CANARY);
    for (const error of body.errors ?? []) expect(error.extensions.code).not.toBe("INTERNAL");
  });

  test("would be caught if they did", () => {
    expect(withoutPaths({ errors: [{ message: `got invalid value "${CANARY}"` }] })).toContain(CANARY);
  });

  test("and log lines neither", () => {
    expect(gateway.logLines.length).toBeGreaterThan(10);
    expect(gateway.logLines.filter((line) => line.includes(CANARY))).toEqual([]);
  });

  test("are never a 500 for odd variables", async () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom("\u0000", "\u202e", "\ud800", "𝕬", -0, 1e308),
    );
    const input = fc.record(
      {
        externalId: odd,
        consumer: odd,
        idempotencyKey: odd,
        profile: fc.oneof(
          odd,
          fc.record(
            { buyer: fc.record({ email: odd, document: odd, firstName: odd }, { requiredKeys: [] }), address: odd },
            { requiredKeys: [] },
          ),
        ),
      },
      { requiredKeys: [] },
    );
    const query =
      "mutation ($input: SaveProfileInput!) { saveProfile(input: $input) { created userErrors { code field } } }";
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const { status, body } = await gateway.ask(query, { input: given });
        expect(status).toBeLessThan(500);
        expect(body.errors?.map((error) => error.extensions.code) ?? []).not.toContain("INTERNAL");
      }),
      { numRuns: 80 },
    );
  });
});

describe("who is not let in", () => {
  const bad = ["", "nonsense", "shk_test_0000000000000000000000000000000000000000000000000"];
  test.each(bad)("is told the same: %j", async (key) => {
    const { status, headers, body } = await gateway.ask("{ viewer { environment } }", {}, key);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toContain("Bearer");
    expect(body.errors?.map((error) => error.extensions.code)).toEqual(["UNAUTHENTICATED"]);
    expect(body.data).toBeUndefined();
  });

  test("without a key is told that too", async () => {
    const none = await gateway.ask("{ viewer { environment } }", {}, null);
    const wrong = await gateway.ask("{ viewer { environment } }", {}, "wrong");
    expect(none.body).toEqual(wrong.body);
  });

  test("for want of a scope learns which one, as a user error in a mutation and as an error in a query", async () => {
    const made = await gateway.ask<{ createApiKey: { secret: string } }>(
      `mutation { createApiKey(input: {name: "narrow", scopes: [STORES_READ], ownerKind: SERVICE, ownerName: "t"}) { secret userErrors { code } } }`,
    );
    const narrow = made.body.data?.createApiKey.secret ?? "";
    const asked = await gateway.ask(`{ consumer(externalId: "x") { id } adapters { id } }`, {}, narrow);
    expect(asked.body.data).toMatchObject({ consumer: null, adapters: expect.any(Array) });
    expect(asked.body.errors).toMatchObject([{ path: ["consumer"], extensions: { code: "FORBIDDEN" } }]);
    const done = await gateway.ask(
      `mutation { createConsumer(input: {externalId: "x"}) { consumer { id } userErrors { code message } } }`,
      {},
      narrow,
    );
    expect(done.body.data).toMatchObject({ createConsumer: { consumer: null, userErrors: [{ code: "FORBIDDEN" }] } });
    expect(JSON.stringify(done.body)).toContain("consumers:write");
  });
});
