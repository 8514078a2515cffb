/** Compiled or not, an operation is answered alike. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type DocumentNode,
  GraphQLEnumType,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  getOperationAST,
  parse,
  validate,
} from "graphql";
import { compile, schemaForCompiler } from "../../src/graphql/compile.js";
import type { Desk } from "../../src/graphql/desk.js";
import { openExecutor } from "../../src/graphql/executor.js";
import { nodePrinter } from "../../src/graphql/print-page.js";
import { DateTime, JsonValue, PersonalText } from "../../src/graphql/scalars.js";
import { openLog } from "../../src/kernel/log.js";
import { Refusal } from "../../src/kernel/refusal.js";

const Colour = new GraphQLEnumType({ name: "Colour", values: { RED: { value: "red" }, BLUE: { value: "blue" } } });
const Part = new GraphQLInputObjectType({
  name: "Part",
  fields: { id: { type: new GraphQLNonNull(GraphQLString) }, count: { type: GraphQLInt, defaultValue: 1 } },
});
const Order = new GraphQLInputObjectType({
  name: "Order",
  fields: {
    colour: { type: Colour },
    at: { type: DateTime },
    note: { type: PersonalText },
    settings: { type: JsonValue },
    parts: { type: new GraphQLList(new GraphQLNonNull(Part)) },
  },
});
const Thing: GraphQLObjectType = new GraphQLObjectType({
  name: "Thing",
  fields: () => ({
    id: { type: new GraphQLNonNull(GraphQLID) },
    colour: { type: Colour },
    at: { type: DateTime },
    strict: { type: new GraphQLNonNull(GraphQLString) },
    list: { type: new GraphQLList(GraphQLString) },
    inner: { type: Inner },
  }),
});
const Inner = new GraphQLObjectType({
  name: "Inner",
  fields: { name: { type: GraphQLString }, json: { type: JsonValue } },
});

const Page = new GraphQLObjectType({
  name: "Page",
  fields: {
    nodes: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Thing))) },
    inner: { type: Inner },
    total: { type: GraphQLInt },
  },
});

const thing = (id: number, strict: string | null = "s") => ({
  id,
  colour: id % 2 ? "red" : "blue",
  at: new Date(Date.UTC(2026, 0, id)),
  strict,
  list: ["a", null, "b"],
  inner: id % 3 ? { name: "n", json: { a: [1] } } : null,
});

/** Answers with what it was given, so that a difference in reading arguments shows. */
const echo = (_: unknown, args: object) => ({ id: 1, inner: { name: "args", json: { ...args } } });

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      thing: {
        type: Thing,
        args: { id: { type: GraphQLID }, colour: { type: Colour, defaultValue: "red" } },
        resolve: echo,
      },
      order: {
        type: Thing,
        args: { order: { type: Order }, at: { type: DateTime } },
        resolve: async (_, args) => echo(_, args),
      },
      required: { type: Thing, args: { n: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 7 } }, resolve: echo },
      things: { type: new GraphQLList(Thing), resolve: async () => [thing(1), null, thing(2), thing(3)] },
      broken: { type: new GraphQLList(Thing), resolve: () => [thing(1), thing(2, null)] },
      solid: { type: new GraphQLNonNull(Thing), resolve: async () => thing(1, null) },
      bug: {
        type: Thing,
        resolve: () => {
          throw new Error("secret 12345678900");
        },
      },
      lateBug: {
        type: Thing,
        resolve: async () => {
          throw new TypeError("secret");
        },
      },
      refused: {
        type: Thing,
        resolve: async () => {
          throw new Refusal("NOT_FOUND", "There is none.", { field: ["id"] });
        },
      },
      page: {
        type: Page,
        args: { of: { type: new GraphQLList(new GraphQLNonNull(GraphQLInt)) } },
        resolve: async (_, { of }: { readonly of?: readonly number[] | null }, __, info) => {
          const show = nodePrinter(info) ?? ((node) => node);
          const node = (id: number) => show({ ...thing(id), id: String(id) });
          return of ? { nodes: of.map(node), inner: { name: "n" }, total: of.length } : null;
        },
      },
      odd: { type: Thing, resolve: () => ({ ...thing(1), colour: "green" }) },
    },
  }),
  mutation: new GraphQLObjectType({
    name: "Mutation",
    fields: {
      make: {
        type: Thing,
        args: { order: { type: new GraphQLNonNull(Order) } },
        resolve: async (_, args) => echo(_, args),
      },
    },
  }),
});

