import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";

/** The one list of scopes, in the form that keys store and the command line reads. */
export const SCOPES = [
  "consumers:read",
  "consumers:write",
  "profiles:read",
  "profiles:write",
  "connections:read",
  "connections:write",
  "checkouts:read",
  "checkouts:write",
  "stores:read",
  "stores:write",
  "impersonations:read",
  "impersonations:write",
  "anonymizations:read",
  "anonymizations:write",
  "keys:read",
  "keys:write",
  "audit:read",
  "schema:read",
] as const;

export type ScopeName = (typeof SCOPES)[number];

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

/** Whether the text is one of `SCOPES`. */
export const isScope = (text: string): text is ScopeName => KNOWN.has(text);

/** Throws FORBIDDEN, naming the scope that is missing. */
export function requireScope(caller: Caller, scope: ScopeName): void {
  if (caller.scopes.has(scope)) return;
  throw new Refusal("FORBIDDEN", `This API key lacks the scope ${scope}.`, {
    nextAction: `Use a key that has the scope ${scope}.`,
  });
}
