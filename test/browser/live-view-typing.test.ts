/** What is typed arrives, all of it and nothing else. The campaign `typing` does the same a thousand times. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import { openLog } from "../../src/kernel/log.js";
import { MODIFIERS } from "../../src/web/live-view/protocol.js";
import { typeStrings } from "../campaigns/typing.js";
import { enter, type LiveClient } from "../support/live-client.js";
import { type LiveSession, openLiveSession } from "../support/live-session.js";

test("strings of every kind are typed exactly, in a frame of another site too", async () => {
  const report = await typeStrings({ size: 40, seed: 11, say: () => undefined });
  expect(report.failures).toEqual([]);
  expect(report.controls[0]?.found).toBe(1);
}, 120_000);

describe("keys and hands", () => {
  let server: LiveViewServer;
  let live: LiveSession;
  let client: LiveClient;
  const lines: string[] = [];
  beforeAll(async () => {
    const log = openLog({ level: "debug", destination: { write: (line: string) => void lines.push(line) } });
    server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log });
    live = await openLiveSession(server, { path: "/type" });
    ({ client } = await enter(live.view.mintLink(new Date(Date.now() + 60_000))));
    await client.until("url", ({ host }) => host !== "");
  }, 60_000);
  afterAll(async () => {
    client?.close();
    await live?.close();
    await server?.close();
  });

  const open = async (path: string, focus: string): Promise<void> => {
    await live.page.goto(`https://shop.example${path}`);
    await live.page.evaluate(focus);
  };
  const key = (code: string, name: string, mod = 0, text?: string): void => {
    const facts = { t: "key", key: name, code, mod, repeat: false } as const;
    client.send({ ...facts, k: "down", ...(text === undefined ? {} : { text }) });
    client.send({ ...facts, k: "up" });
  };
  const holds = async (expression: string, value: unknown): Promise<void> => {
    for (let count = 0; count < 200; count++) {
      const now = await live.page.evaluate(expression);
      if (JSON.stringify(now) === JSON.stringify(value)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(await live.page.evaluate(expression)).toEqual(value);
  };

  test("a full stop is no Delete, Delete deletes, Backspace too; Enter is a line", async () => {
    await open("/type", "field.focus()");
    client.send({ t: "text", s: "ab" });
    key("Period", ".", 0, ".");
    key("ArrowLeft", "ArrowLeft");
    key("ArrowLeft", "ArrowLeft");
    key("Delete", "Delete");
    await holds("field.value", "a.");
    key("End", "End");
    key("Enter", "Enter");
    client.send({ t: "erase", before: 2, after: 0 });
    client.send({ t: "erase", before: 0, after: 1 });
    await holds("field.value", "a");
    const types = `seen.filter((one) => one.startsWith("keypress")).length`;
    await holds(types, 2);
  });

  test.each([
    ["ctrl", MODIFIERS.ctrl],
    ["command", MODIFIERS.meta],
  ])("all of it is selected, cut and undone with %s", async (_, mod) => {
    await open("/type", "field.focus()");
    client.send({ t: "text", s: "hello" });
    key("KeyA", "a", mod, "a");
    await holds("[field.selectionStart, field.selectionEnd]", [0, 5]);
    client.send({ t: "copy" });
    expect((await client.until("clip", ({ s }) => s !== "")).s).toBe("hello");
    key("KeyX", "x", mod, "x");
    await holds("field.value", "");
    key("KeyZ", "z", mod, "z");
    await holds("field.value", "hello");
  });

  test("what a password field holds is never told, and nothing that is typed is logged", async () => {
    await open("/type", "password.focus()");
    client.said.length = 0;
    client.send({ t: "text", s: "canary-pw-71" });
    key("KeyA", "a", MODIFIERS.ctrl);
    await holds("password.value", "canary-pw-71");
    client.send({ t: "copy" });
    expect((await client.until("clip")).s).toBe("");
    client.send({ t: "outline", on: true });
    const { entries } = await client.until("outline");
    expect(entries.length).toBeGreaterThan(1);
    client.send({ t: "outline", on: false });
    expect(JSON.stringify(client.said)).not.toContain("canary");
    expect(lines.join("")).toContain("live view entered");
    expect(lines.join("")).not.toContain("canary");
  });

  test("a page that takes a paste for itself gets it as one", async () => {
    await open("/paste", "code.focus()");
    client.send({ t: "paste", s: "Your code: 123-456" });
    await holds("code.value", "123456");
  });

  test("a field that is come back to from a frame of another site is known again", async () => {
    const kind = (wanted: string) => client.until("field", (one) => one.kind === wanted);
    await open("/typed", "password.focus()");
    await kind("password");
    const [, inner] = live.page.frames();
    await inner?.evaluate("plain.focus()");
    await kind("text");
    client.said.length = 0;
    await live.page.evaluate("password.focus()");
    await kind("password");
    client.send({ t: "text", s: "🔑" });
    // A password field takes no compositions: the key before would lose its half.
    client.send({ t: "comp", k: "update", s: "か", from: 1, to: 1 });
    client.send({ t: "comp", k: "end", s: "火", from: 1, to: 1 });
    await holds("password.value", "🔑火");
  });

  test("a composition that is given up leaves nothing", async () => {
    await open("/type", "field.focus()");
    client.send({ t: "comp", k: "update", s: "に", from: 1, to: 1 });
    await holds("field.value", "に");
    client.send({ t: "comp", k: "end", s: "", from: 0, to: 0 });
    await holds("field.value", "");
  });

  test("clicks are counted, wheels add up, fingers touch", async () => {
    await open("/hover", "0");
    const at = { x: 50, y: 60, btn: 0, mod: 0 } as const;
    for (const clicks of [1, 2]) {
      client.send({ t: "ptr", k: "down", ...at, buttons: 1, clicks });
      client.send({ t: "ptr", k: "up", ...at, buttons: 0, clicks });
    }
    await holds(`seen.filter((one) => one.startsWith("dblclick"))`, ["dblclick 50,60 2"]);
    client.send({ t: "ptr", k: "wheel", ...at, buttons: 0, clicks: 0, dx: 0, dy: 100 });
    await holds(`seen.some((one) => one.startsWith("wheel"))`, true);
    client.send({ t: "touch", k: "start", points: [{ id: 1, x: 20, y: 30 }], mod: 0 });
    client.send({ t: "touch", k: "end", points: [], mod: 0 });
    await holds(`seen.filter((one) => one.startsWith("touch")).length`, 2);
  });

  test("whoever goes lets go of everything", async () => {
    await open("/type", "field.focus()");
    client.send({ t: "comp", k: "update", s: "に", from: 1, to: 1 });
    await holds("field.value", "に");
    client.close();
    await holds("field.value", "");
    ({ client } = await enter(live.view.mintLink(new Date(Date.now() + 60_000))));
    await client.until("url", ({ host }) => host !== "");
    await open("/hover", "0");
    client.send({ t: "ptr", k: "down", x: 9, y: 9, btn: 0, buttons: 1, clicks: 1, mod: 0 });
    client.send({ t: "key", k: "down", key: "w", code: "KeyW", mod: 0, repeat: false, text: "w" });
    await holds(`seen.some((one) => one.startsWith("keydown w"))`, true);
    client.close();
    await holds(`seen.some((one) => one.startsWith("keyup w")) && seen.some((one) => one.startsWith("mouseup"))`, true);
  });
});
