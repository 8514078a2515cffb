import { inflateSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import QRCode from "qrcode";
import { newCode, readDynamic } from "../src/codes.js";
import { drawPass } from "../src/qr.js";

const QUIET = 4;

/** Rows of dark (1) and light (0) modules, as the library has them, with the border around. */
function expectedRows(code: string): string[] {
  const { modules } = QRCode.create(code, { errorCorrectionLevel: "M" });
  const { size } = modules;
  const border = "0".repeat(size + 2 * QUIET);
  const rows = Array.from({ length: size }, (_, row) => {
    const own = Array.from({ length: size }, (_, column) => modules.data[row * size + column]);
    return `${"0".repeat(QUIET)}${own.join("")}${"0".repeat(QUIET)}`;
  });
  return [...Array.from({ length: QUIET }, () => border), ...rows, ...Array.from({ length: QUIET }, () => border)];
}

/** One module is eight pixels: a byte. */
function rowsOfPng(png: Buffer): string[] {
  const size = png.readUInt32BE(16) / 8;
  const length = png.readUInt32BE(33);
  expect(png.toString("latin1", 37, 41)).toBe("IDAT");
  const pixels = inflateSync(png.subarray(41, 41 + length));
  return Array.from({ length: size }, (_, row) =>
    [...pixels.subarray(row * 8 * (size + 1) + 1, (row * 8 + 1) * (size + 1))]
      .map((byte) => (byte === 0 ? "1" : "0"))
      .join(""),
  );
}

function rowsOfSvg(svg: string): string[] {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => "0"));
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let column = 0; column < Number(width); column += 1) (rows[Number(y)] ?? [])[Number(x) + column] = "1";
  return rows.map((row) => row.join(""));
}

describe("a pass", () => {
  test("has the same picture of its code as SVG and as PNG", async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[0-9A-Za-z]{1,60}$/), async (code) => {
        const { svg, png } = drawPass(code, new Date());
        const rows = expectedRows(code);
        expect(rowsOfPng(Buffer.from(png, "base64"))).toEqual(rows);
        expect(rowsOfSvg(svg)).toEqual(rows);
      }),
      { numRuns: 20 },
    );
  });

  test("is alphanumeric, carries its own time, and is never the same twice", () => {
    const at = new Date("2024-02-09T17:53:57Z");
    const codes = Array.from({ length: 200 }, () => newCode("GWID", at));
    expect(new Set(codes).size).toBe(200);
    for (const code of codes) {
      expect(code).toMatch(/^[0-9A-Za-z]+$/);
      expect(readDynamic(code, "GWID")?.issuedAt).toBe(at.getTime() / 1_000);
    }
  });
});
