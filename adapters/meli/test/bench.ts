/** A Call as the gateway makes it, and a shopper at the store's own pages. */

import { type MeliKept, meli } from "@shopkey/adapter-meli";
import { CODES, SHOPPERS } from "@shopkey/adapter-meli/sandbox";
import { type Adapter, AdapterError, type Call, type Health, type Page as LentPage } from "@shopkey/adapter-sdk";
import type { Page } from "playwright";
import type { LentPages } from "../../../test/support/lent-pages.js";
import type { SiteCode } from "../src/sites.js";

export const adapter: Adapter<MeliKept> = meli();

export function callOf(pages: LentPages, site: SiteCode = "MLB"): Call<MeliKept> {
  return {
    store: { id: "sto_test", settings: { site }, credentials: null },
    ...{ environment: "test", signal: new AbortController().signal, now: () => new Date(), log: () => {} },
    fetch: () => Promise.reject(new Error("this store has no API")),
    ...{ idempotencyKey: "key", checkpoint: async () => {}, resume: null, page: pages.lend },
  };
}

/** Playwright's page is one of the contract's. */
export const asLent = (page: Page): LentPage => page;

export const finish = (call: Call<MeliKept>) => adapter.connect.finish(call, {}, {});

/** A connection of Ana's, made as fast as can be. */
export async function connectAna(call: Call<MeliKept>): Promise<MeliKept["secret"]> {
  const step = await finish(call);
  if (step.kind !== "connected") throw new Error(`not connected: ${step.kind}`);
  return step.secret;
}

export async function healthOf(call: Call<MeliKept>, secret: MeliKept["secret"]): Promise<string> {
  const health: Health = await adapter.connect.verify(call, secret);
  return health.kind === "inconclusive" && health.suspect ? "suspect" : health.kind;
}

export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof AdapterError ? error.code : String(error)),
  );

/** As far as the choice of the second factor. */
export async function givePassword(
  page: Page,
  site: SiteCode = "MLB",
  password: string = SHOPPERS.ana.password,
): Promise<void> {
  await page.goto(adapter.browser?.loginUrl({ site }) ?? "");
  await page.fill("[name=user_id]", SHOPPERS.ana.login);
  await page.click("button");
  await page.fill("[name=password]", password);
  await page.click("button");
}

export async function giveCode(page: Page, method: keyof typeof CODES, code: string = CODES[method]): Promise<void> {
  await page.click(`[name=method][value=${method}]`);
  await page.fill("[name=code]", code);
  await page.click("button:not([name])");
}
