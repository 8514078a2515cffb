import { describe, expect, test } from "@jest/globals";
import { openBench } from "./live-view-bench.js";
import { heardOf } from "./live-view-stand.js";
import { DESKTOP, PHONE, paintStore, picture, place, until } from "./live-view-visit.js";

const bench = openBench();
const { visit, goLive } = bench;

describe("the link", () => {
  test("leaves the address bar before anything is asked for, and goes once, in the claim alone", async () => {
    const { page } = await visit(DESKTOP);
    const stand = bench.stand();
    await page.addInitScript("addEventListener('DOMContentLoaded', () => (window.seen = location.hash))");
    stand.greet = () => stand.state("starting");
    await page.goto(stand.link);
    await page.getByRole("heading", { name: "Log in to Mercado Livre", exact: true }).waitFor();
    expect(page.url()).toBe(`${stand.origin}/v/bs_stand`);
    expect(stand.claims).toEqual([{ secret: "s3cr3t-of-the-link", nonce: expect.any(String), embedded: false }]);
    expect(stand.claims[0]?.nonce).toMatch(/^[\w-]{22}$/);
    expect(stand.paths.join()).not.toContain("s3cr3t");
    expect(await page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")).not.toContain("s3cr3t");
    await page.reload();
    await until(
      () => stand.claims.length,
      (count) => count === 2,
    );
    expect(stand.claims[1]?.secret).toBeNull();
  });

  test("survives a reload before the claim was answered, with the same nonce", async () => {
    const { page } = await visit(DESKTOP, /503/);
    const stand = bench.stand();
    stand.refuse = { status: 503, body: {} };
    await page.goto(stand.link);
    await until(
      () => stand.claims.length,
      (count) => count > 0,
    );
    await page.reload();
    stand.refuse = null;
    await until(
      () => stand.sockets(),
      (count) => count === 1,
    );
    expect(new Set(stand.claims.map(({ secret, nonce }) => `${secret} ${nonce}`)).size).toBe(1);
  });

  test("that is newer begins anew in the same tab, where the older one had ended", async () => {
    const { page } = await visit(DESKTOP, /404/);
    const stand = bench.stand();
    stand.refuse = { status: 404, body: { error: "revoked" } };
    await page.goto(stand.link);
    await page.getByRole("heading", { name: "This link has ended" }).waitFor();
    stand.refuse = null;
    stand.greet = () => stand.state("live");
    await page.evaluate("location.hash = 'n3wer'");
    await page.getByRole("button", { name: "Continue to Mercado Livre" }).waitFor();
    expect(stand.claims.map(({ secret }) => secret)).toEqual(["s3cr3t-of-the-link", "n3wer"]);
    expect(page.url()).not.toContain("#");
  });

  test.each([
    ["used", 403, "This link was opened elsewhere"],
    ["revoked", 410, "This link has ended"],
    ["expired", 410, "This link has expired"],
    ["unknown", 404, "This link does not work"],
  ])("that is %s says so, and is not tried again", async (error, status, title) => {
    const { page } = await visit(PHONE, new RegExp(`${status}`));
    const stand = bench.stand();
    stand.refuse = { status, body: { error } };
    await page.goto(stand.link);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    expect(stand.claims).toHaveLength(1);
    expect(await page.evaluate("document.title")).toBe(title);
  });
});

describe("before the remote page", () => {
  test("it is said who asks, for which store, where the password goes, what is kept and how to stop", async () => {
    const { page } = await visit(DESKTOP);
    const stand = bench.stand();
    stand.greet = () => stand.state("starting");
    await page.goto(stand.link);
    await page.getByRole("button", { name: "Continue to Mercado Livre" }).waitFor();
    const text = await page.getByRole("main").innerText();
    expect(text).toContain("Feira Fácil would like to connect your Mercado Livre account");
    expect(text).toContain("Your password goes to the store and to nobody else");
    expect(text).toContain("What is kept");
    expect(text).toContain("To stop, press Cancel");
    await page.keyboard.press("a");
    expect(heardOf(stand, "key")).toEqual([]);
  });

  test.each([
    ["pt-BR", "Entrar na sua conta Mercado Livre", "pt-BR"],
    ["es-AR", "Entrar en Mercado Livre", "es"],
    ["ja", "Log in to Mercado Livre", "en"],
  ])("it speaks the language of the browser: %s", async (locale, title, lang) => {
    const { page } = await visit({ ...PHONE, locale });
    const stand = bench.stand();
    stand.greet = () => stand.state("live");
    await page.goto(stand.link);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    expect(await page.evaluate("document.documentElement.lang")).toBe(lang);
  });

  test("Cancel asks once more, then tells; a reload does not introduce itself again", async () => {
    const { page } = await goLive(DESKTOP);
    const stand = bench.stand();
    await page.reload();
    await page.locator("canvas").click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await until(
      () => heardOf(stand, "cancel").length,
      (count) => count === 1,
    );
  });
});

describe("the picture", () => {
  test("has as many pixels as the screen, and its points are the remote page's", async () => {
    const { page } = await goLive(PHONE);
    const stand = bench.stand();
    const [hello] = heardOf(stand, "hello");
    expect(hello).toMatchObject({ proto: 1, vw: 390, dpr: 3, touch: true });
    expect(hello?.vh).toBeGreaterThan(600);
    expect(
      await page.evaluate("[document.querySelector('canvas').width, document.querySelector('canvas').clientWidth]"),
    ).toEqual([1170, 390]);
    const { x, y } = await place(page, 100, 300);
    await page.touchscreen.tap(x, y);
    const touches = await until(
      () => heardOf(stand, "touch"),
      (all) => all.length === 2,
    );
    expect(touches.map(({ k, points }) => [k, points.map((one) => [Math.round(one.x), Math.round(one.y)])])).toEqual([
      ["start", [[100, 300]]],
      ["end", []],
    ]);
    expect(heardOf(stand, "ptr")).toEqual([]);
    await picture(page, "phone-live");
  });

  test("zooms under two fingers here alone: the store hears that nothing was touched", async () => {
    const { page, context } = await goLive(PHONE);
    const hand = await context.newCDPSession(page);
    const { x, y } = await place(page, 195, 300);
    await hand.send("Input.synthesizePinchGesture", { x, y, scaleFactor: 2, gestureSourceType: "touch" });
    await page.touchscreen.tap(x, y);
    const touches = await until(
      () => heardOf(bench.stand(), "touch"),
      (all) => all.at(-1)?.k === "end",
    );
    expect(touches.map(({ k, points }) => [k, points.length])).toEqual([
      ["start", 1],
      ["cancel", 0],
      ["start", 1],
      ["end", 0],
    ]);
    expect(await page.evaluate("getComputedStyle(document.querySelector('canvas')).touchAction")).toBe("pinch-zoom");
  });

  test("a smaller one, of a pop-up, lies in the middle and keeps its points", async () => {
    const { page } = await goLive(DESKTOP);
    const stand = bench.stand();
    const seq = stand.frame(await paintStore(bench.browser(), 400, 500, 1), 400, 500);
    await until(
      () => heardOf(stand, "ack"),
      (all) => all.some((one) => one.seq === seq),
    );
    const box = await page.locator("canvas").boundingBox();
    expect([box?.width, box?.height, box?.x]).toEqual([400, 500, 440]);
    const { x, y } = await place(page, 399, 10);
    await page.mouse.click(x, y);
    const [down] = await until(
      () => heardOf(stand, "ptr").filter(({ k }) => k === "down"),
      (all) => all.length > 0,
    );
    expect(down).toMatchObject({ x: 399, y: 10, btn: 0, buttons: 1, clicks: 1, mod: 0 });
  });

  test("of many moves few are told, the last one always, and always before the press", async () => {
    const { page } = await goLive(DESKTOP);
    const stand = bench.stand();
    const from = await place(page, 10, 10);
    await page.mouse.move(from.x, from.y);
    const began = performance.now();
    await page.mouse.move(from.x + 400, from.y + 200, { steps: 120 });
    await page.mouse.down();
    await page.mouse.up();
    const told = await until(
      () => heardOf(stand, "ptr"),
      (all) => all.at(-1)?.k === "up",
    );
    const atMost = (performance.now() - began) / 40 + 3;
    expect(told.filter(({ k }) => k === "move").length).toBeLessThan(Math.min(120, atMost));
    expect(told.slice(-3).map(({ k, x, y }) => [k, x, y])).toEqual([
      ["move", 410, 210],
      ["down", 410, 210],
      ["up", 410, 210],
    ]);
  });

  test("double clicks, the right button, the wheel and dragging out of it are told as they are", async () => {
    const { page } = await goLive(DESKTOP);
    const stand = bench.stand();
    const { x, y } = await place(page, 200, 200);
    await page.mouse.dblclick(x, y);
    await page.mouse.click(x + 80, y, { button: "right" });
    await page.mouse.wheel(0, 240);
    await page.mouse.down();
    await page.mouse.move(x, 5);
    await page.mouse.up();
    const told = await until(
      () => heardOf(stand, "ptr"),
      (all) => all.at(-1)?.k === "up" && all.at(-1)?.y === 0,
    );
    expect(told.filter(({ k }) => k === "down").map(({ btn, clicks }) => [btn, clicks])).toEqual([
      [0, 1],
      [0, 2],
      [2, 1],
      [0, 1],
    ]);
    expect(told.filter(({ k }) => k === "wheel").reduce((sum, { dy }) => sum + (dy ?? 0), 0)).toBe(240);
  });
});
