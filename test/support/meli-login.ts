/** Mercado Livre's login as a shopper does it in a live view: what they type, and where they press. */
import { meli } from "@shopkey/adapter-meli";
import { CODES, SHOPPERS } from "@shopkey/adapter-meli/sandbox";
import type { BrowserContextOptions, Page } from "playwright";
import { openLentPages } from "./lent-pages.js";
import { type Shopper, type Spot, spotOf } from "./shopper.js";

export interface MeliLogin {
  /** Up to the last step: the code is still to come. */
  readonly begin: (shopper: Shopper, who?: keyof typeof SHOPPERS) => Promise<void>;
  /** Ana's, with a password that is not hers; the store asks again. */
  readonly misspell: (shopper: Shopper, password: string) => Promise<void>;
  /** The right one, and the second factor of choice. */
  readonly correct: (shopper: Shopper) => Promise<void>;
  /** The code by SMS, and whatever follows from it. */
  readonly giveCode: (shopper: Shopper) => Promise<void>;
}

/** A page of the login that asks one thing. */
interface Question {
  readonly label: string;
  readonly field: Spot;
  readonly button: Spot;
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
    const { user, password, again, sms, code } = await walk(await pages.open());
    const answer = hasTouch ? answerByTouch : answerByKeys;
    return {
      begin: async (shopper, who = "ana") => {
        await answer(shopper, user, SHOPPERS[who].login);
        await answer(shopper, password, SHOPPERS[who].password);
        await shopper.press(sms);
      },
      misspell: async (shopper, wrong) => {
        await answer(shopper, user, SHOPPERS.ana.login);
        await answer(shopper, password, wrong);
        // It moved down by what went wrong: nothing is sent without a password, and the field has the focus.
        await shopper.press(again.button);
      },
      correct: async (shopper) => {
        await answer(shopper, again, SHOPPERS.ana.password);
        await shopper.press(sms);
      },
      giveCode: (shopper) => answer(shopper, code, CODES.sms),
    };
  } finally {
    await pages.close();
  }
}

/** The store's pages give their field the focus. */
async function answerByKeys(shopper: Shopper, { label }: Question, text: string): Promise<void> {
  await shopper.fieldOf(label).waitFor();
  await shopper.type(text);
  await shopper.key("Enter");
}

/** A phone's keyboard comes when the field is touched. */
async function answerByTouch(shopper: Shopper, { label, field, button }: Question, text: string): Promise<void> {
  await shopper.pressFor(field, shopper.fieldOf(label));
  await shopper.type(text);
  await shopper.press(button);
}

async function walk(page: Page) {
  await page.goto(meli().browser?.loginUrl({ site: "MLB" }) ?? "");
  const user = await questionOf(page, "E-mail", "[name=user_id]", "button");
  await page.fill("[name=user_id]", SHOPPERS.bruno.login);
  await page.click("button");
  const password = await questionOf(page, "Senha", "[name=password]", "button");
  await page.fill("[name=password]", "not-his");
  await page.click("button");
  await page.locator("[role=alert]").waitFor();
  const again = await questionOf(page, "Senha", "[name=password]", "button");
  await page.fill("[name=password]", SHOPPERS.bruno.password);
  await page.click("button");
  const sms = await spotOf(page, "[name=method][value=sms]");
  await page.click("[name=method][value=sms]");
  return {
    user,
    password,
    again,
    sms,
    code: await questionOf(page, "Código de 6 dígitos", "[name=code]", "button:not([name])"),
  };
}

async function questionOf(page: Page, label: string, field: string, button: string): Promise<Question> {
  await page.locator(field).waitFor();
  return { label, field: await spotOf(page, field), button: await spotOf(page, button) };
}
