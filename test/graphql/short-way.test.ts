/** A document that was answered before is answered without Apollo, and nobody can tell. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "graphql";
import { openInspection } from "../../src/graphql/apollo.js";
import type { GraphqlAnswer, GraphqlAsk } from "../../src/graphql/asks.js";
import { openDesk } from "../../src/graphql/desk.js";
import { openErrorFormat } from "../../src/graphql/errors.js";
import { openExecutor } from "../../src/graphql/executor.js";
import { type Graphql, openGraphql } from "../../src/graphql/index.js";
import { openKnownDocuments } from "../../src/graphql/known.js";
import { openShortWay } from "../../src/graphql/short-way.js";
import { openLog } from "../../src/kernel/log.js";
import { openTestHouse, type TestHouse } from "../identity/house.js";

const log = openLog({ level: "silent" });
const REQUEST_ID = "0190f3a2-7b1c-7000-8000-0123456789ab";
const BOTH = "application/graphql-response+json, application/json";
let house: TestHouse;
let graphql: Graphql;
let authorization: string;

beforeAll(async () => {
  house = await openTestHouse();
  graphql = await openGraphql({ identity: house.identity, log });
  const caller = await house.org();
  const scopes = ["consumers:read", "consumers:write", "profiles:read", "profiles:write"] as const;
  const made = await house.identity.createApiKey(caller, { name: "k", scopes, ownerKind: "SERVICE", ownerName: "t" });
  authorization = `Bearer ${made.secret}`;
  await house.identity.saveProfile(caller, { externalId: "ana", profile: { buyer: { firstName: "Ana" } } });
});
afterAll(async () => {
  await graphql.close();
  await house.close();
});

interface Body {
  readonly query: string;
  readonly variables?: object | null;
  readonly operationName?: string | null;
  readonly extensions?: object;
}

const askOf = (body: Body, headers: Record<string, string> = {}): GraphqlAsk => ({
  method: "POST",
  headers: { "content-type": "application/json", authorization, ...headers },
  body,
  requestId: REQUEST_ID,
});

/** The short way alone, when the document and the accept header are known. Null: it leaves the request to Apollo. */
async function answerShortly(ask: GraphqlAsk, headers: GraphqlAnswer["headers"]): Promise<GraphqlAnswer | null> {
  const { schema } = graphql;
  const known = openKnownDocuments();
  const { query } = ask.body as Body;
  known.remember(query, parse(query));
  known.learnHeaders(String(ask.headers.accept ?? ""), headers);
  const notes = { operationType: "none", keyId: null, orgId: null, codes: [] };
  const format = openErrorFormat(log);
  const { print } = openExecutor({ schema, warmUps: 0 });
  const takeShortWay = openShortWay({ known, inspect: openInspection(schema), print, format });
  const context = async () => {
    const { identity } = house;
    const { signal } = new AbortController();
    const caller = await identity.authenticate(authorization, { requestId: REQUEST_ID, signal });
    return Object.assign(openDesk({ identity, caller, log }), { notes });
  };
  return takeShortWay(ask, { context, notes });
}

const seen = ({ status, headers, body, notes }: GraphqlAnswer) => ({
  status,
  headers: [...headers].filter(([name]) => name !== "content-length"),
  body: body.replace(/"errorId":"[^"]*"/g, '"errorId":"…"'),
  codes: notes.codes,
  operationType: notes.operationType,
});

const CONSUMER =
  "query ($e: String) { consumer(externalId: $e) { externalId profile { buyer { firstName } missing } } }";
const SAVE = `mutation ($i: SaveProfileInput!) { saveProfile(input: $i) {
  created profile { buyer { firstName email } } userErrors { code field message } } }`;
const TWO = "query A { viewer { environment } } query B { viewer { org { name } } }";

