/** What a picture alone does not carry: lists, dialogs, files, dates, windows, passwords of the protocol; in a frame of another site too. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Frame } from "playwright";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import { openLog } from "../../src/kernel/log.js";
import type { ServerMessage } from "../../src/web/live-view/protocol.js";
import { enter, type LiveClient } from "../support/live-client.js";
import { type LiveSession, openLiveSession } from "../support/live-session.js";

let server: LiveViewServer;
let live: LiveSession;
let client: LiveClient;

beforeAll(async () => {
  server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }) });
  live = await openLiveSession(server, {});
  ({ client } = await enter(live.view.mintLink(new Date(Date.now() + 60_000))));
}, 60_000);
afterAll(async () => {
  client?.close();
  await live?.close();
  await server?.close();
});

/** Where the middle of an element is, in the viewer's picture. */
async function middleOf(frame: Frame, selector: string): Promise<{ x: number; y: number }> {
  const box = await (await frame.waitForSelector(selector)).boundingBox();
  if (!box) throw new Error(`${selector} is nowhere`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function click(frame: Frame, selector: string): Promise<void> {
  const place = await middleOf(frame, selector);
  client.send({ t: "ptr", k: "down", ...place, btn: 0, buttons: 1, clicks: 1, mod: 0 });
  client.send({ t: "ptr", k: "up", ...place, btn: 0, buttons: 0, clicks: 1, mod: 0 });
}

function press(code: string, key: string): void {
  client.send({ t: "key", k: "down", key, code, mod: 0, repeat: false });
  client.send({ t: "key", k: "up", key, code, mod: 0, repeat: false });
}

/** Waits for a note of the page's that begins so. */
async function noted(frame: Frame, begin: string): Promise<string> {
  const find = `seen.find((one) => one.startsWith(${JSON.stringify(begin)})) ?? null`;
  for (let count = 0; count < 300; count++) {
    const found = await frame.evaluate<string | null>(find);
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the page noted ${JSON.stringify(await frame.evaluate("seen"))}`);
}

/** What is said, of this kind, after `act`. */
async function saidAfter<K extends ServerMessage["t"]>(
  kind: K,
  act: () => unknown,
  fits: (message: Extract<ServerMessage, { t: K }>) => boolean = () => true,
) {
  const before = new Set(client.said);
  await act();
  return await client.until(kind, (message) => !before.has(message) && fits(message));
}

const places: readonly (readonly [string, string, (frames: readonly Frame[]) => Frame | undefined])[] = [
  ["the page itself", "/matrix", ([main]) => main],
  ["a frame of another site", "/framed", (frames) => frames.find((one) => one.url().includes("other.example"))],
];

describe.each(places)("in %s", (_, path, find) => {
  let frame: Frame;
  beforeAll(async () => {
    await live.page.goto(`https://shop.example${path}`, { waitUntil: "load" });
    const found = find(live.page.frames());
    if (!found) throw new Error("no such frame");
    frame = found;
  });

  test("a drop-down list is drawn, and an entry of it is clicked", async () => {
    const list = await middleOf(frame, "#list");
    await click(frame, "#list");
    for (let open = false; !open; ) open = await frame.evaluate<boolean>(`list.matches(":open")`);
    const entry = await frame.evaluate<{ y: number }>(`(() => {
      const { y, height } = list.options[2].getBoundingClientRect();
      const { y: top, height: of } = list.getBoundingClientRect();
      return { y: y + height / 2 - top - of / 2 };
    })()`);
    expect(entry.y).toBeGreaterThan(10);
    const place = { x: list.x, y: list.y + entry.y };
    client.send({ t: "ptr", k: "down", ...place, btn: 0, buttons: 1, clicks: 1, mod: 0 });
    client.send({ t: "ptr", k: "up", ...place, btn: 0, buttons: 0, clicks: 1, mod: 0 });
    expect(await noted(frame, "list")).toBe("list MG");
  });

  test("a dialog is answered, yes and no and with words", async () => {
    const confirm = await saidAfter("dialog", () => click(frame, "#ask"));
    const origin = new URL(frame.url()).origin;
    expect(confirm).toMatchObject({ kind: "confirm", message: "Sure?", origin });
    client.send({ t: "dialog", id: confirm.id, accept: true });
    expect(await noted(frame, "confirm")).toBe("confirm true");
    const prompt = await saidAfter("dialog", () => click(frame, "#name"));
    client.send({ t: "dialog", id: prompt.id, accept: true, text: "Ana é" });
    expect(await noted(frame, "prompt")).toBe("prompt Ana é");
  });

  test("files arrive, in pieces", async () => {
    const chooser = await saidAfter("chooser", () => click(frame, "#upload"));
    expect(chooser).toMatchObject({ accept: "image/*", multiple: true });
    const sizes = [70_000, 3];
    const files = sizes.map((size, index) => ({ name: `f${index}.png`, type: "image/png", size }));
    client.send({ t: "files", id: chooser.id, files });
    for (const [index, size] of sizes.entries()) {
      for (let at = 0; at < size; at += 65_536) {
        const bytes = Buffer.alloc(8 + Math.min(65_536, size - at), "abcdefgh");
        bytes.writeUInt8(2, 0);
        bytes.writeUInt8(at + 65_536 >= size ? 1 : 0, 1);
        bytes.writeUInt16BE(index, 2);
        bytes.writeUInt32BE(chooser.id, 4);
        client.raw(bytes);
      }
    }
    expect(await noted(frame, "file f0")).toBe("file f0.png image/png 70000 abcde");
    expect(await noted(frame, "file f1")).toMatch(/^file f1.png image\/png 3 .../);
  });

  test.each([
    ["birth", "date", "1990-12-31"],
    ["hour", "time", "23:59"],
    ["colour", "color", "#ff8800"],
  ])("the field %s is filled by the viewer's own picker", async (id, type, value) => {
    const field = await saidAfter(
      "field",
      () => click(frame, `#${id}`),
      (one) => one.type === type,
    );
    expect(field.kind).toBe("picker");
    const middle = await middleOf(frame, `#${id}`);
    expect(Math.abs(field.rect.x + field.rect.w / 2 - middle.x)).toBeLessThan(2);
    expect(Math.abs(field.rect.y + field.rect.h / 2 - middle.y)).toBeLessThan(2);
    client.send({ t: "picker", id: field.id, value });
    expect(await noted(frame, `change ${id}`)).toBe(`change ${id} ${value}`);
    expect(await noted(frame, `input ${id}`)).toBe(`input ${id} ${value}`);
    // The next click is the page's: nothing of Chromium's own is open and takes it.
    await saidAfter(
      "field",
      () => click(frame, "#text"),
      (one) => one.kind === "text",
    );
  });

  test("a window of its own comes to the front, talks to its opener, and goes", async () => {
    const opened = live.context.waitForEvent("page");
    await saidAfter(
      "tabs",
      () => click(frame, "#open"),
      ({ tabs }) => tabs.length === 2 && tabs[1]?.focused === true,
    );
    const child = await opened;
    await child.waitForLoadState();
    await client.nextFrame(({ tab }) => tab > 1);
    const back = await saidAfter(
      "tabs",
      () => click(child.mainFrame(), "#done"),
      ({ tabs }) => tabs.length === 1,
    );
    expect(back.tabs[0]?.focused).toBe(true);
    expect(await noted(frame, "message")).toBe("message https://other.example back");
  });

  test("a name and a password that the server asks for", async () => {
    const wrong = await saidAfter("auth", () => click(frame, "#private"));
    expect(wrong.origin).toBe(path === "/matrix" ? "https://shop.example" : "https://other.example");
    const again = await saidAfter("auth", async () =>
      client.send({ t: "auth", id: wrong.id, user: "ana", password: "wrong" }),
    );
    client.send({ t: "auth", id: again.id, user: "ana", password: "s3cret" });
    await expect(frame.waitForSelector("h1").then((one) => one.textContent())).resolves.toBe("private");
  });
});

test("a key ends what a finger began: the page's own list works by keyboard too", async () => {
  await live.page.goto("https://shop.example/matrix");
  await click(live.page.mainFrame(), "#list");
  press("ArrowDown", "ArrowDown");
  press("Enter", "Enter");
  expect(await noted(live.page.mainFrame(), "list")).toBe("list RJ");
});
