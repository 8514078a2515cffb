import pg from "pg";
import { errorFacts, type Log } from "../kernel/log.js";
import { ENDED } from "./pool.js";

/** What a line is opened with. */
export type LineConfig = pg.ClientConfig & { readonly statement_timeout: number };

/** A connection that is kept: opened when it is first needed, and again when it was lost. */
export interface Line {
  /** Without waiting while it is open. */
  readonly client: () => pg.Client | Promise<pg.Client>;
  readonly close: () => Promise<void>;
}

/** What has not been answered this long after PostgreSQL should have given up on it, never will be. Milliseconds. */
const SILENCE_MS = 5_000;

/** Statements are sent without waiting for the answers to those before them. */
export function makeLine(config: LineConfig, log: Log): Line {
  let open: pg.Client | null = null;
  let opening: Promise<pg.Client> | null = null;

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...{ ...config, pipeline: true, keepAlive: true },
      query_timeout: config.statement_timeout + SILENCE_MS,
    });
    let lost: Error | null = null;
    const forget = (error: Error) => {
      lost = error;
      if (open === client) open = null;
    };
    client
      .on("end", () => forget(new Error(ENDED)))
      .on("error", (error) => {
        forget(error);
        log.warn("database.connection.lost", errorFacts(error));
      });
    await client.connect();
    // One packet may hold both the welcome and the end.
    if (lost !== null) throw lost;
    open = client;
    return client;
  }

  return {
    client: () => {
      if (open !== null) return open;
      opening ??= connect().finally(() => {
        opening = null;
      });
      return opening;
    },
    close: async () => {
      const client = (await opening?.catch(() => null)) ?? open;
      await client?.end().catch(() => {});
    },
  };
}
