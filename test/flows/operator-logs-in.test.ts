/** An operator logs in at the store once, in a live view; impersonations begin with that login until it ends. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { ACCESS_CODE, AUTHENTICATOR_CODE, PASSWORD } from "@shopkey/adapter-vtex/sandbox";
import type { Browser } from "playwright";
import { openChromium } from "../support/chromium.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import * as operators from "../support/operator-login.js";
import { DESKTOP, openShopper, type Shopper } from "../support/shopper.js";
import * as desk from "../support/telesales.js";
import { everyRow } from "../support/whole-database.js";
import { buildLiveView } from "../web/live-view-visit.js";

const OPERATOR = "operadora@loja.example";

let browser: Browser;
let gateway: TestGateway;
const people: Shopper[] = [];
const troubles: string[] = [];
const answers: string[] = [];

beforeAll(async () => {
  await buildLiveView();
  browser = await openChromium();
  gateway = await openGateway({ browser: { mode: "local", slots: 2 } });
}, 120_000);
afterAll(async () => {
  for (const person of people) await person.close();
  await browser?.close();
  await gateway?.close();
}, 60_000);
afterEach(async () => {
  expect(await desk.places(gateway)).toEqual([]);
});

const asked = async <T = operators.Told>(query: string, input: object, key?: string): Promise<T> => {
  const told = await desk.act(gateway, query, input, key);
  answers.push(JSON.stringify(told));
  return told as unknown as T;
};
const store = { slug: "cobasi" };
const withoutToken = () => desk.startInput({ operator: null });
const find = async (id: string) => {
  const { body } = await gateway.ask<{ operatorLogin: operators.Login | null }>(operators.FIND, { id });
  answers.push(JSON.stringify(body));
  return body.data?.operatorLogin ?? null;
};
const active = (id: string) =>
  desk.until(
    () => find(id),
    (login) => login?.state === "ACTIVE",
  );

/** The operator's own browser, at the live view's page. */
async function sitDown(link: string): Promise<Shopper> {
  const person = await openShopper(browser, link, DESKTOP, troubles);
  people.push(person);
  return person;
}

test("by password and second factor; a place is taken without a token, and ends with the login", async () => {
  const { operatorLogin, liveViewUrl, userErrors } = await asked(operators.CONNECT, { store });
  expect(userErrors).toEqual([]);
  expect(operatorLogin).toMatchObject({ state: "PENDING", operator: { name: "Developer", vouched: false } });
  const id = operatorLogin?.id ?? "";
  // Not before the operator has logged in.
  const early = await asked<desk.Told>(desk.START, withoutToken());
  expect(early.impersonationSession).toMatchObject({ state: "DENIED", stateReason: "OPERATOR_REJECTED" });

  const person = await sitDown(liveViewUrl ?? "");
  await person.heading("Operadores: entrar em Cobasi");
  await person.enter();
  await operators.answer(person, "E-mail", OPERATOR);
  await operators.answer(person, "Senha", PASSWORD);
  await operators.answer(person, "Código do autenticador", AUTHENTICATOR_CODE);
  await person.heading("Acesso conectado");
  expect(await active(id)).toMatchObject({ stateReason: null, nextAction: null, endedAt: null });

  // Nobody else takes it: another key does not for this operator, and this key does not for another operator.
  const other = await desk.makeKey(gateway);
  const others = [
    { input: { ...withoutToken(), operator: { name: "Developer" } }, key: other.key },
    { input: { ...withoutToken(), operator: { name: "Otto" } }, key: gateway.key },
  ];
  for (const { input, key } of others) {
    const { impersonationSession } = await asked<desk.Told>(desk.START, input, key);
    expect(impersonationSession).toMatchObject({ state: "DENIED", stateReason: "OPERATOR_REJECTED" });
  }

  const begun = await asked<desk.Told>(desk.START, withoutToken());
  expect(begun).toMatchObject({ impersonationSession: { state: "ACTIVE", storeUserEmail: "m•••@example.com" } });
  expect(await desk.places(gateway)).toEqual([desk.MARIA]);

  const ended = await asked(operators.DISCONNECT, { operatorLogin: id }, other.key);
  expect(ended).toMatchObject({ operatorLogin: { state: "DISCONNECTED" }, ending: 1, userErrors: [] });
  const { body } = await gateway.ask<{ impersonationSession: desk.Session }>(desk.FIND, {
    id: begun.impersonationSession?.id,
  });
  expect(body.data?.impersonationSession).toMatchObject({ state: "ENDED", endReason: "OPERATOR_DISCONNECTED" });
}, 240_000);

test("by a code that comes by e-mail; who cancels keeps what was there", async () => {
  const first = await asked(operators.CONNECT, { store });
  const person = await sitDown(first.liveViewUrl ?? "");
  await person.enter();
  await operators.answer(person, "E-mail", OPERATOR);
  await person.fieldOf("Senha").waitFor();
  const codeInstead = await operators.learnOtherWay(gateway, await person.size());
  await person.pressFor(codeInstead, person.fieldOf("Código de acesso"));
  await operators.answer(person, "Código de acesso", ACCESS_CODE);
  await operators.answer(person, "Código do autenticador", AUTHENTICATOR_CODE);
  await person.heading("Acesso conectado");
  const id = first.operatorLogin?.id ?? "";
  await active(id);

  const second = await asked(operators.CONNECT, { store });
  const again = await sitDown(second.liveViewUrl ?? "");
  await again.enter();
  await again.page.getByRole("button", { name: "Cancelar" }).first().click();
  await again.page
    .getByRole("button", { name: /sim|parar|cancelar/i })
    .last()
    .click();
  await again.heading("Interrompido");
  await desk.until(
    () => find(second.operatorLogin?.id ?? ""),
    (login) => login?.state === "FAILED",
  );
  expect(await find(id)).toMatchObject({ state: "ACTIVE" });
  await asked(operators.DISCONNECT, { operatorLogin: id });
}, 240_000);

test("neither the password nor the login is in an answer, the log or a table", async () => {
  const tokens = await operators.tokensOf(gateway);
  expect(tokens.length).toBeGreaterThan(1);
  const needles = [PASSWORD, OPERATOR, ...tokens, ...tokens.flatMap((token) => token.split(".").slice(1))];
  const rows = await everyRow(gateway.adminUrl);
  for (const hay of [answers.join("\n"), gateway.logLines.join("\n"), rows])
    expect(
      needles.filter((needle) => hay.includes(needle) || hay.includes(Buffer.from(needle).toString("hex"))),
    ).toEqual([]);
  expect(rows).toContain("operatorLogin.connected");
  expect(troubles).toEqual([]);
});
