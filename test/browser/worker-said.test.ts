/** A worker's log is the gateway's; what else it says is counted, because it may quote a page. */
import { PassThrough, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { passOn } from "../../src/browser/worker/said.js";
import { openLog } from "../../src/kernel/log.js";

const CANARY = "ana@example.com";

async function linesOf(said: readonly string[]): Promise<object[]> {
  const lines: object[] = [];
  const destination = new Writable({
    write: (chunk, _, done) => done(void lines.push(JSON.parse(String(chunk)) as object)),
  });
  const from = new PassThrough();
  passOn(from, openLog({ level: "info", destination }).with({ pid: 7 }));
  from.end(said.map((line) => `${line}\n`).join(""));
  await wait(400);
  return lines;
}

describe("what a worker says", () => {
  test("is a line of the gateway's log, with the facts that may be there and no others", async () => {
    const facts = { level: 40, time: "2026-01-01T00:00:00Z", sessionId: "bs_1", email: CANARY };
    const lines = await linesOf([JSON.stringify({ ...facts, msg: "session ended" })]);
    expect(lines).toEqual([{ level: 40, time: expect.any(String), pid: 7, sessionId: "bs_1", msg: "session ended" }]);
  });

  test("below the gateway's level is not passed on", async () => {
    expect(await linesOf([JSON.stringify({ level: 20, msg: "detail" })])).toEqual([]);
  });

  test("and is not of its log is told of once, by its size alone", async () => {
    const words = [`Error: ${CANARY}`, "    at somewhere", "", "null", "7", `{"level":99,"msg":"${CANARY}"}`, "{"];
    const lines = await linesOf(words);
    expect(lines).toMatchObject([{ level: 40, count: words.length, bytes: words.join("").length }]);
    expect(JSON.stringify(lines)).not.toContain(CANARY);
  });
});
