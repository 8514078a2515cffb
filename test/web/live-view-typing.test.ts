import { describe, expect, test } from "@jest/globals";
import type { CDPSession, Page } from "playwright";
import type { ViewerMessage } from "../../src/web/index.js";
import { openBench } from "./live-view-bench.js";
import { heardOf, typedIn } from "./live-view-stand.js";
import { DESKTOP, focusField, PHONE, until, type Visit } from "./live-view-visit.js";

const bench = openBench();
const { goLive } = bench;

/** The keyboard of the shopper's own browser, beneath what Playwright can press. */
async function openKeyboard({ context, page }: Visit): Promise<CDPSession> {
  return await context.newCDPSession(page);
}

/** A key as phone keyboards tell it, with what it does in between. */
async function tapNameless(keyboard: CDPSession, effect: () => Promise<unknown>): Promise<void> {
  const nameless = { key: "Unidentified", code: "", windowsVirtualKeyCode: 229 };
  await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...nameless });
  await effect();
  await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...nameless });
}

const typed = (text: string) =>
  until(
    () => typedIn(bench.stand()),
    (now) => now.length >= text.length,
  );

const messages = (...kinds: readonly ViewerMessage["t"][]) => bench.stand().heard.filter(({ t }) => kinds.includes(t));

/** Everything the page holds in its fields. */
const held = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll("input, textarea")].map((one) => one.value).join("")`);

describe("typing", () => {
  test("nothing is lost or doubled, however fast", async () => {
    const { page } = await goLive(DESKTOP);
    await focusField(bench.stand(), page);
    const text = "fast.Typing_at+once@example.com,;:'\"!?#$%&/()=[]{}~^`|\\<>* 0123";
    await page.keyboard.type(text);
    expect(await typed(text)).toBe(text);
    expect(heardOf(bench.stand(), "text")).toEqual([]);
    expect(await held(page)).toBe("");
    const downs = heardOf(bench.stand(), "key").filter(({ k }) => k === "down");
    const ups = heardOf(bench.stand(), "key").filter(({ k }) => k === "up");
    expect(ups).toHaveLength(downs.length);
    expect(ups.some((up) => "text" in up)).toBe(false);
  });

  test("keys that type nothing, and those held with Ctrl or Shift, are told by name and place", async () => {
    const { page } = await goLive(DESKTOP);
    await focusField(bench.stand(), page);
    for (const keys of ["Delete", "Backspace", "Tab", "Shift+Tab", "Control+a", "Enter", "Shift+ArrowLeft"]) {
      await page.keyboard.press(keys);
    }
    const downs = await until(
      () => heardOf(bench.stand(), "key").filter(({ k, key }) => k === "down" && !/Shift|Control/.test(key)),
      (all) => all.length === 7,
    );
    expect(downs.map(({ key, code, mod, text }) => [key, code, mod, text])).toEqual([
      ["Delete", "Delete", 0, undefined],
      ["Backspace", "Backspace", 0, undefined],
      ["Tab", "Tab", 0, undefined],
      ["Tab", "Tab", 8, undefined],
      ["a", "KeyA", 2, undefined],
      ["Enter", "Enter", 0, "\r"],
      ["ArrowLeft", "ArrowLeft", 8, undefined],
    ]);
  });

  test("what AltGr types is text; on a Mac Option types too, and Cmd is Ctrl", async () => {
    const { page } = await goLive(DESKTOP);
    const strike = (init: Readonly<Record<string, unknown>>) =>
      page.evaluate(`document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...${JSON.stringify(init)} }))`);
    await strike({ key: "@", code: "KeyQ", ctrlKey: true, altKey: true, modifierAltGraph: true });
    await page.addInitScript("Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' })");
    await page.reload();
    await page.locator("canvas").focus();
    await strike({ key: "€", code: "Digit2", altKey: true, shiftKey: true });
    await strike({ key: "a", code: "KeyA", metaKey: true });
    await strike({ key: "t", code: "KeyT", metaKey: true });
    const keys = await bench.heard("key", 3);
    expect(keys.filter(({ k }) => k === "down").map(({ key, mod, text }) => [key, mod, text])).toEqual([
      ["@", 0, "@"],
      ["€", 8, "€"],
      ["a", 2, undefined],
    ]);
  });

  test("keys that are down when the keyboard leaves are let go", async () => {
    const { page } = await goLive(DESKTOP);
    await focusField(bench.stand(), page);
    await page.keyboard.down("Shift");
    await page.keyboard.press("F6");
    await until(
      () => heardOf(bench.stand(), "key"),
      (all) => all.at(-1)?.k === "up" && all.at(-1)?.key === "Shift",
    );
  });

  test("a phone's nameless keys: text comes once, taking away is told, an empty field too", async () => {
    const visit = await goLive(PHONE);
    const field = await focusField(bench.stand(), visit.page, { kind: "email", autocomplete: "username" });
    await field.focus();
    const keyboard = await openKeyboard(visit);
    for (const letter of "ana@é.com") {
      await tapNameless(keyboard, () => keyboard.send("Input.insertText", { text: letter }));
    }
    await tapNameless(keyboard, async () => undefined);
    await until(
      () => heardOf(bench.stand(), "erase"),
      (all) => all.length === 1,
    );
    expect(typedIn(bench.stand())).toBe("ana@é.com");
    expect(heardOf(bench.stand(), "erase")).toEqual([{ t: "erase", before: 1, after: 0 }]);
    expect(heardOf(bench.stand(), "key")).toEqual([]);
    expect(await held(visit.page)).toBe("");
  });

  test("an input method's composition is told as it grows, and committed once", async () => {
    const visit = await goLive(DESKTOP);
    await focusField(bench.stand(), visit.page);
    const keyboard = await openKeyboard(visit);
    for (const text of ["に", "にほ", "日本"]) {
      await keyboard.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    }
    await keyboard.send("Input.insertText", { text: "日本" });
    await visit.page.keyboard.type("ok");
    expect(await typed("日本ok")).toBe("日本ok");
    const composed = heardOf(bench.stand(), "comp");
    const steps = composed.map(({ k, s }) => `${k} ${s}`);
    expect(steps.filter((step, at) => step !== steps[at - 1])).toEqual([
      "update に",
      "update にほ",
      "update 日本",
      "end 日本",
    ]);
    expect(heardOf(bench.stand(), "text")).toEqual([]);
    expect(await held(visit.page)).toBe("");
  });

  test("dead keys: alone, composed, and by what a keyboard makes of them", async () => {
    const visit = await goLive(DESKTOP);
    await focusField(bench.stand(), visit.page);
    const keyboard = await openKeyboard(visit);
    const dead = { key: "Dead", code: "BracketLeft", windowsVirtualKeyCode: 219 };
    await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...dead });
    await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...dead });
    const composed = { key: "é", code: "KeyE", windowsVirtualKeyCode: 69, text: "é", unmodifiedText: "e" };
    await keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", ...composed });
    await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...composed });
    await keyboard.send("Input.imeSetComposition", { text: "´", selectionStart: 1, selectionEnd: 1 });
    await keyboard.send("Input.insertText", { text: "á" });
    const unwilling = { key: "´q", code: "KeyQ", windowsVirtualKeyCode: 81, text: "´q", unmodifiedText: "q" };
    await keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", ...unwilling });
    await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...unwilling });
    expect(await typed("éá´q")).toBe("éá´q");
    expect(await held(visit.page)).toBe("");
  });

  test("emoji, a whole suggestion and several lines arrive as they are", async () => {
    const visit = await goLive(PHONE);
    const field = await focusField(bench.stand(), visit.page, { kind: "multiline", label: "Recado" });
    await field.focus();
    const keyboard = await openKeyboard(visit);
    for (const text of ["🔑👩‍👩‍👧", "obrigado ", "שלום"]) await keyboard.send("Input.insertText", { text });
    await visit.page.keyboard.press("Enter");
    expect(await typed("🔑👩‍👩‍👧obrigado שלום")).toBe("🔑👩‍👩‍👧obrigado שלום");
    await until(
      () => heardOf(bench.stand(), "key"),
      (all) => all.some(({ key, k, text }) => key === "Enter" && k === "down" && text === "\r"),
    );
    expect(await held(visit.page)).toBe("");
  });

  test("what autofill or a code from a message puts into the field goes on, and is nowhere left", async () => {
    const { page } = await goLive(PHONE);
    const field = await focusField(bench.stand(), page, {
      autocomplete: "one-time-code",
      inputmode: "numeric",
      label: "Código",
    });
    expect(await field.getAttribute("autocomplete")).toBe("one-time-code");
    expect(await field.getAttribute("inputmode")).toBe("numeric");
    await page.evaluate(`(() => {
      const one = document.querySelector(".field");
      one.value = "123456";
      one.dispatchEvent(new Event("input", { bubbles: true }));
      one.dispatchEvent(new Event("change", { bubbles: true }));
    })()`);
    expect(await typed("123456")).toBe("123456");
    expect(await held(page)).toBe("");
  });

  test("pasting goes once and whole; what is too long is said and not sent", async () => {
    const visit = await goLive({ ...DESKTOP, permissions: ["clipboard-read", "clipboard-write"] });
    const { page } = visit;
    await focusField(bench.stand(), page);
    const text = "colado: çã€🔑 ".repeat(20);
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await page.keyboard.press("ControlOrMeta+v");
    expect(await typed(text)).toBe(text);
    await page.evaluate("navigator.clipboard.writeText('x'.repeat(70000))");
    await page.keyboard.press("ControlOrMeta+v");
    await page.locator(".note", { hasText: "too long" }).waitFor();
    expect(messages("paste", "text")).toHaveLength(1);
    expect(await held(page)).toBe("");
  });

  test("copying puts the remote page's words into the shopper's clipboard, cutting too", async () => {
    const { page } = await goLive({ ...DESKTOP, permissions: ["clipboard-read", "clipboard-write"] });
    await focusField(bench.stand(), page);
    await page.keyboard.press("ControlOrMeta+c");
    await until(
      () => heardOf(bench.stand(), "copy").length,
      (count) => count === 1,
    );
    bench.stand().say({ t: "clip", s: "pedido 2000001" });
    await page.getByText("Copied.").first().waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("pedido 2000001");
    await page.keyboard.press("ControlOrMeta+x");
    await until(
      () => heardOf(bench.stand(), "key").filter(({ key, k, mod }) => key === "x" && k === "down" && mod === 2).length,
      (count) => count === 1,
    );
    expect(heardOf(bench.stand(), "copy")).toHaveLength(2);
  });

  test("on a phone the Paste button pastes, and asks for the text where it may not read", async () => {
    const { page } = await goLive({ ...PHONE, permissions: [] });
    await focusField(bench.stand(), page, { kind: "password", label: "Senha" });
    await page.evaluate("navigator.clipboard.readText = () => Promise.reject(new Error('no'))");
    await page.getByRole("button", { name: "Paste" }).click();
    const hidden = page.getByRole("dialog").locator("input");
    expect(await hidden.getAttribute("type")).toBe("password");
    await hidden.fill("S3nha!ção");
    await hidden.press("Enter");
    expect(await typed("S3nha!ção")).toBe("S3nha!ção");
    expect(await held(page)).toBe("");
  });
});

