import type pg from "pg";
import { errorCode, isError } from "../kernel/fault.js";

/**
 * Gives a connection back to its pool when it ends while it is borrowed. Kysely does not: a transaction whose COMMIT
 * or ROLLBACK fails because the connection is gone keeps its place for good, and a pool that has lost each of its
 * connections once in a transaction would never answer again.
 */
export function releaseWhenLost(pool: pg.Pool): void {
  pool.on("connect", (client) => {
    let release: Release = () => {};
    // The pool sets it anew each time it lends the connection, and refuses to be given one back twice.
    Object.defineProperty(client, "release", {
      get: () => release,
      set: (lent: Release) => {
        release = once(lent);
      },
    });
    client.on("end", () => release(true));
  });
}

type Release = (broken?: Error | boolean) => void;

function once(lent: Release): Release {
  let done = false;
  return (broken) => {
    if (done) return;
    done = true;
    lent(broken);
  };
}

/**
 * Cut by an administrator or a crash, or closed under us, or it does not have what was prepared on it: the connection is at
 * fault, not the statement.
 */
const LOST = new Set(["26000", "57P01", "57P02", "57P03", "08003", "08006", "ECONNRESET", "EPIPE"]);

/** What `pg` says of a connection that ended without a word. */
export const ENDED = "Connection terminated unexpectedly";

/** The statement may be asked again on another connection, when it only reads. */
export function isLost(error: unknown): boolean {
  if (!isError(error)) return false;
  return LOST.has(errorCode(error) ?? "") || error.message === ENDED;
}

/**
 * A statement that only reads, asked once more when its connection turns out to be gone: an idle connection may have
 * been cut without the pool having heard of it yet.
 */
export async function readAgainWhenLost<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  query: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  try {
    return await pool.query<Row>(query);
  } catch (error) {
    if (!isLost(error)) throw error;
    return pool.query<Row>(query);
  }
}
