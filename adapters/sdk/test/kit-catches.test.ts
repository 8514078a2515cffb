import { expect, test } from "@jest/globals";
import type { CornerKept } from "@shopkey/adapter-pretend";
import type { CornerSandbox } from "@shopkey/adapter-pretend/sandbox";
import { adapterConformance, type ConformanceOptions } from "@shopkey/adapter-sdk/conformance";
import { cornerShop } from "../../pretend/test/fixtures.js";
import { BROKEN } from "./broken-pretends.js";

type Options = ConformanceOptions<CornerKept, CornerSandbox>;
const GROUPS = [
  ...["declares", "connects", "verifies", "disconnects", "applies"],
  ...["forgets", "impersonates", "receives", "manners", "troubles"],
];

/** Runs the kit with a `test` that collects, and tells which checks turned red. */
async function redOf(options: Options): Promise<{ red: string[]; titles: string[] }> {
  const collected: { name: string; body: () => Promise<void> }[] = [];
  adapterConformance((name, body) => void collected.push({ name, body }), options);
  const red: string[] = [];
  for (const { name, body } of collected) {
    await body().catch((error: unknown) => red.push(`${name}: ${String(error)}`));
  }
  return { red, titles: collected.map(({ name }) => name) };
}

const groupOf = (line: string): string => / · (\w+)\//.exec(line)?.[1] ?? line;

test("the corner shop as it is passes, in all ten groups", async () => {
  const { red, titles } = await redOf(cornerShop);
  expect(red).toEqual([]);
  expect([...new Set(titles.map(groupOf))]).toEqual(GROUPS);
});

test("there is a broken corner shop for every group", () => {
  expect([...new Set(BROKEN.map(({ group }) => group))].sort()).toEqual([...GROUPS].sort());
});

test.each(BROKEN.map((broken) => [broken.group, broken.how, broken.adapter] as const))(
  "%s alone turns red when %s",
  async (group, _how, adapter) => {
    const { red } = await redOf({ ...cornerShop, adapter });
    expect([...new Set(red.map(groupOf))].join() === group ? group : red).toBe(group);
  },
);

test("a fixture that is missing is a failure, not a pass", async () => {
  const { red } = await redOf({ ...cornerShop, deliveries: {}, impersonation: undefined });
  expect([...new Set(red.map(groupOf))]).toEqual(expect.arrayContaining(["impersonates", "receives"]));
});

test("a tolerance names its reason, covers one check, and is refused once it is not needed", async () => {
  const adapter = { ...cornerShop.adapter, id: "Corner Shop" };
  const tolerated = await redOf({ ...cornerShop, adapter, tolerances: { "declares/names": "history" } });
  expect(tolerated.red).toEqual([]);
  expect(tolerated.titles[0]).toContain("[tolerated: history]");
  const needless = await redOf({ ...cornerShop, tolerances: { "declares/names": "history" } });
  expect(needless.red).toEqual([expect.stringContaining("no longer needed")]);
  const unknown = () => adapterConformance(() => {}, { ...cornerShop, tolerances: { "declares/nothing": "?" } });
  expect(unknown).toThrow("no check is called declares/nothing");
});
