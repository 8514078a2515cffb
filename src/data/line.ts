import type { Duplex } from "node:stream";
import pg from "pg";
import { errorFacts, type Log } from "../kernel/log.js";
import { ENDED } from "./pool.js";

/** What a line is opened with. */
export type LineConfig = pg.ClientConfig & { readonly statement_timeout: number };

/** A connection that is kept: opened when it is first needed, and again when it was lost. */
export interface Line {
  /** How many have asked and are not answered yet. */
  readonly waiting: () => number;
  /** Without waiting for the connection while it is open. */
  readonly ask: <T>(send: (client: pg.Client) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** What has not been answered this long after PostgreSQL should have given up on it, never will be. Milliseconds. */
const SILENCE_MS = 5_000;

/** Statements are sent without waiting for the answers to those before them. */
export function makeLine(config: LineConfig, log: Log): Line {
  let open: pg.Client | null = null;
  let opening: Promise<pg.Client> | null = null;
  let waiting = 0;

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...config, pipeline: true, keepAlive: true });
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
    endWhenSilent(client, () => waiting > 0, config.statement_timeout + SILENCE_MS);
    open = client;
    return client;
  }

  const client = (): pg.Client | Promise<pg.Client> => {
    if (open !== null) return open;
    opening ??= connect().finally(() => {
      opening = null;
    });
    return opening;
  };

  return {
    waiting: () => waiting,
    ask: async (send) => {
      waiting += 1;
      try {
        const on = client();
        return await send(on instanceof Promise ? await on : on);
      } finally {
        waiting -= 1;
      }
    },
    close: async () => {
      const client = (await opening?.catch(() => null)) ?? open;
      await client?.end().catch(() => {});
    },
  };
}

/** The stream beneath, which `pg` does not declare. */
export const streamOf = (client: pg.Client): Duplex =>
  (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream;

/** Within so many looks. */
const LOOKS = 4;

/**
 * Ends a connection that owes answers and has said nothing for so long. One timer for all that is asked: one for each
 * statement (`query_timeout`) has what it holds, the rows included, outlive the collections of young garbage, which cost a
 * tenth of the processor.
 */
function endWhenSilent(client: pg.Client, owes: () => boolean, limitMs: number): void {
  const stream = streamOf(client);
  let silent = 0;
  stream.on("data", () => {
    silent = 0;
  });
  const timer = setInterval(() => {
    silent = owes() ? silent + 1 : 0;
    // The first look may come right after the question.
    if (silent > LOOKS) stream.destroy(new Error("The database has fallen silent"));
  }, limitMs / LOOKS);
  timer.unref();
  client.once("end", () => clearInterval(timer));
}
