/** Lines of the log leave a page at a time, and none is lost or out of order. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openPages } from "../../src/kernel/log.js";

const line = (level: number, text: string) => `{"level":${level},"msg":"${text}"}\n`;

function open() {
  const written: string[] = [];
  return { written, pages: openPages({ write: (page) => void written.push(page) }) };
}

describe("a page of the log", () => {
  test("is written when it is full, with its lines in their order", () => {
    const { written, pages } = open();
    const lines = Array.from({ length: 200 }, (_, at) => line(30, `line ${at} ${"x".repeat(80)}`));
    for (const each of lines) pages.write(each);
    expect(written.length).toBeGreaterThan(2);
    expect(written.length).toBeLessThan(20);
    expect(lines.join("").startsWith(written.join(""))).toBe(true);
  });

  test("is written at once with a warning or an error, and what came before goes first", () => {
    for (const level of [40, 50, 60]) {
      const { written, pages } = open();
      pages.write(line(30, "before"));
      expect(written).toEqual([]);
      pages.write(line(level, "urgent"));
      expect(written).toEqual([line(30, "before") + line(level, "urgent")]);
    }
  });

  test("is written after a moment when nothing more comes", async () => {
    const { written, pages } = open();
    pages.write(line(30, "alone"));
    while (written.length === 0) await new Promise((next) => setTimeout(next, 5));
    expect(written).toEqual([line(30, "alone")]);
  });

  test("is written at the end of the process, whatever ends it", () => {
    const log = resolve(import.meta.dirname, "../../src/kernel/log.ts");
    for (const end of ["process.exit(0)", "throw new Error('a bug')", ""]) {
      const script = `import { openLog } from ${JSON.stringify(log)}; openLog({ level: "info" }).info("last words"); ${end}`;
      const { stdout } = spawnSync(
        process.execPath,
        ["--conditions=shopkey-source", "--import", "tsx", "--input-type=module", "-e", script],
        { cwd: resolve(import.meta.dirname, "../.."), encoding: "utf8" },
      );
      expect(stdout).toContain('"msg":"last words"');
    }
  });
});
