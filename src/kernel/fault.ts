/** What was thrown, read without trusting the realm it was made in: Node's own errors are not every context's `Error`. */
import { types } from "node:util";

export const isError = (thrown: unknown): thrown is Error => thrown instanceof Error || types.isNativeError(thrown);

/** The word that Node (`ECONNRESET`) or PostgreSQL (`23505`) has for what went wrong; null when there is none. */
export const errorCode = (thrown: unknown): string | null =>
  isError(thrown) && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
