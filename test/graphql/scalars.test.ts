/** The graph's own scalars at their edges. */
import { describe, expect, test } from "@jest/globals";
import { DateTime } from "../../src/graphql/scalars.js";

describe("a moment", () => {
  test.each([
    ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000Z"],
    ["2026-11-21T12:00:00.5-03:00", "2026-11-21T15:00:00.500Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"],
  ])("%s is read", (text, moment) => {
    expect(DateTime.serialize(DateTime.parseValue(text))).toBe(moment);
  });

  test.each([
    ["without an offset", "2026-11-21T12:00:00"],
    ["before the first year", "0000-01-01T00:00:00Z"],
    ["before the first year by its offset", "0001-01-01T00:00:00+14:00"],
    ["after the last year by its offset", "9999-12-31T23:59:59-14:00"],
    ["on a day that there is not", "2026-02-31T12:00:00Z"],
    ["on a leap day of another year", "2100-02-29T12:00:00Z"],
    ["in an hour that there is not", "2026-11-21T24:00:00Z"],
    ["as a number", 1_795_000_000],
  ])("%s is refused, and not repeated", (_, given) => {
    expect(() => DateTime.parseValue(given)).toThrow("Expected a date and time such as 2026-11-21T12:00:00Z.");
  });
});
