import { DeskError } from "../errors.js";

/** What one request may ask. */
export const LIMITS = {
  /** Lexical tokens in a document. */
  tokens: 1000,
  /** Levels of fields below the operation; introspection has a limit of its own. */
  depth: 10,
  /** Aliases in a document. */
  aliases: 15,
  /** Root fields of one operation. */
  rootFields: 15,
  /** Directives in a document. */
  directives: 30,
  /** Operations in a document. */
  operations: 30,
  /** See `cost.ts`. */
  cost: 2000,
  /** Milliseconds until the answer must be there. */
  deadlineMs: 10_000,
  /** Of a mutation, which may have a store asked several times, each within `SHOPKEY_STORE_DEADLINE_MS`. */
  mutationDeadlineMs: 100_000,
} as const;

/** The answer to a request beyond a limit; says which, and how far one may go. */
export function limitError(
  limit: "depth" | "aliases" | "rootFields" | "directives" | "operations" | "cost",
): DeskError {
  return new DeskError("The request asks for too much at once.", {
    code: "LIMIT_EXCEEDED",
    limit,
    max: LIMITS[limit],
    http: { status: 400 },
  });
}
