/** iFood's login as a shopper does it in a live view: what they type, and where they press. */
import { ifood } from "@shopkey/adapter-ifood";
import { CODES, SHOPPERS } from "@shopkey/adapter-ifood/sandbox";
import type { BrowserContextOptions, Page } from "playwright";
import { openLentPages } from "./lent-pages.js";
import { type Shopper, type Spot, spotOf } from "./shopper.js";

const FIRST_DIGIT = "Dígito 1";

export interface IfoodLogin {
  /** Ana's: her phone number, and the code that came by SMS. */
  readonly byPhone: (shopper: Shopper, code?: string) => Promise<void>;
  /** Another code, on the same page. */
  readonly giveCode: (shopper: Shopper, code: string) => Promise<void>;
  /** Bruno's, who has no phone: his e-mail address, and the code that came there. */
  readonly byEmail: (shopper: Shopper) => Promise<void>;
  /** The modal after the login: the first of Ana's addresses. */
  readonly chooseAddress: (shopper: Shopper) => Promise<void>;
  /** The same for somebody without any: a postal code and a number. */
  readonly typeAddress: (shopper: Shopper) => Promise<void>;
}

/** Learns where things are, from a twin of the live view's page, whose own logins come to nothing. */
export async function learnIfoodLogin(
  sandboxUrl: string,
  size: { readonly width: number; readonly height: number },
  { hasTouch = false }: BrowserContextOptions,
): Promise<IfoodLogin> {
  const pages = await openLentPages();
  const viewport = { width: Math.round(size.width), height: Math.round(size.height) };
  const options = { viewport, hasTouch, isMobile: hasTouch, locale: "pt-BR" } as const;
  try {
    await pages.begin(sandboxUrl, options);
    const phone = await walkByPhone(await pages.open());
    await pages.begin(sandboxUrl, options);
    const email = await walkByEmail(await pages.open());
    return actions(phone, email, hasTouch);
  } finally {
    await pages.close();
  }
}

type ByPhone = Awaited<ReturnType<typeof walkByPhone>>;
type ByEmail = Awaited<ReturnType<typeof walkByEmail>>;

function actions(phone: ByPhone, email: ByEmail, hasTouch: boolean): IfoodLogin {
  const type = hasTouch ? typeByTouch : typeByKeys;
  const giveCode = async (shopper: Shopper, code: string, { digit, next }: Code): Promise<void> => {
    // A phone puts a code that came by message into the field that asks for it; a person at a desk types it.
    await type(shopper, FIRST_DIGIT, digit, code);
    await shopper.press(next);
  };
  return {
    byPhone: async (shopper, code = CODES.sms) => {
      await shopper.press(phone.entry);
      await type(shopper, "Celular", phone.field, SHOPPERS.ana.phone);
      await shopper.press(phone.sms);
      await giveCode(shopper, code, phone.code);
    },
    giveCode: (shopper, code) => giveCode(shopper, code, phone.wrongCode),
    byEmail: async (shopper) => {
      await shopper.press(email.entry);
      await type(shopper, "E-mail", email.field, SHOPPERS.bruno.email);
      await shopper.press(email.next);
      await giveCode(shopper, CODES.email, email.code);
    },
    chooseAddress: (shopper) => shopper.press(phone.address),
    typeAddress: async (shopper) => {
      await shopper.pressFor(email.postalCode, shopper.fieldOf("CEP"));
      await shopper.type("01310-100");
      await shopper.pressFor(email.number, shopper.fieldOf("Número"));
      await shopper.type("1000");
      await shopper.press(email.useIt);
    },
  };
}

/** The store's pages give their field the focus. */
async function typeByKeys(shopper: Shopper, label: string, _field: Spot, text: string): Promise<void> {
  await shopper.fieldOf(label).waitFor();
  await shopper.type(text);
}

/** A phone's keyboard comes when the field is touched. */
async function typeByTouch(shopper: Shopper, label: string, field: Spot, text: string): Promise<void> {
  await shopper.pressFor(field, shopper.fieldOf(label));
  await shopper.type(text);
}

async function begin(page: Page, way: string): Promise<Spot> {
  await page.goto(ifood().browser?.loginUrl({}) ?? "");
  const entry = await spotOf(page, way);
  await page.click(way);
  return entry;
}

interface Code {
  readonly digit: Spot;
  readonly next: Spot;
}

async function codeOf(page: Page): Promise<Code> {
  await page.locator("#otp-input-0").waitFor();
  return { digit: await spotOf(page, "#otp-input-0"), next: await spotOf(page, "main form button") };
}

async function answer(page: Page, code: string): Promise<void> {
  await page.fill("#otp-input-0", code);
  await page.click("main form button");
}

async function walkByPhone(page: Page) {
  const entry = await begin(page, "a[href='/entrar/celular']");
  const field = await spotOf(page, "[name=phone]");
  const sms = await spotOf(page, "[value=sms]");
  await page.fill("[name=phone]", SHOPPERS.ana.phone);
  await page.click("[value=sms]");
  const code = await codeOf(page);
  await answer(page, "000000");
  await page.locator("[role=alert]").waitFor();
  const wrongCode = await codeOf(page);
  await answer(page, CODES.sms);
  return { entry, field, sms, code, wrongCode, address: await spotOf(page, "[role=dialog] [name=address]") };
}

async function walkByEmail(page: Page) {
  const entry = await begin(page, "a[href='/entrar/email']");
  const field = await spotOf(page, "[name=email]");
  const next = await spotOf(page, "[value=email]");
  await page.fill("[name=email]", SHOPPERS.bruno.email);
  await page.click("[value=email]");
  const code = await codeOf(page);
  await answer(page, CODES.email);
  await page.locator("[role=dialog]").waitFor();
  const [postalCode, number, useIt] = await Promise.all(
    ["[role=dialog] [name=cep]", "[role=dialog] [name=number]", "[role=dialog] button:not([name])"].map((one) =>
      spotOf(page, one),
    ),
  );
  if (!postalCode || !number || !useIt) throw new Error("the twin's modal asks for something else");
  return { entry, field, next, code, postalCode, number, useIt };
}
