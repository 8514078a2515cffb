import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import { CODES, type MeliSandbox, SHOPPERS, startSandbox } from "@shopkey/adapter-meli/sandbox";
import { openLentPages } from "../../../test/support/lent-pages.js";
import { adapter, asLent, callOf, finish, giveCode, givePassword, healthOf } from "./bench.js";

const pages = await openLentPages();
afterAll(pages.close);
let sandbox: MeliSandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  await pages.begin(sandbox.url);
});
afterEach(() => sandbox.close());

const GREETING = ".nav-header-username";

test("two steps, a wrong password, a wrong code: nothing is bound before the store lets the shopper in", async () => {
  const call = callOf(pages);
  expect((await adapter.connect.start(call, { identity: {} })).kind).toBe("liveView");
  const page = await pages.open();
  await givePassword(page, "MLB", "not hers");
  await expect(page.textContent("[role=alert]")).resolves.toBe("Senha incorreta");
  expect((await finish(call)).kind).toBe("liveView");
  await page.fill("[name=password]", SHOPPERS.ana.password);
  await page.click("button");
  await giveCode(page, "sms", "000000");
  await expect(page.textContent("[role=alert]")).resolves.toContain("Código incorreto");
  expect((await finish(call)).kind).toBe("liveView");
  await expect(page.evaluate(adapter.browser?.looksDone({ site: "MLB" }) ?? "")).resolves.toBe(false);

  await page.fill("[name=code]", CODES.sms);
  await page.click("button:not([name])");
  await page.waitForSelector(GREETING);
  expect(page.url()).toBe("https://www.mercadolivre.com.br/");
  await expect(asLent(page).evaluate(adapter.browser?.looksDone({ site: "MLB" }) ?? "")).resolves.toBe(true);
  const step = await finish(call);
  expect(step).toMatchObject({ kind: "connected", account: { label: "A•••" } });
  const told = JSON.stringify(step);
  for (const value of [SHOPPERS.ana.id, SHOPPERS.ana.login, SHOPPERS.ana.nickname]) expect(told).not.toContain(value);
});

test("on a phone: no camera for the face, the app's QR does not come, another method does; the wallet has a session of its own", async () => {
  const context = await pages.begin(sandbox.url, {
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  });
  const page = await pages.open();
  await givePassword(page);
  for (const method of ["face", "qr"]) {
    await page.tap(`[name=method][value=${method}]`);
    await page.tap("[name=other]");
  }
  await page.waitForSelector("[name=method][value=email]");
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await giveCode(page, "email");
  await page.waitForSelector(GREETING);
  const sessions = (await context.cookies()).filter(({ name }) => name === "ssid").map(({ domain }) => domain);
  expect(sessions.sort()).toEqual([".mercadolivre.com.br", ".mercadopago.com.br"]);

  const call = callOf(pages);
  const step = await finish(call);
  if (step.kind !== "connected") throw new Error("not connected");
  // The shop's session goes, the wallet's stays: that one is no login at the shop.
  await context.clearCookies({ name: "ssid", domain: ".mercadolivre.com.br" });
  await expect(healthOf(call, step.secret)).resolves.toBe("expired");
  expect((await finish(call)).kind).toBe("liveView");
});

test("what was kept works in another context, and the same account has the same fingerprint", async () => {
  const context = await pages.begin(sandbox.url);
  await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
  const first = await finish(callOf(pages));
  const kept = await context.storageState();
  await pages.begin(sandbox.url, { storageState: kept });
  await expect(finish(callOf(pages))).resolves.toEqual(first);
  await pages.begin(sandbox.url);
  await pages.keep(sandbox.logIn("MLB", SHOPPERS.bruno));
  const other = await finish(callOf(pages));
  if (first.kind !== "connected" || other.kind !== "connected") throw new Error("not connected");
  expect(other.secret.account).not.toBe(first.secret.account);
});

test("another country is another site: Argentina, in Spanish, on its own domain", async () => {
  const context = await pages.begin(sandbox.url);
  const page = await pages.open();
  await givePassword(page, "MLA");
  expect(new URL(page.url()).hostname).toBe("www.mercadolibre.com.ar");
  await expect(page.textContent("h1")).resolves.toBe("Elige cómo confirmar que eres tú");
  await giveCode(page, "whatsapp");
  await page.waitForSelector(GREETING);
  expect(await finish(callOf(pages, "MLA"))).toMatchObject({ kind: "connected" });
  expect((await finish(callOf(pages, "MLB"))).kind).toBe("liveView");
  expect((await context.cookies("https://www.mercadolivre.com.br/")).some(({ name }) => name === "ssid")).toBe(false);
  const { locale, timezone } = adapter.browser ?? {};
  expect([locale?.({ site: "MLA" }), timezone?.({ site: "MLA" })]).toEqual(["es-AR", "America/Argentina/Buenos_Aires"]);
  const hosts = adapter.hosts({ site: "MLA" });
  expect(sandbox.journal.filter(({ account }) => account === "MLA").every(({ host }) => hosts.includes(host))).toBe(
    true,
  );
});

test("the shopper goes on where the checkout handed over, and pays", async () => {
  const call = callOf(pages);
  await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
  const step = await finish(call);
  if (step.kind !== "connected") throw new Error("not connected");
  const url = "https://produto.mercadolivre.com.br/MLB-3511223344-fone-_JM?tracking=1#x";
  const { cart, total, handOff } = await adapter.checkoutIdentity.apply(call, step.secret, {}, { kind: "url", url });
  expect({ cart: cart.id, total, handOff }).toEqual({
    cart: "MLB3511223344",
    total: { amountMinor: 18_990, currency: "BRL" },
    handOff: { url: "https://produto.mercadolivre.com.br/MLB-3511223344-fone-_JM" },
  });
  const page = await pages.open();
  await page.goto(handOff?.url ?? "");
  await page.click("text=Comprar agora");
  await page.click("text=Pagar");
  await page.waitForSelector("text=Compra realizada");
  expect(sandbox.state("MLB")).toMatchObject({ orders: [{ shopper: "ANALIMA88", item: "MLB3511223344" }] });
});
