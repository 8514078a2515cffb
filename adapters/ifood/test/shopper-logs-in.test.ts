import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import { CODES, type IfoodSandbox, SHOPPERS, startSandbox } from "@shopkey/adapter-ifood/sandbox";
import { openLentPages } from "../../../test/support/lent-pages.js";
import {
  adapter,
  applyCode,
  askCode,
  callOf,
  connectWell,
  FEIJOADA,
  finish,
  LOOKS_DONE,
  readinessOf,
  typeCode,
} from "./bench.js";

const pages = await openLentPages();
afterAll(pages.close);
const call = callOf(pages);
let sandbox: IfoodSandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  await pages.begin(sandbox.url);
});
afterEach(() => sandbox.close());

test("phone, a wrong code, the right one, one more by e-mail, the address: connected first, ready for a checkout last", async () => {
  sandbox.switches.set(null, { emailConfirmation: true });
  await pages.begin(sandbox.url, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  const page = await pages.open();
  await askCode(page, "whatsapp");
  await typeCode(page, "000000");
  await expect(page.textContent("[role=alert]")).resolves.toBe("Código incorreto");
  await typeCode(page, CODES.whatsapp);
  await page.waitForSelector("text=enviado ao seu e-mail");
  expect(await finish(call)).toMatchObject({ kind: "liveView", why: "The store asks the shopper to log in." });
  await typeCode(page, CODES.email, "at once");
  await page.waitForSelector("[role=dialog] .btn-address__container");
  await page.waitForFunction("typeof window.__NEXT_REDUX_STORE__.getState().account?.uuid === 'string'");
  await expect(page.evaluate(LOOKS_DONE)).resolves.toBe(false);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);

  const step = await finish(call);
  expect(step).toMatchObject({ kind: "connected", account: { label: "A•••" } });
  for (const value of [SHOPPERS.ana.uuid, SHOPPERS.ana.email, SHOPPERS.ana.phone, "Lima"]) {
    expect(JSON.stringify(step)).not.toContain(value);
  }
  const secret = await connectWell(call);
  await expect(readinessOf(call, secret)).resolves.toBe("ADDRESS_REQUIRED");
  await expect(applyCode(call, secret)).resolves.toBe("ADDRESS_REQUIRED");
  await page.click("text=Casa");
  await page.waitForSelector("[role=dialog]", { state: "detached" });
  await page.waitForFunction(LOOKS_DONE);
  await expect(readinessOf(call, secret)).resolves.toBe("ready");
  await expect(applyCode(call, secret)).resolves.toBe("applied");
});

test("by e-mail; a login that the store does not honour is not bound", async () => {
  sandbox.switches.set(null, { stillborn: true });
  const page = await pages.open();
  await page.goto("https://www.ifood.com.br/entrar");
  await page.click("text=E-mail");
  await page.fill("[name=email]", SHOPPERS.bruno.email);
  await page.click("[value=email]");
  await typeCode(page, CODES.email);
  await page.waitForURL("https://www.ifood.com.br/inicio");
  expect((await finish(call)).kind).toBe("liveView");
});

test("said to be in while the login is completing: the page that was too early is asked for once more", async () => {
  // The first refusal is for the shopper's own page, the second one for the page that looks for the login.
  sandbox.switches.set(null, { completesAfter: 2 });
  const page = await pages.open();
  await askCode(page, "sms");
  await typeCode(page, CODES.sms);
  await page.waitForURL("https://www.ifood.com.br/inicio");
  await page.waitForFunction("window.__NEXT_REDUX_STORE__?.getState().account === null");
  expect(sandbox.isLive()).toBe(false);
  const before = sandbox.journal.length;
  expect(await finish(call)).toMatchObject({ kind: "connected", account: { label: "A•••" } });
  const asked = sandbox.journal.slice(before).map(({ path, status }) => `${path} ${status}`);
  expect(asked.filter((one) => one === "/inicio 200")).toHaveLength(2);
  expect(asked.filter((one) => one === "/v1/customers/me 401")).toHaveLength(1);
}, 60_000);

test("what was kept works in another context; another shopper is another account, and a warning where there is no phone", async () => {
  const context = await pages.begin(sandbox.url);
  await pages.keep(sandbox.logIn(SHOPPERS.ana));
  const secret = await connectWell(call);
  const storageState = await context.storageState();
  await pages.begin(sandbox.url, { storageState });
  await expect(connectWell(call)).resolves.toEqual(secret);
  await expect(adapter.connect.verify(call, secret)).resolves.toEqual({ kind: "live" });

  await pages.begin(sandbox.url);
  const withAddress = { ...SHOPPERS.bruno, addresses: SHOPPERS.ana.addresses };
  await pages.keep(sandbox.logIn(withAddress));
  const other = await connectWell(call);
  await expect(adapter.connect.verify(call, secret)).resolves.toEqual({ kind: "expired" });
  await expect(applyCode(call, secret)).resolves.toBe("CONNECTION_EXPIRED");
  const { remarks } = await adapter.checkoutIdentity.apply(call, other, {}, FEIJOADA);
  expect(remarks.map(({ code }) => code)).toContain("PHONE_MISSING");
});

test("the shopper goes on where the checkout handed over, and orders", async () => {
  await pages.keep(sandbox.logIn(SHOPPERS.ana));
  const secret = await connectWell(call);
  const { total, handOff } = await adapter.checkoutIdentity.apply(call, secret, {}, FEIJOADA);
  expect(total).toEqual({ amountMinor: 4290, currency: "BRL" });
  const page = await pages.open();
  await page.goto(handOff?.url ?? "");
  await page.click("text=Adicionar");
  await page.click("text=Fazer pedido");
  await page.waitForSelector("text=Pedido realizado");
  expect(sandbox.state(null)).toMatchObject({ orders: [{ shopper: SHOPPERS.ana.uuid }] });
  const hosts = adapter.hosts({});
  expect(sandbox.journal.every(({ host, status }) => hosts.includes(host) && status !== 421)).toBe(true);
});
