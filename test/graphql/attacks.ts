/** Queries that mean harm, each with the code that it must be refused with. */
import { getIntrospectionQuery } from "graphql";

export interface Attack {
  readonly name: string;
  readonly query: string;
  readonly variables?: object;
  readonly code: "LIMIT_EXCEEDED" | "GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED" | "BAD_USER_INPUT";
}

const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(" ");

const nested = (depth: number, open: string, leaf: string): string =>
  `${open.repeat(depth)}${leaf}${"}".repeat(depth)}`;

const CREATE_KEY = `createApiKey(input: {name: "k", scopes: [KEYS_READ], ownerKind: SERVICE, ownerName: "s"}) { secret }`;

export const ATTACKS: readonly Attack[] = [
  {
    name: "a thousand aliases",
    query: `{ ${times(1_000, (i) => `a${i}: viewer { environment }`)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "as many aliases as the tokens allow",
    query: `{ ${times(140, (i) => `a${i}: viewer { environment }`)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "guesses side by side in one mutation",
    query: `mutation { ${times(14, (i) => `a${i}: ${CREATE_KEY}`)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "guesses hidden in fragments",
    query: `mutation { ...A ...B } fragment A on Mutation { a: ${CREATE_KEY} } fragment B on Mutation { b: ${CREATE_KEY} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "depth",
    query: `{ ${nested(40, "viewer {", "environment")} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "fragments that double at every level",
    query: `{ ...F0 } ${times(40, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on Query { viewer { environment } }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "the same nested fields again and again",
    query: `{ ${times(40, () => `consumers { nodes { profile { buyer { email } } } }`)} ${times(16, (i) => `x${i}: adapters { id }`)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "wide pages side by side",
    query: `{ ${times(8, (i) => `p${i}: consumers(first: 100) { nodes { profile { complete } connections { store { id } } } }`)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "wide pages by a variable",
    query: `query ($n: Int!) { ${times(8, (i) => `p${i}: consumers(first: $n) { nodes { profile { complete } connections { store { id } } } }`)} }`,
    variables: { n: 100 },
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "a document of many tokens",
    query: `{ viewer { ${"environment ".repeat(20_000 / 12)} } }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "a literal of many parts",
    query: `mutation { registerStore(input: {adapter: "x", slug: "x", title: "x", settings: ${"[".repeat(600)}${"]".repeat(600)}}) { store { id } } }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "directives upon directives",
    query: `{ viewer { environment ${"@include(if: true) ".repeat(120)} } }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "introspection that goes round in circles",
    query: `{ __schema { types { ${nested(12, "fields { type {", "name").replaceAll("}", "} }")} } } }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "introspection by many names",
    query: `{ ${times(16, (i) => `a${i}: __schema { types { name } }`)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "fragments that contain themselves",
    query: `{ ...A } fragment A on Query { ...B viewer { environment } } fragment B on Query { ...A }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "operations by the dozen",
    query: times(60, (i) => `query Q${i} { viewer { environment } }`),
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "a variable of a list in a list in a list",
    query: `query ($v: [[[[Int]]]]) { stores(first: $v) { nodes { id } } }`,
    variables: { v: [] },
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "one field, over and over",
    query: `{ consumers { nodes { ${"id ".repeat(980)} } } }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "one object, over and over",
    query: `{ ${"viewer { org { id } } ".repeat(140)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "one object with arguments, over and over",
    query: `{ ${"consumers(first: 1) { nodes { profile { buyer { email } } } } ".repeat(55)} }`,
    code: "LIMIT_EXCEEDED",
  },
  {
    name: "an operation of a kind that the schema does not have",
    query: "subscription { a }",
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "a reserved alias",
    query: `{ __proto__: viewer { environment } }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
];

/** What must still get through. */
export const HONEST: readonly { readonly name: string; readonly query: string; readonly variables?: object }[] = [
  {
    name: "introspection as every tool asks it",
    query: getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      inputValueDeprecation: true,
      schemaDescription: true,
      directiveIsRepeatable: true,
    }),
  },
  {
    name: "a page of fifty with everything",
    query: `query ($first: Int!) { consumers(first: $first) { pageInfo { endCursor } nodes {
      id externalId status profile { complete missing warnings { code } buyer { firstName email document } address { city state } }
      connections { id status via store { id slug adapter { id title } } } } } }`,
    variables: { first: 50 },
  },
  {
    name: "a dashboard of several root fields",
    query: `{ viewer { org { name } } adapters { id } stores { nodes { id slug } } consumers(first: 10) { totalCount nodes { id } } }`,
  },
];
