/** Reads what Commerce Layer answers. Pure: text in, values out; STORE_CHANGED when a shape is not the one that is known. */
import { AdapterError } from "@shopkey/adapter-sdk";
import { z } from "zod";

/** An answer as it came, with its JSON:API errors where there are some. */
export interface Answer {
  readonly status: number;
  /** Parsed; null for an empty body, undefined for what is no JSON. */
  readonly json: unknown;
  readonly problems: readonly Problem[];
  readonly retryAfter: string | null;
  /** `X-Ratelimit-Interval`: the length of the window, in seconds. */
  readonly interval: string | null;
}
/** Of an error only what cannot hold a value: `detail` and `meta.value` quote what was sent. */
export interface Problem {
  readonly code: string | null;
  readonly title: string | null;
  /** As in `/data/attributes/email`. */
  readonly pointer: string | null;
  /** The rule that was broken (`taken`, `blank`). */
  readonly reason: string | null;
}

export function readAnswer(status: number, headers: Headers, text: string): Answer {
  const json = parse(text);
  return {
    status,
    json,
    problems: readProblems(json),
    retryAfter: headers.get("retry-after"),
    interval: headers.get("x-ratelimit-interval"),
  };
}

function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const word = z.string().max(200).nullish().catch(null);
const problem = z.object({
  code: word,
  title: word,
  source: z.object({ pointer: word }).nullish().catch(null),
  meta: z.object({ error: word }).nullish().catch(null),
});
/** Usually a list; the auth server has been seen to send a single object. */
const problems = z.object({ errors: z.union([z.array(problem).max(50), problem.transform((one) => [one])]) });

function readProblems(json: unknown): Problem[] {
  const read = problems.safeParse(json);
  if (!read.success) return [];
  return read.data.errors.map(({ code, title, source, meta }) => ({
    code: code ?? null,
    title: title ?? null,
    pointer: source?.pointer ?? null,
    reason: meta?.error ?? null,
  }));
}

export function expectShape<T extends z.ZodType>(shape: T, json: unknown, what: string): z.output<T> {
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  // Paths are of our own shapes, but a record's key would be the store's: only plain names are shown.
  const path = (read.error.issues[0]?.path ?? []).filter((part) => /^[a-z_0-9]{1,40}$/.test(String(part))).join(".");
  throw new AdapterError(
    "STORE_CHANGED",
    `The store's ${what} is not in the shape that this adapter knows: ${path || "the whole answer"}.`,
  );
}
