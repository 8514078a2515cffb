import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { DISHES, dishUrl, type IfoodSandbox, SHOPPERS, startSandbox } from "@shopkey/adapter-ifood/sandbox";
import { openLentPages } from "../../../test/support/lent-pages.js";
import { adapter, applyCode, callOf, connectWell, finish, LOOKS_DONE, readinessOf } from "./bench.js";

const pages = await openLentPages();
afterAll(pages.close);
const call = callOf(pages);
let sandbox: IfoodSandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  await pages.begin(sandbox.url);
});
afterEach(() => sandbox.close());

const healthOf = async (secret: { account: string }): Promise<string> =>
  (await adapter.connect.verify(call, secret)).kind;

test("a visitor with device, session and postal code is not logged in", async () => {
  const page = await pages.open();
  await page.goto("https://www.ifood.com.br/inicio");
  await page.fill("[name=cep]", "01310-100");
  await page.click("text=Buscar por CEP");
  await page.waitForFunction("window.__NEXT_REDUX_STORE__?.getState().address?.coords != null");
  const names = (await page.context().cookies()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["deviceId", "sessionId", "cep"]));
  await expect(page.evaluate(LOOKS_DONE)).resolves.toBe(false);
  expect((await finish(call)).kind).toBe("liveView");
});

test("a postal code is no address of the shopper's; with a number it is", async () => {
  await pages.keep(sandbox.logIn(SHOPPERS.bruno));
  const page = await pages.open();
  await page.goto("https://www.ifood.com.br/inicio");
  await page.fill("[role=dialog] [name=cep]", "01310-100");
  await page.click("text=Usar este CEP");
  await page.waitForFunction("window.__NEXT_REDUX_STORE__?.getState().address?.coords != null");
  const secret = await connectWell(call);
  await expect(readinessOf(call, secret)).resolves.toBe("ADDRESS_REQUIRED");
  await page.fill("[role=dialog] [name=cep]", "01310-100");
  await page.fill("[role=dialog] [name=number]", "1000");
  await page.click("text=Usar este CEP");
  await page.waitForSelector("[role=dialog]", { state: "detached" });
  await expect(readinessOf(call, secret)).resolves.toBe("ready");
});

describe("a living login", () => {
  test.each([
    ["the wall", { wall: true }, "LOGIN_REQUIRED", "CHALLENGE_REQUIRED"],
    ["a new state", { changedPage: true }, "STORE_CHANGED", "STORE_CHANGED"],
    ["a store that is down", { trouble: "down" as const }, "STORE_UNAVAILABLE", "STORE_UNAVAILABLE"],
  ])("behind %s is inconclusive", async (_name, switches, readiness, applied) => {
    await pages.keep(sandbox.logIn(SHOPPERS.ana));
    const secret = await connectWell(call);
    sandbox.switches.set(null, switches);
    await expect(healthOf(secret)).resolves.toBe("inconclusive");
    await expect(readinessOf(call, secret)).resolves.toBe(readiness);
    await expect(applyCode(call, secret)).resolves.toBe(applied);
    const farewell = await adapter.connect.disconnect(call, secret);
    expect([farewell.storeAgreed, sandbox.isLive()]).toEqual([false, true]);
    sandbox.switches.clear(null);
    await expect(healthOf(secret)).resolves.toBe("live");
  });

  test.each([
    ["the wall", { apiWall: true }],
    ["a failure", { trouble: "down" as const, path: "/v1/" }],
  ])(
    "whose API alone is behind %s is inconclusive",
    async (_name, switches) => {
      await pages.keep(sandbox.logIn(SHOPPERS.ana));
      const secret = await connectWell(call);
      sandbox.switches.set(null, switches);
      await expect(healthOf(secret)).resolves.toBe("inconclusive");
    },
    20_000,
  );

  test("at a slow store is live", async () => {
    await pages.keep(sandbox.logIn(SHOPPERS.ana));
    const secret = await connectWell(call);
    sandbox.switches.set(null, { delayMs: 400 });
    await expect(healthOf(secret)).resolves.toBe("live");
  });
});

test("once a person has pressed and held, the login is seen again", async () => {
  await pages.keep(sandbox.logIn(SHOPPERS.ana));
  sandbox.switches.set(null, { wall: true });
  expect(await finish(call)).toMatchObject({ kind: "liveView", why: expect.stringContaining("human") });
  const page = await pages.open();
  await page.goto("https://www.ifood.com.br/inicio");
  await page.click("text=Pressione e segure");
  await page.waitForSelector("[data-test-id=logout]");
  expect((await finish(call)).kind).toBe("connected");
});

test("ended on another device is expired, and a farewell to it is a success", async () => {
  await pages.keep(sandbox.logIn(SHOPPERS.ana));
  const secret = await connectWell(call);
  sandbox.endSessions();
  await expect(healthOf(secret)).resolves.toBe("expired");
  await expect(readinessOf(call, secret)).resolves.toBe("LOGIN_REQUIRED");
  await expect(adapter.connect.disconnect(call, secret)).resolves.toMatchObject({ storeAgreed: true });
});

test("a cart is the address of one dish that can be ordered", async () => {
  await pages.keep(sandbox.logIn(SHOPPERS.ana));
  const secret = await connectWell(call);
  const good = dishUrl({ id: DISHES[0]?.id ?? "" });
  const hostile = [
    good.replace("www.ifood.com.br", "www.ifood.com.br.evil.example"),
    good.replace("https://", "https://ana@"),
    good.replace("https://", "http://"),
    good.replace("/delivery/", "/sair?x="),
    good.replace(/item=.*/, "item=1"),
    "javascript:alert(1)",
  ];
  const before = sandbox.journal.length;
  for (const url of hostile) await expect(applyCode(call, secret, { kind: "url", url })).resolves.toBe("CART_INVALID");
  await expect(applyCode(call, secret, { kind: "existing", id: "1" })).resolves.toBe("CART_INVALID");
  await expect(applyCode(call, null)).resolves.toBe("CHALLENGE_REQUIRED");
  expect(sandbox.journal.length).toBe(before);
  for (const id of [DISHES[1]?.id ?? "", SHOPPERS.ana.uuid]) {
    await expect(applyCode(call, secret, { kind: "url", url: dishUrl({ id }) })).resolves.toBe("CART_INVALID");
  }
});

test("being forgotten is the shopper's task, and nothing is asked of the store", async () => {
  const progress = await adapter.anonymize.request(call, { identity: {}, secret: null });
  expect(progress).toMatchObject({ kind: "awaitingShopper", tasks: [{ optional: false }, { optional: true }] });
  expect(progress.tasks?.[0]?.warnings.join()).toContain("45 days");
  expect(sandbox.journal).toEqual([]);
});
