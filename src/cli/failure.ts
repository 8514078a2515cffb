import type { Command } from "commander";
import { BrowserUnavailable, WorkersFileInvalid } from "../browser/index.js";
import { ConfigInvalid } from "../config.js";
import { DatabaseUnusable } from "../data/embedded/index.js";
import { BackupUnusable } from "../data/index.js";
import { errorFacts } from "../kernel/log.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import { KeyUnavailable } from "../vault/index.js";

/** The command was called wrongly: exit code 2. The message quotes no argument, which may be a credential. */
export class UsageWrong extends Error {
  override readonly name = "UsageWrong";
}

/** 0 done · 1 refused, or something is missing · 2 called wrongly. */
export const EXIT = { refused: 1, usage: 2 } as const;

/** An action that fails says so in one sentence on stderr, and sets the exit code. commander hands the command last. */
export function guarded(action: (command: Command, argument: string) => Promise<void>) {
  return async (...given: unknown[]): Promise<void> => {
    try {
      await action(given.at(-1) as Command, String(given[0]));
    } catch (error) {
      process.stderr.write(`${sentence(error)}\n`);
      process.exitCode = error instanceof UsageWrong ? EXIT.usage : EXIT.refused;
    }
  };
}

/** What the operating system says, in words. */
const SYSTEM: Readonly<Record<string, string>> = {
  EADDRINUSE: "The port is taken: stop what listens there, or set PORT (0 takes any free one).",
  EADDRNOTAVAIL: "HOST is not an address of this machine.",
  EACCES: "A file or port is closed to this user; `shopkey doctor` says which.",
  EPERM: "The operating system does not allow this; `shopkey doctor` says more.",
  EEXIST: "A folder is wanted where a file is: look at SHOPKEY_DATA_DIR and at what the command was given.",
  ENOTDIR: "A folder is wanted where a file is: look at SHOPKEY_DATA_DIR and at what the command was given.",
  ENOTFOUND: "A host's name is not known here: look at HOST.",
  EAI_AGAIN: "A host's name is not known here: look at HOST.",
  EROFS: "The data folder cannot be written to; set SHOPKEY_DATA_DIR.",
  ENOSPC: "The disk is full.",
  ECONNREFUSED: "The database does not answer; `shopkey doctor` says more.",
  "57P01": "The database was shut down meanwhile.",
};

/** Their messages are fixed sentences, for whoever set it up. */
const SAID_WELL = [BackupUnusable, ConfigInvalid, KeyUnavailable, UsageWrong, BrowserUnavailable, WorkersFileInvalid];

function sentence(error: unknown): string {
  if (error instanceof Refusals) return error.refusals.map(sentence).join("\n");
  if (error instanceof Refusal) {
    const field = error.field?.length ? `${error.field.join(".")}: ` : "";
    return `${field}${error.message} ${error.nextAction}`;
  }
  if (error instanceof DatabaseUnusable) return `${error.message}\n${error.nextAction}`;
  if (SAID_WELL.some((kind) => error instanceof kind)) return (error as Error).message;
  // The message of anything else may quote a value.
  const { error: name, code, stack } = errorFacts(error);
  const known = SYSTEM[String(code)];
  if (known !== undefined) return known;
  return `An unexpected ${name}${code === undefined ? "" : ` (${code})`}; please report it: ${stack ?? "no trace"}`;
}
