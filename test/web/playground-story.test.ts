import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import { STORY } from "../../src/web/playground/story.js";

const schema = buildSchema(readFileSync(resolve(import.meta.dirname, "../../schema.graphql"), "utf8"));

describe("the playground's story", () => {
  test.each(STORY.map(({ query }) => [/(?:query|mutation) (\w+)/.exec(query)?.[1], query]))(
    "%s is what the graph understands",
    (_name, query) => {
      expect(validate(schema, parse(String(query))).map((error) => error.message)).toEqual([]);
    },
  );

  test("a field that the graph has not would be seen", () => {
    const renamed = STORY.map(({ query }) => query.replace("userErrors", "mistakes").replace("complete", "whole"));
    expect(renamed.flatMap((query) => validate(schema, parse(query))).length).toBeGreaterThan(2);
  });

  test("each line fits the editor beside an answer", () => {
    for (const { query } of STORY) expect(Math.max(...query.split("\n").map((line) => line.length))).toBeLessThan(64);
  });
});
