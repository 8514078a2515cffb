import { describe, test } from "@jest/globals";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { openTokenBook } from "../src/token-book.js";
import { forgetfulBook, organization } from "./fixtures.js";

describe("with its tokens remembered", () => {
  adapterConformance(test, organization(openTokenBook({ callsPerMinute: 1e6 })));
});

/** Every request asks for a token first, so that every trouble is met there as well. */
describe("with a token asked for each request", () => {
  adapterConformance(test, organization(forgetfulBook()));
});
