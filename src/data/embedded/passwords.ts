/** The passwords of the cluster's roles: made once, kept in the data directory itself, so that one is never without the other. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../kernel/fault.js";
import { DatabaseUnusable } from "./unusable.js";

const NAMES = ["superuser", "owner", "app", "clock"] as const;

/** One password for each role; letters, digits, `-` and `_`. */
export type Passwords = Readonly<Record<(typeof NAMES)[number], string>>;

const FILE = "shopkey-passwords.json";

export function makePasswords(): Passwords {
  const make = () => randomBytes(24).toString("base64url");
  return { superuser: make(), owner: make(), app: make(), clock: make() };
}

/** Returns the file's path. Readable by the cluster's account alone. */
export function keepPasswords(cluster: string, passwords: Passwords): string {
  const path = join(cluster, FILE);
  writeFileSync(path, JSON.stringify(passwords), { mode: 0o600, flag: "wx", flush: true });
  return path;
}

/** @throws DatabaseUnusable `DAMAGED` */
export function readPasswords(cluster: string): Passwords {
  try {
    const kept: unknown = JSON.parse(readFileSync(join(cluster, FILE), "utf8"));
    if (isPasswords(kept)) return kept;
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && !(error instanceof SyntaxError)) throw error;
  }
  throw new DatabaseUnusable("DAMAGED", `The passwords of the database cluster are gone: ${join(cluster, FILE)}.`, {
    nextAction: `Put the file back from a backup of the folder. Without it, remove ${cluster} to begin anew; all data in it is lost.`,
  });
}

function isPasswords(kept: unknown): kept is Passwords {
  if (typeof kept !== "object" || kept === null) return false;
  const entries = kept as Record<string, unknown>;
  return NAMES.every((name) => typeof entries[name] === "string");
}
