import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type MeliSandbox, SHOPPERS, startSandbox } from "@shopkey/adapter-meli/sandbox";
import type { Cart } from "@shopkey/adapter-sdk";
import { openLentPages } from "../../../test/support/lent-pages.js";
import { SITE_CODES } from "../src/sites.js";
import { adapter, callOf, codeOf, connectAna, finish, healthOf } from "./bench.js";

const pages = await openLentPages();
afterAll(pages.close);
const call = callOf(pages);
let sandbox: MeliSandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  await pages.begin(sandbox.url);
});
afterEach(() => sandbox.close());

const PRODUCT: Cart = { kind: "url", url: "https://www.mercadolivre.com.br/fone/p/MLB3511223344" };
const apply = (secret: { account: string } | null, cart: Cart = PRODUCT) =>
  codeOf(adapter.checkoutIdentity.apply(call, secret, {}, cart));

test("a visitor with a device cookie and a postal code is not logged in", async () => {
  const page = await pages.open();
  await page.goto("https://www.mercadolivre.com.br/");
  await page.fill("[name=cp]", "01310-100");
  await page.click("text=OK");
  await page.waitForSelector(".nav-menu-cp-logged");
  const names = (await page.context().cookies()).map(({ name }) => name);
  expect(names).toContain("_d2id");
  await expect(page.evaluate(adapter.browser?.looksDone({ site: "MLB" }) ?? "")).resolves.toBe(false);
  expect(await finish(call)).toMatchObject({ kind: "liveView", why: "The store asks the shopper to log in." });
});

describe("a living login", () => {
  test.each([
    ["antiBot", true, "suspect", "LOGIN_REQUIRED", "CHALLENGE_REQUIRED"],
    ["antiBot", "registration", "suspect", "LOGIN_REQUIRED", "CHALLENGE_REQUIRED"],
    ["antiBot", "loginhub", "suspect", "LOGIN_REQUIRED", "CHALLENGE_REQUIRED"],
    ["stepUp", true, "inconclusive", "LOGIN_REQUIRED", "CHALLENGE_REQUIRED"],
    ["blocked", true, "inconclusive", "REFUSED_BY_STORE", "REFUSED_BY_STORE"],
    ["detour", true, "inconclusive", "STORE_CHANGED", "STORE_CHANGED"],
    ["changedPage", true, "inconclusive", "STORE_CHANGED", "STORE_CHANGED"],
    ["trouble", "down", "inconclusive", "STORE_UNAVAILABLE", "STORE_UNAVAILABLE"],
    ["delayMs", 150, "live", "ready", "no error"],
  ])("behind %s=%s is %s", async (name, value, health, readiness, applied) => {
    await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
    const secret = await connectAna(call);
    sandbox.switches.set(null, { [name]: value });
    await expect(healthOf(call, secret)).resolves.toBe(health);
    const asked = adapter.checkoutIdentity.readiness(call, secret, {});
    await expect(
      asked.then(
        (said) => (said.kind === "ready" ? "ready" : said.code),
        (error) => error.code,
      ),
    ).resolves.toBe(readiness);
    await expect(apply(secret)).resolves.toBe(applied);
    sandbox.switches.clear(null);
    await expect(healthOf(call, secret)).resolves.toBe("live");
  });

  test("ended on another device is suspect, and the session that is left is not called an end", async () => {
    await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
    const secret = await connectAna(call);
    sandbox.endSessions("MLB", SHOPPERS.ana.login);
    for (const _time of [1, 2]) await expect(healthOf(call, secret)).resolves.toBe("suspect");
    await expect(adapter.connect.disconnect(call, secret)).resolves.toMatchObject({ storeAgreed: true });
  });

  test("whose shopper logged out there is expired", async () => {
    await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
    const secret = await connectAna(call);
    const page = await pages.open();
    await page.goto("https://www.mercadolivre.com.br/");
    await page.click("[data-id=logout]");
    await page.waitForSelector("[data-link-id=login]");
    await expect(healthOf(call, secret)).resolves.toBe("expired");
  });
});

test("another account in the same browser is never taken for the connected one", async () => {
  await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
  const secret = await connectAna(call);
  await pages.keep(sandbox.logIn("MLB", SHOPPERS.bruno));
  await expect(healthOf(call, secret)).resolves.toBe("expired");
  await expect(apply(secret)).resolves.toBe("CONNECTION_EXPIRED");
});

test("a cart is the address of one product of this country that can be bought", async () => {
  await pages.keep(sandbox.logIn("MLB", SHOPPERS.ana));
  const secret = await connectAna(call);
  const hostile = [
    "https://produto.mercadolivre.com.br.evil.example/MLB-3511223344-fone-_JM",
    "https://ana@produto.mercadolivre.com.br/MLB-3511223344-fone-_JM",
    "http://produto.mercadolivre.com.br/MLB-3511223344-fone-_JM",
    "https://produto.mercadolivre.com.br:8443/MLB-3511223344-fone-_JM",
    "https://articulo.mercadolibre.com.ar/MLA-3511223344-fone-_JM",
    "https://myaccount.mercadolivre.com.br/cancelar-conta",
    "https://www.mercadolivre.com.br/jms/mlb/lgz/logout",
    "file:///etc/passwd",
    "fone",
  ];
  const before = sandbox.journal.length;
  for (const url of hostile) await expect(apply(secret, { kind: "url", url })).resolves.toBe("CART_INVALID");
  await expect(apply(secret, { kind: "items", items: [{ id: "MLB3511223344", quantity: 1 }] })).resolves.toBe(
    "CART_INVALID",
  );
  await expect(apply(null)).resolves.toBe("CHALLENGE_REQUIRED");
  expect(sandbox.journal.length).toBe(before);
  for (const number of ["3500000001", "999999999"]) {
    await expect(
      apply(secret, { kind: "url", url: `https://produto.mercadolivre.com.br/MLB-${number}-x-_JM` }),
    ).resolves.toBe("CART_INVALID");
  }
});

test("being forgotten is the shopper's task; closing the account is optional and warns of the wallet where there is one", async () => {
  for (const site of SITE_CODES) {
    const { kind, tasks = [] } = await adapter.anonymize.request(callOf(pages, site), { identity: {}, secret: null });
    expect([kind, tasks.map(({ optional }) => optional)]).toEqual(["awaitingShopper", [false, true]]);
    const hosts = adapter.hosts({ site });
    expect(tasks.every(({ url }) => hosts.includes(new URL(url).hostname))).toBe(true);
    const hasWallet = ["MLB", "MLA", "MLM", "MLC", "MCO", "MLU", "MPE", "MLV"].includes(site);
    expect(tasks[1]?.warnings.some((warning) => warning.includes("Mercado Pago"))).toBe(hasWallet);
    expect(tasks[1]?.blockers).toHaveLength(3);
  }
  expect(sandbox.journal).toEqual([]);
});
