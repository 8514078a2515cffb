/** A code as a picture, made once and drawn both ways: SVG for apps that scale it, PNG for those that only show pictures. */
import { createRequire } from "node:module";
import { crc32, deflateSync } from "node:zlib";
import type { Pass } from "@shopkey/adapter-sdk";

const require = createRequire(import.meta.url);
/** Loaded with the first pass: it brings encoders of its own along that nothing here uses. */
const loadQrCode = (): typeof import("qrcode") => require("qrcode") as typeof import("qrcode");

/** The border that the standard asks for, in modules. */
const QUIET = 4;
/** Pixels of a module. */
const SCALE = 8;

interface Squares {
  /** With the quiet zone. */
  readonly size: number;
  readonly isDark: (row: number, column: number) => boolean;
}

export function drawPass(code: string, expiresAt: Date): Pass {
  const { modules } = loadQrCode().create(code, { errorCorrectionLevel: "M" });
  const isInside = (at: number) => at >= QUIET && at < QUIET + modules.size;
  const squares: Squares = {
    size: modules.size + 2 * QUIET,
    isDark: (row, column) =>
      isInside(row) && isInside(column) && modules.data[(row - QUIET) * modules.size + column - QUIET] === 1,
  };
  return { code, svg: toSvg(squares), png: toPng(squares).toString("base64"), expiresAt: expiresAt.toISOString() };
}

/** One path; each run of dark modules in a row is a rectangle of it. */
function toSvg({ size, isDark }: Squares): string {
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (!isDark(row, column)) continue;
      const from = column;
      while (column < size && isDark(row, column)) column += 1;
      path += `M${from} ${row}h${column - from}v1h-${column - from}z`;
    }
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" d="${path}"/></svg>`
  );
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Greyscale of one bit: a pixel that is set is white. Each row begins with its filter, which is none. */
function toPng({ size, isDark }: Squares): Buffer {
  const side = size * SCALE;
  const bytes = Math.ceil(side / 8);
  const pixels = Buffer.alloc((bytes + 1) * side, 0xff);
  for (let y = 0; y < side; y += 1) {
    pixels[y * (bytes + 1)] = 0;
    // A module is as wide as a byte.
    for (let column = 0; column < size; column += 1)
      if (isDark(Math.floor(y / SCALE), column)) pixels[y * (bytes + 1) + 1 + column] = 0;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 1;
  const body = deflateSync(pixels, { level: 6 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("IDAT", body), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
