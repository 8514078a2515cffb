import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PUBLISHED, playVectors, type VectorFile } from "@shopkey/adapter-amazon-connector/sandbox";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { openStages } from "./stages.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ logLevel: "error" });
});
afterAll(() => gateway.close());

const readVectors = async (): Promise<VectorFile> =>
  JSON.parse(await readFile(join(import.meta.dirname, "sample-vectors.json"), "utf8"));

describe("the sample vectors", () => {
  test("are answered as they want it, over HTTP", async () => {
    const verdicts = await playVectors(await readVectors(), openStages(gateway));
    expect(verdicts.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(verdicts.length).toBe(24);
  }, 120_000);

  test("would tell: with another answer wanted, each of them is at fault", async () => {
    const { fixtures, vectors } = await readVectors();
    const plain = vectors.filter(({ setup }) => setup === undefined).slice(0, 6);
    const spoiled = plain.map((vector) => ({
      ...vector,
      expect: { ...vector.expect, status: 418, statusIn: undefined },
    }));
    const verdicts = await playVectors({ fixtures, vectors: spoiled }, openStages(gateway));
    expect(verdicts.filter(({ fault }) => fault === null)).toEqual([]);
  }, 120_000);
});

describe("Amazon's published cases", () => {
  test("are answered as their titles say, over HTTP", async () => {
    const verdicts = await playVectors(PUBLISHED, openStages(gateway));
    expect(verdicts.filter(({ fault }) => fault !== null)).toEqual([]);
  }, 240_000);
});
