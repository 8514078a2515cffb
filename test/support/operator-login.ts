/** An operator's questions to the gateway about their own login at the store, and their way through the store's pages. */

import type { TestGateway } from "./gateway.js";
import { openLentPages } from "./lent-pages.js";
import { type Shopper, type Spot, spotOf } from "./shopper.js";
import type { UserError } from "./story.js";

const ERRORS = "userErrors { code field message retry nextAction }";
const LOGIN =
  "operatorLogin { id state stateReason nextAction operator { name vouched } store { slug } connectedAt expiresAt endedAt }";
export const CONNECT = `mutation ($input: ConnectOperatorInput!) { connectOperator(input: $input) { ${LOGIN} liveViewUrl sessionId expiresAt ${ERRORS} } }`;
export const DISCONNECT = `mutation ($input: DisconnectOperatorInput!) { disconnectOperator(input: $input) { ${LOGIN} ending ${ERRORS} } }`;
export const FIND = `query ($id: ID!) { ${LOGIN.replace("operatorLogin", "operatorLogin(id: $id)")} }`;

export interface Login {
  readonly id: string;
  readonly state: string;
  readonly [field: string]: unknown;
}
export interface Told {
  readonly operatorLogin: Login | null;
  readonly liveViewUrl?: string | null;
  readonly userErrors: readonly UserError[];
  readonly [field: string]: unknown;
}

/** The page gives its field the focus. */
export async function answer(person: Shopper, field: string, text: string): Promise<void> {
  await person.fieldOf(field).waitFor();
  await person.type(text);
  await person.key("Enter");
}

/** Where "by e-mail" is on the page that asks for the password. */
export async function learnOtherWay(
  gateway: TestGateway,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Spot> {
  const pages = await openLentPages();
  const viewport = { width: Math.round(width), height: Math.round(height) };
  await pages.begin(gateway.sandboxes.get("vtex") ?? "", { viewport, locale: "pt-BR" });
  try {
    const page = await pages.open();
    await page.goto("https://cobasi.myvtex.com/admin");
    await page.fill("[name=email]", "operadora@loja.example");
    await page.click("button");
    await page.locator("[name=password]").waitFor();
    return await spotOf(page, "[name=byEmail]");
  } finally {
    await pages.close();
  }
}

/** Every login that the store's sandbox has issued. */
export async function tokensOf(gateway: TestGateway): Promise<readonly string[]> {
  const response = await fetch(`${gateway.sandboxes.get("vtex")}/_sandbox/tokens?account=cobasi`);
  return ((await response.json()) as { tokens: readonly string[] }).tokens;
}
