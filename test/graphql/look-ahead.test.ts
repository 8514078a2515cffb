/** A root field is told what is selected below it, and so loads that much and no more. */
import { describe, expect, test } from "@jest/globals";
import { buildSchema, type GraphQLResolveInfo, graphqlSync, parse } from "graphql";
import { consumerWant, lookAhead, profileParts, type Selected } from "../../src/graphql/look-ahead.js";

const schema = buildSchema(`
  type Query { consumer: Consumer consumers: Page }
  type Page { nodes: [Consumer] totalCount: Int }
  type Consumer { id: ID profile: Profile connections: [Connection] }
  type Connection { id: ID status: String lastUsedAt: String store: Store }
  type Store { slug: String settings: String }
  type Profile { buyer: Buyer address: Address complete: Boolean missing: [String] warnings: [String] updatedAt: String }
  type Buyer { firstName: String email: String document: String documentType: String phone: String tradeName: String }
  type Address { city: String }
`);

/** What `compute` says at the root field of a query that really runs. */
function at<T>(query: string, compute: (selected: Selected) => T, variables: Record<string, unknown> = {}): T[] {
  const wanted = lookAhead(compute);
  const seen: T[] = [];
  const resolve = (_: unknown, __: unknown, info: GraphQLResolveInfo) => void seen.push(wanted(info));
  graphqlSync({
    schema,
    source: query,
    rootValue: {},
    variableValues: variables,
    fieldResolver: (...given) => resolve(given[0], given[1], given[3]),
  });
  return seen;
}

const want = (query: string, variables?: Record<string, unknown>) =>
  at(query, (selected) => consumerWant(selected), variables)[0];

describe("what is wanted of a consumer", () => {
  test.each([
    ["{ consumer { id } }", { profile: false, connections: false }],
    ["{ consumer { connections { id } } }", { profile: false, connections: "brief" }],
    [
      "{ consumer { profile { buyer { email documentType } } } }",
      { profile: new Set(["email", "document"]), connections: false },
    ],
    [
      "{ consumer { profile { address { city } missing warnings } } }",
      { profile: new Set(["address", "completeness", "warnings"]), connections: false },
    ],
    ["{ consumer { profile { updatedAt } } }", { profile: new Set(["completeness"]), connections: false }],
    [
      "{ consumer { ...A } } fragment A on Consumer { ...B profile { ...C } } fragment B on Consumer { connections { id } } fragment C on Profile { buyer { ... { phone } } }",
      { profile: new Set(["phone"]), connections: "brief" },
    ],
    [
      "{ consumer { a: profile { buyer { tradeName } } b: profile { buyer { firstName } } } }",
      { profile: new Set(["company", "name"]), connections: false },
    ],
    ["{ consumer { connections { id store { slug } } } }", { profile: false, connections: "brief" }],
    ["{ consumer { connections { id lastUsedAt } } }", { profile: false, connections: true }],
    ["{ consumer { connections { id store { settings } } } }", { profile: false, connections: true }],
    ["{ consumer { a: connections { id } b: connections { lastUsedAt } } }", { profile: false, connections: true }],
    ["{ consumer { id } consumer { connections { id } } }", { profile: false, connections: "brief" }],
  ])("%s", (query, expected) => {
    expect(want(query)).toEqual(expected);
  });

  test("counts what is skipped as wanted: the answer may not depend on a variable", () => {
    const query =
      "query ($no: Boolean!) { consumer { profile @include(if: $no) { complete } connections @skip(if: $no) { id } } }";
    for (const no of [true, false])
      expect(want(query, { no })).toEqual({ profile: new Set(["completeness"]), connections: "brief" });
  });
});

test("aliased root fields are looked at one by one", () => {
  const seen = at("{ a: consumer { id } b: consumer { profile { complete } } }", (selected) => consumerWant(selected));
  expect(seen.map(({ profile }) => profile !== false)).toEqual([false, true]);
});

test("nothing is wanted of a profile that nobody asked for", () => {
  expect(profileParts(undefined)).toEqual(new Set());
});

test("the same place in a document is read once", () => {
  const document = parse("{ consumers { totalCount nodes { id } } }");
  let reads = 0;
  const wanted = lookAhead((selected) => {
    reads++;
    return selected.has("totalCount");
  });
  const answers: boolean[] = [];
  for (let run = 0; run < 3; run++)
    graphqlSync({
      schema,
      source: document.loc?.source ?? "",
      fieldResolver: (_, __, ___, info) => {
        // graphqlSync parses anew, so the document's own node stands in for it.
        const [node] = document.definitions.flatMap((definition) =>
          definition.kind === "OperationDefinition" ? definition.selectionSet.selections : [],
        );
        answers.push(wanted({ ...info, fieldNodes: [node] } as GraphQLResolveInfo));
      },
    });
  expect(answers).toEqual([true, true, true]);
  expect(reads).toBe(1);
});
