import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { liveViewCaching, liveViewFiles, liveViewHeaders } from "../../src/web/index.js";
import { en } from "../../src/web/live-view/page/texts/en.js";
import { es } from "../../src/web/live-view/page/texts/es.js";
import { pt } from "../../src/web/live-view/page/texts/pt.js";
import { buildLiveView } from "./live-view-visit.js";

beforeAll(buildLiveView, 60_000);

const policyOf = (embedders: readonly string[]) => liveViewHeaders({ embedders })["content-security-policy"] ?? "";

describe("the live view's files", () => {
  test("are less than 30 KB together as they travel, with all languages, and name nobody else", () => {
    const { root } = liveViewFiles();
    const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((one) =>
      /\.(html|js|css|svg)$/.test(one),
    );
    const texts = paths.map((path) => readFileSync(join(root, path), "utf8"));
    expect(texts.reduce((sum, text) => sum + gzipSync(text).length, 0)).toBeLessThan(30 * 1024);
    const foreign = texts.join("\n").match(/https?:\/\/(?!www\.w3\.org\/)[\w.-]+/g);
    expect(foreign).toBeNull();
  });

  test("hold no script and no style outside of files", () => {
    const html = readFileSync(join(liveViewFiles().root, "index.html"), "utf8");
    expect(html.match(/<script(?![^>]* src=)|<style| style=| on\w+=/g)).toBeNull();
  });

  test("may be kept when their name says what is in them, and not otherwise", () => {
    expect(liveViewCaching("/v/assets/index-abc.js")).toContain("immutable");
    expect(liveViewCaching("/v/bs_1")).toBe("no-store");
  });
});

describe("the live view's headers", () => {
  test("allow files of this origin and nothing inline", () => {
    const policy = policyOf([]);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(liveViewHeaders({ embedders: [] })).toMatchObject({
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "x-robots-tag": expect.stringContaining("noindex"),
    });
  });

  test("name who may embed it, and let nothing else into the policy", () => {
    expect(policyOf(["https://app.example", "http://localhost:3000"])).toContain(
      "frame-ancestors https://app.example http://localhost:3000;",
    );
    expect(liveViewHeaders({ embedders: ["https://app.example"] })).not.toHaveProperty("x-frame-options");
    for (const wrong of [
      "*",
      "https://*",
      "https://a.example/path",
      "https://a.example; script-src *",
      "null",
      "",
      "data:",
    ]) {
      expect(policyOf([wrong])).toContain("frame-ancestors 'none'");
    }
  });
});

type Walked = readonly (readonly [string, unknown])[];

const walk = (value: unknown, path = ""): Walked =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => walk(one, `${path}.${key}`))
    : [[path, value]];

/** A text with markers in the places of what it is given. */
const say = (text: unknown): string => (typeof text === "function" ? String(text("{1}", "{2}")) : String(text));
const marks = (text: unknown): string => [...new Set(say(text).match(/\{\d\}/g))].sort().join();

describe.each([
  ["pt", pt],
  ["es", es],
])("in %s", (_name, texts) => {
  test("each text is there, is translated, and names what the English one names", () => {
    const own = new Map(walk(texts));
    const english = walk(en);
    expect([...own.keys()]).toEqual(english.map(([path]) => path));
    const odd = english.filter(
      ([path, text]) => marks(own.get(path)) !== marks(text) || say(own.get(path)).trim() === "",
    );
    expect(odd.map(([path]) => path)).toEqual([]);
    const same = english.filter(([path, text]) => say(own.get(path)) === say(text) && say(text).length > 12);
    expect(same.map(([path]) => path)).toEqual([]);
  });
});
