/** Mercado Livre's login as a shopper does it in a live view: what they type, and where they press. */
import { meli } from "@shopkey/adapter-meli";
import { CODES, SHOPPERS } from "@shopkey/adapter-meli/sandbox";
import type { BrowserContextOptions, Page } from "playwright";
import { openLentPages } from "./lent-pages.js";
import { type Shopper, type Spot, spotOf } from "./shopper.js";

export interface MeliLogin {
  /** Up to the last step: the code is still to come. */
  readonly begin: (shopper: Shopper, who?: keyof typeof SHOPPERS) => Promise<void>;
  /** The code by SMS, and whatever follows from it. */
  readonly giveCode: (shopper: Shopper) => Promise<void>;
}

/** Learns where things are, from a twin of the live view's page; the twin's own login is Bruno's and comes to nothing. */
export async function learnMeliLogin(
  sandboxUrl: string,
  size: { readonly width: number; readonly height: number },
  { hasTouch = false }: BrowserContextOptions,
): Promise<MeliLogin> {
  const pages = await openLentPages();
  const viewport = { width: Math.round(size.width), height: Math.round(size.height) };
  await pages.begin(sandboxUrl, { viewport, hasTouch, isMobile: hasTouch, locale: "pt-BR" });
  try {
    const spots = await walk(await pages.open());
    return {
      begin: async (shopper, who = "ana") => {
        await shopper.field("E-mail");
        await shopper.type(SHOPPERS[who].login);
        await (hasTouch ? shopper.press(spots.go) : shopper.key("Enter"));
        await shopper.field("Senha");
        await shopper.type(SHOPPERS[who].password);
        await (hasTouch ? shopper.press(spots.enter) : shopper.key("Enter"));
        await shopper.press(spots.sms);
        await shopper.field("Código de 6 dígitos");
      },
      giveCode: async (shopper) => {
        await shopper.type(CODES.sms);
        await (hasTouch ? shopper.press(spots.confirm) : shopper.key("Enter"));
      },
    };
  } finally {
    await pages.close();
  }
}

async function walk(page: Page): Promise<Readonly<Record<"go" | "enter" | "sms" | "confirm", Spot>>> {
  await page.goto(meli().browser?.loginUrl({ site: "MLB" }) ?? "");
  await page.fill("[name=user_id]", SHOPPERS.bruno.login);
  const go = await spotOf(page, "button");
  await page.click("button");
  await page.fill("[name=password]", SHOPPERS.bruno.password);
  const enter = await spotOf(page, "button");
  await page.click("button");
  const sms = await spotOf(page, "[name=method][value=sms]");
  await page.click("[name=method][value=sms]");
  return { go, enter, sms, confirm: await spotOf(page, "button:not([name])") };
}
