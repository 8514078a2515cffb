import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { ADAPTER_ERRORS } from "@shopkey/adapter-sdk";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { TROUBLES } from "@shopkey/adapter-sdk/sandbox";
import { cornerShop } from "../../pretend/test/fixtures.js";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The rows of the table that begins with this header, cells without backticks. */
function rowsUnder(header: string): string[][] {
  const [, rest = ""] = README.split(`\n${header}\n`);
  const lines = rest.split("\n").slice(1);
  const table = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("|")),
  );
  return table.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

test("the README's error table is the one in the code", () => {
  const coded = Object.entries(ADAPTER_ERRORS).map(([code, { retry, meaning }]) => [code, retry, meaning]);
  expect(coded.length).toBeGreaterThan(10);
  expect(rowsUnder("| code | retry | meaning |")).toEqual(coded);
});

test("the README's table of troubles is the one in the code", () => {
  expect(rowsUnder("| trouble | what the store does |")).toEqual(Object.entries(TROUBLES));
});

test("the README names the kit's groups in order", () => {
  const groups = new Set<string>();
  adapterConformance((name) => void groups.add(/ · (\w+)\//.exec(name)?.[1] ?? name), cornerShop);
  expect(rowsUnder("| group | the promise |").map(([group]) => group)).toEqual([...groups]);
});
