/** Which language the page speaks: the first of the browser's that it knows, else English. */
import { en, type Texts } from "./texts/en.js";
import { es } from "./texts/es.js";
import { pt } from "./texts/pt.js";

const KNOWN: Readonly<Record<string, Texts>> = { en, es, pt };

/** `wanted` are BCP 47 tags, best first. */
export function pickTexts(wanted: readonly string[]): Texts {
  for (const tag of wanted) {
    const texts = KNOWN[tag.slice(0, 2).toLowerCase()];
    if (texts) return texts;
  }
  return en;
}

/** The text for a word of the server's, if there is one. */
export function findText(texts: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(texts, word) ? texts[word] : undefined;
}
