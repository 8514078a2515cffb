/** Why there is no database to work with, in words for the person who starts the gateway. */

/**
 * - `NO_BINARIES` no PostgreSQL is bundled for this platform, or it was not installed
 * - `NO_ACCOUNT` the gateway runs as root and no other account can be used for PostgreSQL
 * - `IN_USE` another gateway holds the folder
 * - `PORT_TAKEN` the wanted port is not free
 * - `OTHER_VERSION` the folder was written by another major version of PostgreSQL
 * - `DAMAGED` the folder is not a whole cluster
 * - `NOT_STARTED` PostgreSQL said no; its last lines are in the message
 * - `UNREACHABLE`, `TOO_OLD`, `ROLES_MISSING` about a foreign `DATABASE_URL`
 */
export type DatabaseUnusableCode =
  | "NO_BINARIES"
  | "NO_ACCOUNT"
  | "IN_USE"
  | "PORT_TAKEN"
  | "OTHER_VERSION"
  | "DAMAGED"
  | "NOT_STARTED"
  | "UNREACHABLE"
  | "TOO_OLD"
  | "ROLES_MISSING";

/** The gateway cannot start: its database cannot be used. Message and next action are meant to be printed; neither holds a password. */
export class DatabaseUnusable extends Error {
  readonly code: DatabaseUnusableCode;
  /** The one thing to do, for a person. */
  readonly nextAction: string;
  /** Statements that somebody with the right to must run, one each; empty when SQL is not the answer. */
  readonly sql: readonly string[];
  /** `NO_ACCOUNT`: the folder that PostgreSQL's account may not pass; null elsewhere. */
  readonly closedFolder: string | null;

  constructor(
    code: DatabaseUnusableCode,
    message: string,
    detail: { nextAction: string; sql?: readonly string[]; closedFolder?: string; cause?: unknown },
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "DatabaseUnusable";
    this.code = code;
    this.nextAction = detail.nextAction;
    this.sql = detail.sql ?? [];
    this.closedFolder = detail.closedFolder ?? null;
  }
}
