/** Requests that are no GraphQL request, or nearly none. */
import * as fc from "fast-check";

export interface OddRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | null;
  readonly body: string | null;
  readonly accept: string | null;
}

const TOKEN = "zqkbodyq";
const MUTATION = `mutation { saveProfile(input: { externalId: "${TOKEN}", profile: { buyer: { firstName: "zqpbodyq" } } }) { created userErrors { code message field retry } } }`;
const SOUND = JSON.stringify({ query: MUTATION });

const parts = fc.record({
  query: fc.constantFrom<unknown>(
    MUTATION,
    "",
    TOKEN,
    null,
    1,
    [],
    {},
    `{ ${TOKEN} }`,
    "{",
    "query A { viewer { environment } } query B { viewer { environment } }",
    "subscription { a }",
    `# ${TOKEN}`,
  ),
  variables: fc.constantFrom<unknown>(undefined, null, TOKEN, 1, [TOKEN], { [TOKEN]: TOKEN }, { __proto__: TOKEN }),
  operationName: fc.constantFrom<unknown>(undefined, null, "", TOKEN, 1, {}),
  extensions: fc.constantFrom<unknown>(undefined, TOKEN, [], { persistedQuery: { version: 1, sha256Hash: TOKEN } }),
});

const bodies: fc.Arbitrary<string | null> = fc.oneof(
  parts.map((body) => JSON.stringify(body)),
  fc.array(parts, { maxLength: 3 }).map((batch) => JSON.stringify(batch)),
  fc.nat(SOUND.length).map((end) => SOUND.slice(0, end)),
  fc
    .record({ at: fc.nat(SOUND.length), put: fc.constantFrom("\u0000", "\\ud800", '"', "}", "\ufeff", "\\u0000") })
    .map(({ at, put }) => SOUND.slice(0, at) + put + SOUND.slice(at)),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "",
    "null",
    TOKEN,
    `query=${TOKEN}`,
    "[".repeat(90_000),
    `${" ".repeat(120_000)}{}`,
    `{"query":"${TOKEN.repeat(14_000)}"}`,
  ),
  fc.constant(null),
);

export const oddRequests: fc.Arbitrary<OddRequest> = fc.record({
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constant("POST") },
    { weight: 1, arbitrary: fc.constantFrom("GET", "PUT", "DELETE", "PATCH", "OPTIONS") },
  ),
  path: fc.constantFrom(
    "/graphql",
    "/graphql",
    "/graphql",
    `/graphql?query=${TOKEN}`,
    `/graphql/${TOKEN}`,
    `/${TOKEN}%00`,
    "/graphql?a=%ff",
  ),
  contentType: fc.oneof(
    { weight: 4, arbitrary: fc.constant("application/json") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...[
          "text/plain",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=a",
          "application/graphql",
        ],
        ...["application/json; charset=utf-16", `application/${TOKEN}`, "application/xml", ""],
      ),
    },
  ),
  accept: fc.constantFrom(null, "*/*", "application/json", "application/graphql-response+json", "text/html", TOKEN),
  body: bodies,
});
