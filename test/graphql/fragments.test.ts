/** Whoever asks by fragments that spread each other makes the desk work no more than by writing their fields out once. */
import { expect, test } from "@jest/globals";
import { type DocumentNode, isObjectType, Kind, type OperationDefinitionNode, parse, validate } from "graphql";
import { compile, schemaForCompiler } from "../../src/graphql/compile.js";
import { openCost } from "../../src/graphql/limits/cost.js";
import { LIMITS } from "../../src/graphql/limits/limits.js";
import { ShapeRule } from "../../src/graphql/limits/shape.js";
import { compilePrinter } from "../../src/graphql/print.js";
import { collect } from "../../src/graphql/projection.js";
import { buildGraph } from "../../src/graphql/schema.js";

const schema = buildGraph();

/** Each of the fragments spreads the next one twice: a reader that follows every spread does twice the work at each. */
const doubling = (root: string, levels: number): DocumentNode =>
  parse(
    `{ ${root} } fragment F${levels} on Consumer { id status } ${Array.from(
      { length: levels },
      (_, at) => `fragment F${at} on Consumer { ...F${at + 1} ...F${at + 1} }`,
    ).join(" ")}`,
  );

const operationOf = ({ definitions }: DocumentNode): OperationDefinitionNode => {
  const found = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (found === undefined) throw new TypeError("no operation");
  return found;
};

test("a fragment's fields are read where it is first spread, and nowhere else", () => {
  const type = schema.getType("Consumer");
  const { selectionSet } = operationOf(parse("{ ...F0 ...F1 }"));
  const found = isObjectType(type)
    ? collect(type, [selectionSet], doubling("consumers { nodes { ...F0 } }", 12))
    : null;
  expect([...(found ?? [])].map(([name, nodes]) => [name, nodes.length])).toEqual([
    ["id", 1],
    ["status", 1],
  ]);
});

test.each([
  ["of a page's members", "consumers(first: 1) { nodes { ...F0 } }"],
  ["of one consumer", "consumer(externalId: $e) { ...F0 }"],
  ["beside another root field", "viewer { environment } consumers(first: 1) { nodes { ...F0 } }"],
])("fragments that double fourteen times %s keep nobody waiting", (_, root) => {
  const document = doubling(root.replace("$e", "null"), 14);
  expect(validate(schema, document, [ShapeRule])).toEqual([]);
  const operation = operationOf(document);
  // Scalars are free: no limit keeps this document out.
  expect(openCost(schema)(document, operation, {})).toBeLessThan(LIMITS.cost);
  // What the compiler would do twice at each level is left to graphql-js.
  expect(compile(schemaForCompiler(schema), document, operation)).toBeNull();
  expect(compilePrinter(schema, document, operation) !== null).toBe(!root.startsWith("viewer"));
});

test("a fragment that is spread a few times is compiled", () => {
  const document = doubling("consumers(first: 1) { nodes { ...F0 ...F1 } }", 3);
  expect(compile(schemaForCompiler(schema), document, operationOf(document))).not.toBeNull();
});
