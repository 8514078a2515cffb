/** A Call as the gateway makes it, and a shopper at the store's own pages. */
import { type IfoodKept, ifood } from "@shopkey/adapter-ifood";
import { DISHES, dishUrl } from "@shopkey/adapter-ifood/sandbox";
import { type Adapter, AdapterError, type Call, type Cart } from "@shopkey/adapter-sdk";
import type { Page } from "playwright";
import type { LentPages } from "../../../test/support/lent-pages.js";

export const adapter: Adapter<IfoodKept> = ifood();
export const LOOKS_DONE = adapter.browser?.looksDone({}) ?? "";
export const FEIJOADA: Cart = { kind: "url", url: dishUrl({ id: DISHES[0]?.id ?? "" }) };

export function callOf(pages: LentPages): Call<IfoodKept> {
  return {
    store: { id: "sto_test", settings: {}, credentials: null },
    ...{ environment: "test", signal: new AbortController().signal, now: () => new Date(), log: () => {} },
    fetch: () => Promise.reject(new Error("this store has no API")),
    ...{ idempotencyKey: "key", checkpoint: async () => {}, resume: null, page: pages.lend },
  };
}

export const finish = (call: Call<IfoodKept>) => adapter.connect.finish(call, {}, {});

export async function connectWell(call: Call<IfoodKept>): Promise<IfoodKept["secret"]> {
  const step = await finish(call);
  if (step.kind !== "connected") throw new Error(`not connected: ${step.kind}`);
  return step.secret;
}

/** `ready`, or the code of what stands in the way. */
export const readinessOf = async (call: Call<IfoodKept>, secret: IfoodKept["secret"] | null): Promise<string> =>
  adapter.checkoutIdentity
    .readiness(call, secret, {})
    .then((said) => (said.kind === "ready" ? "ready" : said.code), codeOfError);

export const applyCode = async (
  call: Call<IfoodKept>,
  secret: IfoodKept["secret"] | null,
  cart: Cart = FEIJOADA,
): Promise<string> => adapter.checkoutIdentity.apply(call, secret, {}, cart).then(() => "applied", codeOfError);

const codeOfError = (error: unknown): string => (error instanceof AdapterError ? error.code : String(error));

/** Digit by digit, as a shopper types; `at once` as a phone fills in a code that came by message. */
export async function typeCode(page: Page, code: string, how: "digits" | "at once" = "digits"): Promise<void> {
  await page.click("#otp-input-0");
  await (how === "digits" ? page.keyboard.type(code) : page.fill("#otp-input-0", code));
  await page.click("main form button");
}

export async function askCode(page: Page, channel: "whatsapp" | "sms"): Promise<void> {
  await page.goto(adapter.browser?.loginUrl({}) ?? "");
  await page.click("text=Celular");
  await page.fill("[name=phone]", "11 99999-0001");
  await page.click(`[value=${channel}]`);
}