describe("the field that lies over the remote one", () => {
  test("is where that one is, has its kind, and is not to be seen", async () => {
    const { page } = await goLive(PHONE);
    const canvas = await page.locator("canvas").boundingBox();
    const field = await focusField(bench.stand(), page, {
      kind: "password",
      label: "Senha",
      autocomplete: "current-password",
    });
    const box = await field.boundingBox();
    expect([box?.x, (box?.y ?? 0) - (canvas?.y ?? 0), box?.width, box?.height]).toEqual([24, 150, 300, 46]);
    expect(await field.getAttribute("type")).toBe("password");
    const look = await page.evaluate(`(() => {
      const { color, backgroundColor, caretColor } = getComputedStyle(document.querySelector(".field"));
      return [color, backgroundColor, caretColor];
    })()`);
    expect(look).toEqual(Array(3).fill("rgba(0, 0, 0, 0)"));
  });

  test("takes no word for autofill or keyboard that is not one", async () => {
    const { page } = await goLive(PHONE);
    const field = await focusField(bench.stand(), page, {
      kind: "tel",
      autocomplete: "evil x",
      inputmode: "<b>",
      label: "Celular",
    });
    expect(await field.getAttribute("autocomplete")).toBe("tel");
    expect(await field.getAttribute("inputmode")).toBe("tel");
  });

  test("a tap holds the keyboard's place until the store says which field it was, and lets go when it was none", async () => {
    const { page } = await goLive(PHONE);
    const canvas = await page.locator("canvas").boundingBox();
    const tap = () => page.touchscreen.tap((canvas?.x ?? 0) + 60, (canvas?.y ?? 0) + 170);
    const active = () => page.evaluate("document.activeElement.inputMode + '/' + document.activeElement.tagName");
    await tap();
    expect(await active()).toBe("none/INPUT");
    await until(active, (what) => what === "/BODY");
    await tap();
    await focusField(bench.stand(), page, { kind: "email" });
    expect(await active()).toBe("email/INPUT");
    expect(await page.locator(".field").count()).toBe(1);
  });

  test("keeps the keyboard from field to field and across taps, and gives it back when it goes", async () => {
    const { page } = await goLive(PHONE);
    const first = await focusField(bench.stand(), page);
    await first.focus();
    bench.stand().say({ t: "blur" });
    const second = await focusField(bench.stand(), page, { id: 8, kind: "password", label: "Senha" });
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Senha");
    const canvas = await page.locator("canvas").boundingBox();
    await page.touchscreen.tap((canvas?.x ?? 0) + 200, (canvas?.y ?? 0) + 400);
    await until(
      () => heardOf(bench.stand(), "touch"),
      (all) => all.some(({ k }) => k === "end"),
    );
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Senha");
    bench.stand().say({ t: "blur" });
    await second.waitFor({ state: "detached" });
  });
});
