/** A shopper logs in through the real live view: a Chromium on our page, and behind it a Chromium on the store's. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import { openLog } from "../../src/kernel/log.js";
import { openChromium } from "../support/chromium.js";
import { type LiveSession, openLiveSession } from "../support/live-session.js";
import {
  buildLiveView,
  DESKTOP,
  findBarriers,
  openVisit,
  PHONE,
  picture,
  until,
  type Visit,
} from "./live-view-visit.js";
import { openWire, type Wire } from "./live-view-wire.js";

const PASSWORD = "S3nha.do@Álbum!ç";

let browser: Browser;
let server: LiveViewServer;
let wire: Wire;
const open: { readonly close: () => Promise<void> }[] = [];

beforeAll(async () => {
  await buildLiveView();
  browser = await openChromium();
  wire = await openWire();
  const log = openLog({ level: "silent" });
  server = await openLiveViewServer({ host: "127.0.0.1", port: wire.port, publicOrigin: wire.origin, log });
}, 60_000);
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
}, 30_000);
afterAll(async () => {
  await wire?.close();
  await server?.close();
  await browser?.close();
});

interface Login extends Visit {
  readonly live: LiveSession;
  readonly link: string;
}

/** Opens the link and goes through the introduction to the store's page at `path`. */
async function start(options: BrowserContextOptions, path = "/login", expected?: RegExp): Promise<Login> {
  const live = await openLiveSession(server, { path });
  open.push(live);
  const visit = await openVisit(browser, server.origin, options, expected);
  open.push(visit.context);
  const link = live.view.mintLink(new Date(Date.now() + 600_000));
  await visit.page.goto(link);
  await visit.page.getByRole("button", { name: "Continue to Loja Exemplo" }).click();
  await visit.page.getByText("shop.example", { exact: true }).waitFor();
  await untilDrawn(visit.page);
  return { ...visit, live, link };
}

const untilDrawn = (page: Page) =>
  until(
    () => page.evaluate("document.querySelector('canvas').width"),
    (width) => Number(width) > 200,
  );

/** The middle of something in the store's page, on the shopper's screen. */
async function find({ live, page }: Login, selector: string): Promise<{ x: number; y: number }> {
  // As the remote page lays it out now: its own coordinates are the canvas's.
  const box = (await live.page.evaluate(`(() => {
    const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  })()`)) as { x: number; y: number };
  const canvas = await page.locator("canvas").boundingBox();
  if (!canvas) throw new Error("No canvas");
  return { x: canvas.x + box.x, y: canvas.y + box.y };
}

async function press(login: Login, selector: string): Promise<void> {
  const { x, y } = await find(login, selector);
  if (login.page.viewportSize()?.width === 390) await login.page.touchscreen.tap(x, y);
  else await login.page.mouse.click(x, y);
}

