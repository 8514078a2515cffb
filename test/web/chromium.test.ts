import { stat } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { findChromium } from "../support/chromium.js";

describe("Chromium for the tests", () => {
  test("a named one that is not there is an error, never silently another one", async () => {
    await expect(findChromium("/nowhere/chromium")).rejects.toThrow("CHROMIUM_PATH names no file");
  });

  test("without a name something that can be started is found or brought", async () => {
    const found = await findChromium();
    expect((await stat(found.executablePath)).mode & 0o100).toBe(0o100);
  });
});
