import { describe, expect, test } from "@jest/globals";
import { FILE_CHUNK } from "../../src/web/index.js";
import { openBench } from "./live-view-bench.js";
import { heardOf } from "./live-view-stand.js";
import { DESKTOP, PHONE, paintStore, place, until } from "./live-view-visit.js";

const bench = openBench();
const { heard } = bench;

const ORIGIN = "https://www.mercadolivre.com.br";

describe("what the store asks in windows of a browser", () => {
  test("dialogs wait for each other, name the store, and are answered once", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    stand.say({ t: "dialog", id: 1, kind: "confirm", message: "Apagar <b>tudo</b>?", origin: ORIGIN });
    stand.say({ t: "dialog", id: 2, kind: "prompt", message: "Seu nome?", origin: ORIGIN });
    stand.say({ t: "dialog", id: 3, kind: "alert", message: "Pronto", origin: ORIGIN });
    stand.say({ t: "dialog", id: 4, kind: "beforeunload", message: "", origin: ORIGIN });
    const asked = page.getByRole("dialog");
    await asked.filter({ hasText: "www.mercadolivre.com.br says" }).getByText("Apagar <b>tudo</b>?").waitFor();
    await page.keyboard.press("Escape");
    await asked.getByRole("textbox", { name: "Seu nome?" }).fill("Ana");
    await page.keyboard.press("Enter");
    await asked.getByText("Pronto").waitFor();
    await page.keyboard.press("Enter");
    await asked.getByRole("button", { name: "Leave" }).click();
    await heard("dialog", 4);
    expect(heardOf(stand, "dialog")).toEqual([
      { t: "dialog", id: 1, accept: false },
      { t: "dialog", id: 2, accept: true, text: "Ana" },
      { t: "dialog", id: 3, accept: true },
      { t: "dialog", id: 4, accept: true },
    ]);
    expect(heardOf(stand, "key")).toEqual([]);
  });

  test("files go in pieces, in order; too big ones do not go at all", async () => {
    const { page } = await bench.goLive(PHONE);
    const stand = bench.stand();
    stand.say({ t: "chooser", id: 9, accept: "image/*", multiple: true });
    const input = page.getByRole("dialog").locator("input[type=file]");
    expect(await input.getAttribute("accept")).toBe("image/*");
    expect(await page.getByRole("button", { name: "Send to the store" }).isDisabled()).toBe(true);
    const big = Buffer.alloc(150_000, 7);
    await input.setInputFiles([
      { name: "rg.png", mimeType: "image/png", buffer: big },
      { name: "vazio.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
    ]);
    await page.getByText("rg.png, vazio.png", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Send to the store" }).click();
    const pieces = await until(
      () => stand.pieces,
      (all) => all.length === 4,
    );
    expect(heardOf(stand, "files")).toEqual([
      {
        t: "files",
        id: 9,
        files: [
          { name: "rg.png", type: "image/png", size: 150_000 },
          { name: "vazio.png", type: "image/png", size: 0 },
        ],
      },
    ]);
    const told = pieces.map((one) => [one[0], one[1], one.readUInt16BE(2), one.readUInt32BE(4), one.length - 8]);
    expect(told).toEqual([
      [2, 0, 0, 9, FILE_CHUNK.maxBytes],
      [2, 0, 0, 9, FILE_CHUNK.maxBytes],
      [2, 1, 0, 9, 150_000 - 2 * FILE_CHUNK.maxBytes],
      [2, 1, 1, 9, 0],
    ]);
    stand.say({ t: "chooser", id: 10, accept: "", multiple: false });
    const huge = Buffer.alloc(10 * 1024 * 1024 + 1);
    await page
      .getByRole("dialog")
      .locator("input[type=file]")
      .setInputFiles([{ name: "x", mimeType: "", buffer: huge }]);
    await page.getByText("Too big").waitFor();
    expect(await page.getByRole("button", { name: "Send to the store" }).isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    expect((await heard("files", 2))[1]).toEqual({ t: "files", id: 10, files: [] });
  });

  test("a name and a password for a whole area go as typed; Cancel sends neither", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    stand.say({ t: "auth", id: 1, origin: "https://extranet.example" });
    await page.getByRole("dialog", { name: "extranet.example asks for a user name and a password" }).waitFor();
    await page.getByRole("textbox", { name: "User name" }).fill("ana");
    await page.getByRole("textbox", { name: "Password" }).fill("s3nha");
    await page.keyboard.press("Enter");
    stand.say({ t: "auth", id: 2, origin: "https://extranet.example" });
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    expect(await heard("auth", 2)).toEqual([
      { t: "auth", id: 1, user: "ana", password: "s3nha" },
      { t: "auth", id: 2 },
    ]);
  });

  test.each([
    ["date", "1990-05-17"],
    ["time", "08:30"],
    ["month", "2026-11"],
    ["week", "2026-W47"],
    ["datetime-local", "2026-11-21T08:30"],
    ["color", "#0f766e"],
  ])("a %s is chosen in the shopper's own browser after a tap, and typed after Tab", async (type, value) => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    const picker = { kind: "picker", type, label: "Nascimento" } as const;
    const field = {
      t: "field",
      inputmode: "",
      autocomplete: "",
      maxLength: null,
      rect: { x: 9, y: 9, w: 90, h: 30 },
    } as const;
    stand.say({ ...field, ...picker, id: 4 });
    await page.keyboard.press("5");
    await heard("key", 2);
    expect(await page.getByRole("dialog").count()).toBe(0);
    stand.say({ t: "blur" });
    const { x, y } = await place(page, 30, 20);
    await page.mouse.click(x, y);
    stand.say({ ...field, ...picker, id: 5 });
    const input = page.getByRole("dialog", { name: "Nascimento" }).locator(`input[type=${type}]`);
    await input.fill(value);
    await page.getByRole("button", { name: "Set" }).click();
    expect(await heard("picker")).toEqual([{ t: "picker", id: 5, value }]);
  });

  test("windows of the store are named, chosen and closed; the first one stays", async () => {
    const { page } = await bench.goLive(PHONE);
    const stand = bench.stand();
    stand.say({
      t: "tabs",
      tabs: [
        { id: 1, title: "Entrar", focused: false },
        { id: 2, title: "Continuar com a conta de um provedor muito comprido", focused: true },
      ],
    });
    const windows = page.getByRole("navigation", { name: "Windows of the store" });
    await windows.getByRole("button", { name: "Entrar", exact: true }).click();
    await windows.getByRole("button", { name: /^Close/ }).click();
    expect(await heard("tab", 2)).toEqual([
      { t: "tab", id: 1, k: "focus" },
      { t: "tab", id: 2, k: "close" },
    ]);
    stand.say({ t: "tabs", tabs: [{ id: 1, title: "Entrar", focused: true }] });
    await windows.waitFor({ state: "hidden" });
  });
});