const SAME: readonly (readonly [name: string, body: Body, headers?: Record<string, string>])[] = [
  ["a read", { query: CONSUMER, variables: { e: "ana" } }],
  ["a read of nobody", { query: CONSUMER, variables: { e: "bia" } }],
  [
    "a page",
    {
      query: `query ($n: Int) { all: consumers(first: $n) { nodes { id ...Shown __typename } pageInfo { hasNextPage endCursor } } }
        fragment Shown on Consumer { createdAt profile { buyer { email } complete } connections { store { slug } } ... on Consumer { who: externalId } }`,
      variables: { n: 3 },
    },
  ],
  [
    "a page whose size does not fit",
    { query: "query ($n: Int) { consumers(first: $n) { nodes { id } } }", variables: { n: 0 } },
  ],
  ["a page selected twice", { query: "{ consumers { nodes { id } more: nodes { externalId } nodes { status } } }" }],
  ["what has a resolver of its own", { query: "{ consumers { nodes { id anonymization { status } } totalCount } }" }],
  ["no variables at all", { query: CONSUMER, variables: null }],
  ["one of two operations", { query: TWO, operationName: "B" }],
  ["plain JSON", { query: CONSUMER, variables: { e: "ana" } }, { accept: "application/json" }],
  ["both media types", { query: CONSUMER, variables: { e: "ana" } }, { accept: BOTH }],
  ["a charset", { query: CONSUMER, variables: { e: "ana" } }, { "content-type": "application/json; charset=utf-8" }],
  ["a save", { query: SAVE, variables: { i: { externalId: "ana", profile: { buyer: { firstName: "Eva" } } } } }],
  [
    "a save with user errors",
    { query: SAVE, variables: { i: { externalId: "ana", profile: { buyer: { email: "e" } } } } },
  ],
  ["a field without the scope", { query: "{ viewer { environment } stores { nodes { id } } }" }],
  [
    "a nullable field's error",
    {
      query: "query ($i: ID, $e: String) { viewer { environment } consumer(id: $i, externalId: $e) { id } }",
      variables: { i: "csm_1", e: "a" },
    },
  ],
];

describe("answers the same", () => {
  test.each(SAME)("%s", async (_, body, headers = {}) => {
    // Whoever sends extensions goes through Apollo, which ignores them.
    const long = await graphql.answer(askOf({ ...body, extensions: {} }, headers));
    const short = await answerShortly(askOf(body, headers), long.headers);
    expect(short).not.toBeNull();
    expect(short && seen(short)).toEqual(seen(long));
  });
});

const LEFT: readonly (readonly [name: string, body: Body, headers?: Record<string, string>])[] = [
  ["a variable that does not fit", { query: CONSUMER, variables: { e: 1 } }],
  ["no operation of this name", { query: TWO, operationName: "C" }],
  ["several operations and no name", { query: TWO }],
  [
    "a page too dear",
    {
      query: `{ ${["a", "b", "c"].map((name) => `${name}: consumers(first: 100) { nodes { profile { complete } connections { store { title } } } }`).join(" ")} }`,
    },
  ],
  ["another content type", { query: CONSUMER }, { "content-type": "text/plain" }],
  ["extensions", { query: CONSUMER, extensions: { persistedQuery: { version: 1 } } }],
  ["variables that are none", { query: CONSUMER, variables: [] }],
];

test.each(LEFT)("leaves to Apollo: %s", async (_, body, headers = {}) => {
  expect(await answerShortly(askOf(body, headers), [["content-type", "x"]])).toBeNull();
});

test("an empty name of an operation is none", async () => {
  const answers = async (body: Body) => JSON.parse((await graphql.answer(askOf(body))).body);
  for (let time = 0; time < 3; time++) {
    const one = await answers({ query: CONSUMER, variables: { e: "ana" }, operationName: "" });
    expect(one.data.consumer.externalId).toBe("ana");
    const several = await answers({ query: TWO, operationName: "" });
    expect(several.errors[0].extensions.code).toBe("OPERATION_RESOLUTION_FAILURE");
  }
});

test("whoever is nobody is told so, however well the document is known", async () => {
  const ask = askOf({ query: CONSUMER, variables: { e: "ana" } });
  for (let time = 0; time < 3; time++) expect((await graphql.answer(ask)).status).toBe(200);
  const stranger = await graphql.answer({ ...ask, headers: { ...ask.headers, authorization: "Bearer shk_test_no" } });
  expect(stranger.status).toBe(401);
  expect(stranger.body).not.toContain("ana");
});

test("an accept header that was never answered goes through Apollo, which may refuse it", async () => {
  const ask = askOf({ query: CONSUMER, variables: { e: "ana" } });
  await graphql.answer(ask);
  expect((await graphql.answer(askOf(ask.body as Body, { accept: "image/png" }))).status).toBe(406);
  expect((await graphql.answer(askOf(ask.body as Body, { accept: "image/png" }))).status).toBe(406);
});