const readValue = ({ live }: Login, selector: string) =>
  live.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).value`);

const untilValue = (login: Login, selector: string, wanted: string) =>
  until(
    () => readValue(login, selector),
    (value) => value === wanted,
  );

const untilSaid = ({ live }: Login, wanted: string) =>
  until(
    () => live.page.locator("#said").innerText(),
    (said) => said === wanted,
  );

/** The field laid over the store's, once it is there and has the keyboard. */
async function waitForField({ page }: Login, label: string): Promise<void> {
  await page.locator(`.field[aria-label="${label}"]`).waitFor();
  await until(
    () => page.evaluate("document.activeElement.ariaLabel"),
    (name) => name === label,
  );
}

describe.each([
  ["desktop", DESKTOP],
  ["phone", PHONE],
])("on a %s", (name, options) => {
  test("mail, password and code go to the store, and nowhere else", async () => {
    const login = await start(options);
    await picture(login.page, `${name}-real-begin`);
    for (const [selector, label, text] of [
      ["#mail", "E-mail", "ana.lima+1@example.com"],
      ["#password", "Senha", PASSWORD],
      ["#code", "Código", "123456"],
    ] as const) {
      await press(login, selector);
      await waitForField(login, label);
      await login.page.keyboard.type(text);
      await untilValue(login, selector, text);
    }
    await picture(login.page, `${name}-real-typed`);
    await login.page.keyboard.press("Enter");
    await untilSaid(login, "Olá");
    const kept = await login.page.evaluate(`JSON.stringify([
      { ...sessionStorage }, { ...localStorage }, document.cookie, location.href, history.state,
      [...document.querySelectorAll("input, textarea")].map((one) => one.value), document.documentElement.outerHTML])`);
    for (const secret of [PASSWORD, "123456", login.link.split("#")[1] ?? "?"]) expect(kept).not.toContain(secret);
    await login.page.getByRole("button", { name: "I am logged in" }).click();
    await until(
      () => login.live.calls,
      (calls) => calls.includes("done"),
    );
    login.live.turn("checking");
    await login.page.getByRole("heading", { name: "Checking your login" }).waitFor();
    login.live.turn("connected");
    await login.page.getByRole("heading", { name: "You are connected" }).waitFor();
    expect(login.troubles).toEqual([]);
  });
});

describe("through the live view", () => {
  test("a phone's keyboard types, composes, takes away and fills in a code; the picture is as sharp as the screen", async () => {
    const login = await start(PHONE);
    const hands = await login.context.newCDPSession(login.page);
    const nameless = { key: "Unidentified", code: "", windowsVirtualKeyCode: 229 };
    const tap = async (effect: () => Promise<unknown>) => {
      await hands.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...nameless });
      await effect();
      await hands.send("Input.dispatchKeyEvent", { type: "keyUp", ...nameless });
    };
    const compose = (text: string) =>
      hands.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await press(login, "#mail");
    await waitForField(login, "E-mail");
    for (const text of ["j", "jo", "joã", "joão"]) await tap(() => compose(text));
    await tap(() => hands.send("Input.insertText", { text: "joão" }));
    for (const letter of "@lojax") await tap(() => hands.send("Input.insertText", { text: letter }));
    await tap(async () => undefined);
    await untilValue(login, "#mail", "joão@loja");
    await press(login, "#code");
    await waitForField(login, "Código");
    expect(await login.page.locator(".field").getAttribute("autocomplete")).toBe("one-time-code");
    await hands.send("Input.insertText", { text: "246810" });
    await untilValue(login, "#code", "246810");
    await until(
      () =>
        login.page.evaluate("document.querySelector('canvas').width / document.querySelector('canvas').clientWidth"),
      (scale) => scale === 3,
    );
    await picture(login.page, "phone-real-code");
    expect(login.troubles).toEqual([]);
  });

  test("a shopper without a mouse logs in by the keyboard alone, and gets out again", async () => {
    const login = await start(DESKTOP);
    const { page } = login;
    await page.keyboard.press("Tab");
    await waitForField(login, "E-mail");
    await page.keyboard.type("ana@example.com");
    await page.keyboard.press("Tab");
    await waitForField(login, "Senha");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Tab");
    await waitForField(login, "Código");
    await page.keyboard.type("654321");
    await page.keyboard.press("Enter");
    await untilSaid(login, "Olá");
    expect([await readValue(login, "#mail"), await readValue(login, "#password")]).toEqual([
      "ana@example.com",
      PASSWORD,
    ]);
    await page.keyboard.press("F6");
    expect(await page.evaluate("document.activeElement.className")).toContain("address");
    for (let at = 0; at < 3; at++) await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.innerText")).toBe("I am logged in");
    await page.keyboard.press("Enter");
    await until(
      () => login.live.calls,
      (calls) => calls.includes("done"),
    );
    expect(login.troubles).toEqual([]);
  });

  test("a lost connection comes back by itself, and by a reload; what was typed before is there", async () => {
    const login = await start(DESKTOP, "/login", /WebSocket|ERR_/);
    await press(login, "#mail");
    await waitForField(login, "E-mail");
    await login.page.keyboard.type("ana");
    await untilValue(login, "#mail", "ana");
    wire.cut();
    await until(
      () => login.live.calls,
      (calls) => calls.filter((call) => call === "attached").length === 2,
    );
    await login.page.locator(".note").waitFor({ state: "detached" });
    await waitForField(login, "E-mail");
    await login.page.keyboard.type("@example");
    await untilValue(login, "#mail", "ana@example");
    await login.page.reload();
    await untilDrawn(login.page);
    await waitForField(login, "E-mail");
    await login.page.keyboard.type(".com");
    await untilValue(login, "#mail", "ana@example.com");
    expect(login.live.calls.filter((call) => call === "claimed")).toHaveLength(1);
  });

  test("a second browser with the same link is told so; the first goes on", async () => {
    const login = await start(DESKTOP);
    const second = await openVisit(browser, server.origin, PHONE, /403|404/);
    open.push(second.context);
    await second.page.goto(login.link);
    await second.page.getByRole("heading", { name: "This link was opened elsewhere" }).waitFor();
    await press(login, "#mail");
    await waitForField(login, "E-mail");
    await login.page.keyboard.type("x");
    await untilValue(login, "#mail", "x");
  });

  test("a newer link ends the older viewer with a word", async () => {
    const login = await start(DESKTOP, "/login", /404|403/);
    login.live.view.mintLink(new Date(Date.now() + 600_000));
    await login.page.getByRole("heading", { name: "This link has ended" }).waitFor();
  });

  test("a store's choices, dates, dialogs, names and windows are all within reach", async () => {
    const login = await start(DESKTOP, "/matrix");
    const { page, live } = login;
    const seen = () => live.page.evaluate("seen.join(' | ')") as Promise<string>;
    await press(login, "#list");
    await until(
      () => live.page.evaluate("document.querySelector('#list').matches(':open')"),
      (isOpen) => isOpen === true,
    );
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await until(seen, (all) => all.includes("list RJ"));
    await press(login, "#ask");
    await page.getByRole("dialog", { name: "shop.example says" }).getByText("Sure?").waitFor();
    await picture(page, "desktop-real-dialog");
    await page.getByRole("button", { name: "OK" }).click();
    await until(seen, (all) => all.includes("confirm true"));
    await press(login, "#name");
    await page.getByRole("dialog").getByRole("textbox").fill("Ana");
    await page.keyboard.press("Enter");
    await until(seen, (all) => all.includes("prompt Ana"));
    await press(login, "#birth");
    await page.getByRole("dialog").locator("input[type=date]").fill("1990-05-17");
    await page.getByRole("button", { name: "Set" }).click();
    await until(seen, (all) => all.includes("birth 1990-05-17"));
    await press(login, "#upload");
    const photo = { name: "foto.png", mimeType: "image/png", buffer: Buffer.from("12345 and more") };
    await page.getByRole("dialog").locator("input[type=file]").setInputFiles([photo]);
    await page.getByRole("button", { name: "Send to the store" }).click();
    await until(seen, (all) => all.includes("file foto.png image/png 14 12345"));
    await press(login, "#open");
    await page.getByText("other.example", { exact: true }).waitFor();
    await page.getByRole("navigation", { name: "Windows of the store" }).waitFor();
    await picture(page, "desktop-real-popup");
    expect(login.troubles).toEqual([]);
  });

  test("an area with a password of its own asks for it in words of ours; time that is up is said", async () => {
    const login = await start(PHONE);
    const { page, live } = login;
    await press(login, "a[href='/private']");
    await page.getByRole("dialog", { name: "shop.example asks for a user name and a password" }).waitFor();
    await page.getByRole("textbox", { name: "User name" }).fill("ana");
    await page.getByRole("textbox", { name: "Password" }).fill("s3cret");
    await page.keyboard.press("Enter");
    await live.page.getByRole("heading", { name: "private" }).waitFor();
    live.turn("expired");
    await page.getByRole("heading", { name: "Time is up" }).waitFor();
    expect(login.troubles).toEqual([]);
  });

  test("the store's page can be read as text, and used from there", async () => {
    const login = await start(DESKTOP);
    await login.page.getByRole("button", { name: "shop.example" }).click();
    await login.page.getByRole("dialog").getByRole("button", { name: "Read the page as text" }).click();
    const text = login.page.getByRole("region", { name: "Read the page as text" });
    await text.getByRole("heading", { name: "Entrar" }).waitFor();
    await picture(login.page, "desktop-real-outline");
    expect(await findBarriers(login.page)).toEqual([]);
    await text.getByRole("button", { name: /^E-mail/ }).click();
    await waitForField(login, "E-mail");
    await login.page.keyboard.type("ana@example.com");
    await untilValue(login, "#mail", "ana@example.com");
    await text.getByRole("button", { name: "Continuar" }).click();
    await untilSaid(login, "Olá");
    expect(await text.innerText()).not.toContain("ana@example.com");
    expect(login.troubles).toEqual([]);
  });
});
