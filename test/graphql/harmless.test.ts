/** What a client wrote into a document as a value is not kept in memory after its answer. */
import { describe, expect, test } from "@jest/globals";
import { parse } from "graphql";
import { isHarmless } from "../../src/graphql/harmless.js";
import { openDocumentStore, openKnownDocuments } from "../../src/graphql/known.js";

const HARMLESS = [
  "{ viewer { org { name } } }",
  "query A($id: ID!) { consumer(id: $id) { id } }",
  "query A($first: Int = 20) { consumers(first: $first, orderBy: CREATED_AT_ASC) { nodes { id } } }",
  "{ consumers(first: 50, filter: { status: ACQUIRED, email: null }) { nodes { id @include(if: true) } } }",
];
const NOT = [
  '{ consumer(externalId: "shopper_abc") { id } }',
  'mutation { saveProfile(input: { profile: { buyer: { email: "ana@example.com" } } }) { created } }',
  "mutation { saveProfile(input: { profile: { buyer: { document: 12345678900 } } }) { created } }",
  "mutation { saveProfile(input: { profile: { buyer: { document: 123.456 } } }) { created } }",
  'mutation { saveProfile(input: { profile: { buyer: { firstName: """Ana""" } } }) { created } }',
  'query A($email: PersonalText = "ana@example.com") { consumers(filter: { email: $email }) { nodes { id } } }',
  "{ viewer { org { name } } } # ana@example.com",
  "{ cpf_12345678900: viewer { org { name } } }",
  "query cpf_12345678900 { viewer { org { name } } }",
];

const known = (source: string) => {
  const documents = openKnownDocuments();
  documents.remember(source, parse(source));
  return documents.find({ query: source }) !== null;
};
const stored = async (source: string) => {
  const store = openDocumentStore();
  await store.set("hash", parse(source));
  return (await store.get("hash")) !== undefined;
};

describe("a document", () => {
  test.each(HARMLESS)("without values is kept: %s", async (source) => {
    expect(isHarmless(source, parse(source))).toBe(true);
    expect([known(source), await stored(source)]).toEqual([true, true]);
  });

  test.each(NOT)("that may hold somebody's is not: %s", async (source) => {
    expect(isHarmless(source, parse(source))).toBe(false);
    expect([known(source), await stored(source)]).toEqual([false, false]);
  });
});