describe("the picture of a window", () => {
  test("is never another window's: until its own first frame there is nothing to see and nothing to press", async () => {
    const { page } = await bench.goLive(DESKTOP);
    const stand = bench.stand();
    const tabs = (front: number) =>
      stand.say({ t: "tabs", tabs: [1, 2].map((id) => ({ id, title: `${id}`, focused: id === front })) });
    const visible = () => page.evaluate("getComputedStyle(document.querySelector('canvas')).opacity");
    const jpeg = await paintStore(bench.browser(), 400, 500, 1);
    const { x, y } = await place(page, 200, 200);
    tabs(1);
    await page.mouse.click(x, y);
    expect(await visible()).toBe("1");
    tabs(2);
    await until(visible, (value) => value === "0");
    await page.mouse.click(x, y);
    const late = stand.frame(jpeg, 400, 500, 1);
    await until(
      () => heardOf(stand, "ack"),
      (all) => all.some(({ seq }) => seq === late),
    );
    expect(await visible()).toBe("0");
    stand.frame(jpeg, 400, 500, 2);
    await until(visible, (value) => value === "1");
    await page.keyboard.press("F5");
    await heard("nav");
    expect(heardOf(stand, "ptr").filter(({ k }) => k === "down")).toHaveLength(1);
  });
});

describe("the address", () => {
  test("shows the part that somebody owns, however long the rest, and says when nothing protects it", async () => {
    const { page } = await bench.goLive(PHONE);
    const stand = bench.stand();
    const host = `${"mercadolivre.com.br.login-".repeat(6)}.evil.example`;
    stand.say({ t: "url", origin: `http://${host}`, host, domain: "evil.example", secure: false, loading: false });
    const owned = page.locator(".host b");
    await until(
      () => owned.innerText(),
      (text) => text === "evil.example",
    );
    const box = await owned.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    expect(box?.width).toBeGreaterThan(60);
    await page.getByText("Not secure", { exact: true }).waitFor();
    stand.say({
      t: "url",
      origin: "https://a.example",
      host: "a.example",
      domain: "b.example",
      secure: true,
      loading: false,
    });
    await until(
      () => owned.innerText(),
      (text) => text === "a.example",
    );
  });

  test("back and reload are the store's, by button and by key", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("button", { name: "Reload" }).click();
    await page.locator("canvas").focus();
    for (const keys of ["Alt+ArrowLeft", "Alt+ArrowRight", "F5", "Control+r"]) await page.keyboard.press(keys);
    const all = await heard("nav", 6);
    expect(all.map(({ k }) => k)).toEqual(["back", "reload", "back", "forward", "reload", "reload"]);
    expect(heardOf(stand, "hello")).toHaveLength(1);
  });
});
