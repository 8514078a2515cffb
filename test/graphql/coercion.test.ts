/** Variables that fit are read as graphql-js reads them; whatever it refuses is a misfit here. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { buildSchema, coerceInputValue, type GraphQLInputType, isInputType } from "graphql";
import { MISFIT, openCoercion } from "../../src/graphql/coercion.js";

const schema = buildSchema(`
  enum Colour { RED GREEN }
  input Inner { n: Int! = 3, colours: [Colour!], self: Inner, list: [[Int]] }
  input Outer { name: String!, flag: Boolean, id: ID, share: Float, inner: Inner, inners: [Inner!]! = [] }
  input OneOf @oneOf { a: Int, b: String }
  type Query { a: Int }
`);

function typeOf(name: string): GraphQLInputType {
  const type = schema.getType(name);
  if (!isInputType(type)) throw new Error(name);
  return type;
}

/** What graphql-js makes of it; MISFIT when it finds anything wrong. */
function reference(value: unknown, type: GraphQLInputType): unknown {
  let wrong = false;
  const coerced = coerceInputValue(value, type, () => {
    wrong = true;
  });
  return wrong ? MISFIT : coerced;
}

const anything = fc.anything({ withNullPrototype: true, maxDepth: 2 });
const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("RED", "BLUE"),
);
const { inner } = fc.letrec((tie) => ({
  inner: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.record(
      {
        n: fc.oneof(fc.integer({ max: 5 }), leaf),
        colours: fc.oneof(fc.array(fc.constantFrom("RED", "GREEN")), leaf),
        self: tie("inner"),
        list: fc.oneof(fc.array(fc.array(fc.integer({ max: 5 }))), fc.array(leaf), leaf),
        odd: fc.constant(undefined),
      },
      { requiredKeys: [] },
    ),
  ),
}));
const outer = fc.record(
  {
    name: fc.oneof(fc.string(), leaf),
    flag: leaf,
    id: leaf,
    share: leaf,
    inner,
    inners: fc.oneof(fc.array(inner), inner),
  },
  { requiredKeys: ["name"] },
);

describe("reads as graphql-js does", () => {
  test.each([
    ["Outer", outer],
    ["Outer", anything],
    ["Inner", inner],
    ["Inner", anything],
    ["Colour", leaf],
    ["Int", anything],
  ] as const)("%s", (name, values) => {
    const type = typeOf(name);
    const coerce = openCoercion()(type);
    let fits = 0;
    fc.assert(
      fc.property(values as fc.Arbitrary<unknown>, (value) => {
        const expected = reference(value, type);
        const got = coerce(value);
        // An unknown name whose value is undefined is no JSON: graphql-js refuses it, and it is left to it.
        if (got !== MISFIT || expected === MISFIT) expect(got).toEqual(expected);
        if (got !== MISFIT) fits++;
      }),
      { numRuns: 500 },
    );
    expect(fits).toBeGreaterThan(0);
  });
});

test("takes what fits itself, and leaves the rest", () => {
  const coerce = openCoercion()(typeOf("Outer"));
  const whole = { name: "a", id: 7, inner: { colours: "RED", self: { n: 1, list: [1] } } };
  expect(coerce(whole)).toEqual({
    name: "a",
    id: "7",
    inner: { n: 3, colours: ["RED"], self: { n: 1, list: [[1]] } },
    inners: [],
  });
  expect(Object.keys(coerce({ inners: [], name: "a" }) as object)).toEqual(["name", "inners"]);
  for (const odd of [
    null,
    [],
    "a",
    { name: null },
    { name: "a", other: 1 },
    { name: 1 },
    { name: "a", inner: { n: null } },
  ])
    expect([odd, coerce(odd)]).toEqual([odd, odd === null ? null : MISFIT]);
});

test("an input of which exactly one field is given is left to graphql-js", () => {
  expect(openCoercion()(typeOf("OneOf"))({ a: 1 })).toBe(MISFIT);
});
