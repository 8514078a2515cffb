import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { errorFacts, type Log } from "../kernel/log.js";
import type { ApiKeyListener } from "./data.js";

const CHANNEL = "shopkey_api_key";
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** A connection that is cut without a word must not go unnoticed for longer than a key may be remembered. */
const HEARTBEAT_MS = 4_000;

/** One connection that listens for changed keys, for as long as it is open. */
export interface KeyListener {
  readonly add: (listener: ApiKeyListener) => () => void;
  readonly close: () => Promise<void>;
}

/** Resolves when it listens. A lost connection is made anew, and then every listener is told "all". */
export async function openKeyListener(config: pg.ClientConfig, log: Log): Promise<KeyListener> {
  const listeners = new Set<ApiKeyListener>();
  const closing = new AbortController();
  const tell = (what: string) => {
    for (const listener of listeners) listener(what);
  };
  let client = await listen(config, tell, lost);
  let reconnecting: Promise<void> = Promise.resolve();

  function lost(): void {
    if (closing.signal.aborted) return;
    log.warn("keys.listener.lost");
    reconnecting = reconnect();
  }
  async function reconnect(): Promise<void> {
    // Something may have changed from this moment on.
    tell("all");
    for (let wait = FIRST_PAUSE_MS; !closing.signal.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        client = await listen(config, tell, lost);
        if (closing.signal.aborted) return await end(client);
        tell("all");
        return log.info("keys.listener.back");
      } catch (error) {
        log.warn("keys.listener.waiting", errorFacts(error));
        await pause(wait, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
  }
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closing.abort();
      await reconnecting;
      await end(client);
    },
  };
}

const end = (client: pg.Client) => client.end().catch(() => {});

/** Calls `lost` once, when an established connection ends for whatever reason. */
async function listen(config: pg.ClientConfig, tell: (what: string) => void, lost: () => void): Promise<pg.Client> {
  const client = new pg.Client({ ...config, keepAlive: true, application_name: "shopkey keys" });
  let established = false;
  const over = () => {
    if (!established) return;
    established = false;
    clearInterval(heartbeat);
    void end(client);
    lost();
  };
  const heartbeat = setInterval(() => {
    if (established) client.query("select 1").catch(over);
  }, HEARTBEAT_MS).unref();
  client.on("error", over).on("end", over);
  client.on("notification", ({ channel, payload }) => {
    if (channel === CHANNEL) tell(payload ?? "all");
  });
  try {
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    established = true;
    return client;
  } catch (error) {
    clearInterval(heartbeat);
    await end(client);
    throw error;
  }
}
