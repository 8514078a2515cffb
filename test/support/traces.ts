/** The search for what should be gone: a shopper's values, in whatever form they may lie in files. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A value as text, JSON, an address, hex, base64 at each of three offsets, and in two bytes a character. */
function spellingsOf(value: string): readonly Buffer[] {
  const utf8 = Buffer.from(value);
  const wide = Buffer.from(value, "utf16le");
  const escaped = JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const texts = [escaped, encodeURIComponent(value), utf8.toString("hex"), ...inBase64(utf8)];
  const forms = [utf8, wide, ...texts.map((text) => Buffer.from(text))];
  return [...new Map(forms.map((form) => [form.toString("hex"), form])).values()];
}

/** What of a base64 text does not depend on what stands before and after the value. */
function inBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const first = Math.ceil((before * 8) / 6);
    return text.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** Whether one of the values is in these bytes, in whatever form. */
export const isIn = (bytes: Buffer | string, values: readonly string[]): boolean => {
  const searched = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return values.flatMap(spellingsOf).some((form) => searched.includes(form));
};

/** Files below this folder that hold one of the values. */
export async function hitsIn(folder: string, values: readonly string[]): Promise<readonly string[]> {
  const forms = values.flatMap(spellingsOf);
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // Files of a database that runs come and go.
    const bytes = await readFile(path).catch(() => null);
    if (bytes !== null && forms.some((form) => bytes.includes(form))) found.push(path);
  }
  return found;
}
