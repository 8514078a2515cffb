/** The search for a login: what a shopper typed and what the store answered with, wherever gateway and worker keep anything. */
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { localWorker } from "../../src/browser/open.js";
import type { TestGateway } from "./gateway.js";
import { until } from "./shopper.js";
import { hitsIn, isIn } from "./traces.js";
import { everyRow } from "./whole-database.js";

export interface Login {
  /** What the gateway answered, as text. */
  readonly answers: readonly string[];
  /** Passwords, names, and what a session's cookie begins with. */
  readonly secrets: readonly string[];
  /** Codes of a second factor: a few digits, which any longer number or dump of bytes may hold by chance. */
  readonly codes: readonly string[];
}

const asWhole = (code: string): RegExp => new RegExp(`(?<![0-9a-z])${code}(?![0-9a-z])`, "i");

/** Nothing of it is in the log, the answers, the tables or the data folder with its kept contexts. A planted one would be found. */
export async function expectNoLogin(gateway: TestGateway, { answers, secrets, codes }: Login): Promise<void> {
  const { dataDir } = gateway.config;
  const texts = {
    log: gateway.logLines.join("\n"),
    answers: answers.join("\n"),
    rows: await everyRow(gateway.adminUrl),
  };
  for (const [place, text] of Object.entries(texts)) {
    expect([place, text.length > 0]).toEqual([place, true]);
    for (const secret of secrets) expect([place, secret, isIn(text, [secret])]).toEqual([place, secret, false]);
    for (const code of codes) expect([place, code, asWhole(code).test(text)]).toEqual([place, code, false]);
  }
  expect((await readdir(join(dataDir, "contexts"))).length).toBeGreaterThan(0);
  expect(await hitsIn(dataDir, [...secrets, ...codes])).toEqual([]);
  const planted = join(dataDir, "contexts", "planted.txt");
  await writeFile(planted, `cookie: ${secrets.at(-1)}0123`);
  expect(await hitsIn(dataDir, secrets)).toEqual([planted]);
  await rm(planted);
}

/** The browsers that shoppers used are closed: no profile is left of them, and nothing else that holds a login. */
export async function expectNoBrowser({ config }: TestGateway, { secrets, codes }: Login): Promise<void> {
  const { folder } = localWorker("local", config.browser, config.dataDir);
  const slots = async () => (await readdir(folder)).filter((name) => name.startsWith("slot-"));
  await until(slots, (left) => left.length === 0);
  expect(await hitsIn(folder, [...secrets, ...codes])).toEqual([]);
}
