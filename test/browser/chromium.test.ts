import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findChromium } from "../../src/browser/workshop.js";

let folder: string;
let one: string;
let other: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkey-chromium-"));
  [one, other] = [join(folder, "one"), join(folder, "other")];
  await writeFile(one, "");
  await writeFile(other, "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("finding a Chromium", () => {
  test("a configured one that is not there is an error, never silently another one", async () => {
    await expect(findChromium({ configured: "/nowhere/chromium", system: [one] })).rejects.toThrow("CHROMIUM_PATH");
  });

  test("goes by configured, Playwright's own, system", async () => {
    const nowhere = join(folder, "nowhere");
    const from = async (places: Parameters<typeof findChromium>[0]) => {
      const { from: kind, executablePath } = await findChromium({ cacheFolder: null, ...places });
      return [kind, executablePath];
    };
    expect(await from({ configured: one, playwright: other, system: [other] })).toEqual(["configured", one]);
    expect(await from({ playwright: one, system: [other] })).toEqual(["playwright", one]);
    expect(await from({ playwright: nowhere, system: [nowhere, other] })).toEqual(["system", other]);
  });

  test("nothing found: the error says what to type", async () => {
    const nothing = findChromium({ playwright: "", system: [], cacheFolder: null });
    await expect(nothing).rejects.toMatchObject({
      reason: "no-chromium",
      message: expect.stringContaining("apt-get install -y chromium"),
    });
  });

  test("left alone, something that can be started is found or brought", async () => {
    const found = await findChromium({ configured: process.env.CHROMIUM_PATH });
    expect((await stat(found.executablePath)).mode & 0o100).toBe(0o100);
  });
});