const log = openLog({ level: "silent" });
const desk = { log, caller: { requestId: "r", signal: new AbortController().signal } } as unknown as Desk;
const ALL = "id colour at strict list inner { name json }";

async function run(
  document: DocumentNode,
  variables: Record<string, unknown>,
  operationName: string | null,
  warmUps: number,
) {
  const executor = openExecutor({ schema, warmUps });
  return toPlain(await executor.run({ document, operationName, variables, desk }));
}

const toPlain = (result: object): object =>
  JSON.parse(JSON.stringify(result).replace(/"errorId":"[^"]*"/g, '"errorId":"?"')) as object;

/** The printed answer, as an answer; its text is the one that graphql-js's data would have. */
async function runPrinting(document: DocumentNode, variables: Record<string, unknown>, operationName: string | null) {
  const ask = { document, operationName, variables, desk };
  const result = await openExecutor({ schema, warmUps: 0 }).print(ask);
  if (!("text" in result)) return toPlain(result);
  const { data } = await openExecutor({ schema, warmUps: Number.POSITIVE_INFINITY }).run(ask);
  expect(result.text).toBe(JSON.stringify(data));
  return toPlain({ data: JSON.parse(result.text) as object });
}

async function expectAlike(query: string, variables: Record<string, unknown>, operationName: string | null = null) {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const plain = await run(document, variables, operationName, Number.POSITIVE_INFINITY);
  expect(await run(document, variables, operationName, 0)).toEqual(plain);
  expect(await runPrinting(document, variables, operationName)).toEqual(plain);
  return plain;
}

const isCompiled = (query: string, operationName?: string): boolean => {
  const document = parse(query);
  const operation = getOperationAST(document, operationName);
  return operation != null && compile(schemaForCompiler(schema), document, operation) !== null;
};

const CORPUS: readonly (readonly [
  name: string,
  query: string,
  variables?: Record<string, unknown>,
  operation?: string,
])[] = [
  ["objects and lists", `{ things { ${ALL} } }`],
  ["typename and aliases", `{ x: things { __typename y: id constructor: id toString: strict } }`],
  [
    "fragments",
    `{ things { ...F ... on Thing { at } } } fragment F on Thing { id inner { ...G } } fragment G on Inner { json }`,
  ],
  [
    "skip and include by variable",
    `query ($a: Boolean!, $b: Boolean = true) { things { id @skip(if: $a) colour @include(if: $b) } }`,
    { a: true },
  ],
  [
    "skip and include, given",
    `query ($a: Boolean!, $b: Boolean = true) { things { id @skip(if: $a) colour @include(if: $b) } }`,
    { a: false, b: false },
  ],
  ["null bubbles to the list item", `{ broken { id strict } }`],
  ["null bubbles to the root", `{ solid { strict } things { id } }`],
  ["a bug, now", `{ bug { id } things { id } }`],
  ["a bug, later", `{ lateBug { id } }`],
  ["a refusal", `{ refused { id } }`],
  ["a value that the enum does not have", `{ odd { colour } }`],
  ["an absent argument", `query ($id: ID) { thing(id: $id) { ${ALL.replace("strict ", "")} } }`],
  ["a null argument", `query ($id: ID) { thing(id: $id) { id inner { json } } }`, { id: null }],
  ["a number for an id", `query ($id: ID) { thing(id: $id) { inner { json } } }`, { id: 12 }],
  ["a default of the variable", `query ($c: Colour = BLUE) { thing(colour: $c) { inner { json } } }`],
  ["a default that is a date", `query ($at: DateTime = "2026-01-01T00:00:00Z") { order(at: $at) { inner { json } } }`],
  ["a default of the argument", `query ($c: Colour) { thing(colour: $c) { inner { json } } }`],
  ["literals that compile", `{ thing(colour: BLUE) { inner { json } } required(n: 3) { inner { json } } }`],
  ["a text literal", `{ thing(id: "\`\${process.exit()}\\"'\\u2028") { inner { json } } }`],
  [
    "an object literal with an absent variable",
    `query ($n: PersonalText) { order(order: {note: $n, colour: RED}) { inner { json } } }`,
  ],
  ["null for a required argument", `query ($n: Int = 2) { required(n: $n) { id } }`, { n: null }],
  ["one operation of two", `query A { thing { id } } query B { things { id } }`, {}, "B"],
  ["the other operation of the two", `query A { thing { id } } query B { things { id } }`, {}, "A"],
  ["an operation that is not there", `query A { thing { id } }`, {}, "C"],
  ["no operation named of two", `query A { thing { id } } query B { things { id } }`],
  [
    "a mutation",
    `mutation ($o: Order!) { make(order: $o) { id inner { json } } }`,
    { o: { colour: "RED", parts: [{ id: "1" }], note: { a: [null] } } },
  ],
  [
    "an empty list where an object should be",
    `mutation ($o: Order!) { make(order: $o) { inner { json } } }`,
    { o: [] },
  ],
  [
    "one thing where a list should be",
    `mutation ($o: Order!) { make(order: $o) { inner { json } } }`,
    { o: { parts: { id: "1", count: 2 } } },
  ],
  ["an unknown field", `mutation ($o: Order!) { make(order: $o) { id } }`, { o: { nope: "12345678900" } }],
  ["a wrong enum value", `mutation ($o: Order!) { make(order: $o) { id } }`, { o: { colour: "GREEN" } }],
  [
    "a missing field deep inside",
    `mutation ($o: Order!) { make(order: $o) { id } }`,
    { o: { parts: [{ id: "1" }, { count: 3 }] } },
  ],
  ["a missing variable", `mutation ($o: Order!) { make(order: $o) { id } }`],
  ["a page", `query ($of: [Int!]) { page(of: $of) { total nodes { ${ALL} } inner { name json } } }`, { of: [1, 2, 3] }],
  ["an empty page", `query ($of: [Int!]) { page(of: $of) { nodes { id } total } }`, { of: [] }],
  ["no page", `query ($of: [Int!]) { page(of: $of) { nodes { id } total } }`, { of: null }],
  ["a page's members by another name", `query ($of: [Int!]) { page(of: $of) { n: nodes { i: id } } }`, { of: [1] }],
  ["a page's members twice", `query ($of: [Int!]) { page(of: $of) { a: nodes { id } b: nodes { at } } }`, { of: [1] }],
  [
    "a page's members in parts",
    `query ($of: [Int!]) { page(of: $of) { nodes { id } ...P nodes { at } } } fragment P on Page { nodes { list } }`,
    { of: [1, 2] },
  ],
  [
    "a page with a date that is none",
    `query ($of: [Int!]) { page(of: $of) { nodes { id at } } }`,
    { of: [1, 1_000_000_000] },
  ],
  ["names that objects have of their own", `{ things { __proto__: id then: strict inner { __proto__: name } } }`],
  ["introspection", `{ __type(name: "Thing") { name fields { name } } }`],
];

describe("the executor", () => {
  test.each(CORPUS)("answers alike: %s", async (_, query, variables = {}, operation = undefined) => {
    await expectAlike(query, variables, operation ?? null);
  });

  test("really compiles most of that", () => {
    const compiled = CORPUS.filter(
      ([, query, , operation]) => isCompiled(query, operation ?? "A") || isCompiled(query),
    );
    expect(compiled.length).toBeGreaterThan(CORPUS.length / 2);
  });

  test("prints the members of a page one by one", async () => {
    const ask = {
      document: parse("query ($of: [Int!]) { page(of: $of) { nodes { id } total } }"),
      operationName: null,
    };
    const { print } = openExecutor({ schema, warmUps: 0 });
    const printed = await print({ ...ask, variables: { of: [1, 2] }, desk });
    expect(printed).toEqual({ text: `{"page":{"nodes":[{"id":"1"},{"id":"2"}],"total":2}}` });
  });

  test("leaves to graphql-js whatever would turn a client's text into code", () => {
    expect(isCompiled(`{ thing(id: "x") { id } }`)).toBe(false);
    expect(isCompiled(`{ order(order: {note: "x"}) { id } }`)).toBe(false);
    expect(isCompiled(`query ($n: PersonalText) { order(order: {note: $n}) { id } }`)).toBe(false);
    expect(isCompiled(`{ __schema { types { name } } }`)).toBe(false);
  });

  test("tells where a variable does not fit, and not what it was", async () => {
    const result = await expectAlike(`mutation ($o: Order!) { make(order: $o) { id } }`, {
      o: { colour: "12345678900", parts: [{ id: 12345678900 }] },
    });
    expect(JSON.stringify(result)).not.toContain("12345678900");
    expect(result).toEqual({
      errors: [
        expect.objectContaining({ extensions: { code: "BAD_USER_INPUT", field: ["colour"] } }),
        expect.objectContaining({ extensions: { code: "BAD_USER_INPUT", field: ["parts", "0", "id"] } }),
      ],
    });
  });

  test("masks a bug and names a refusal, both at their place", async () => {
    expect(await expectAlike(`{ bug { id } refused { id } }`, {})).toEqual({
      data: { bug: null, refused: null },
      errors: expect.arrayContaining([
        expect.objectContaining({ path: ["bug"], extensions: { code: "INTERNAL", errorId: "?" } }),
        expect.objectContaining({
          path: ["refused"],
          extensions: { code: "NOT_FOUND", retry: "NEVER", field: ["id"], nextAction: expect.any(String) },
        }),
      ]),
    });
  });

  test("answers alike whatever the variables are", async () => {
    const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("RED", "GREEN", "2026-01-01T00:00:00Z", []));
    const order = fc.oneof(
      odd,
      fc.record(
        {
          colour: fc.oneof(fc.constantFrom("RED", "BLUE", null), odd),
          at: fc.oneof(fc.constant("2026-01-01T10:00:00+02:00"), odd),
          note: odd,
          settings: odd,
          parts: fc.oneof(
            fc.array(fc.record({ id: fc.oneof(fc.string(), odd), count: odd }, { requiredKeys: [] }), { maxLength: 3 }),
            odd,
          ),
        },
        { requiredKeys: [] },
      ),
    );
    const query = `query ($o: Order, $at: DateTime, $n: Int = 3) { order(order: $o, at: $at) { id inner { json } } required(n: $n) { inner { json } } }`;
    const variables = fc.record(
      { o: order, at: fc.oneof(fc.constant("2026-01-01T00:00:00Z"), odd), n: odd },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(variables, async (given) => void (await expectAlike(query, given))),
      { numRuns: 150 },
    );
  });
});

describe("the deadline", () => {
  test("answers in place of whoever is late", async () => {
    const late = new GraphQLSchema({
      query: new GraphQLObjectType({
        name: "Query",
        fields: { wait: { type: GraphQLString, resolve: () => new Promise(() => undefined) } },
      }),
    });
    const deadline = new AbortController();
    const { run, print } = openExecutor({ schema: late, warmUps: 0 });
    const ask = {
      document: parse("{ wait }"),
      operationName: null,
      variables: {},
      desk: { log, caller: { requestId: "r", signal: deadline.signal } } as unknown as Desk,
    };
    const answers = Promise.all([run(ask), print(ask)]);
    deadline.abort();
    for (const answer of await answers) {
      expect(JSON.parse(JSON.stringify(answer))).toMatchObject({
        data: null,
        errors: [{ extensions: { code: "DEADLINE_EXCEEDED", retry: "LATER" } }],
      });
    }
  });
});
