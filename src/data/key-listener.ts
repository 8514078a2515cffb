import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { errorFacts, type Log } from "../kernel/log.js";
import type { ApiKeyListener, StoreListener } from "./data.js";

const CHANNELS = { shopkey_api_key: "keys", shopkey_store: "stores" } as const;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** A connection that is cut without a word must not go unnoticed for longer than a key may be remembered. */
const HEARTBEAT_MS = 4_000;

/** One connection that listens for changed keys and Stores, for as long as it is open. */
export interface KeyListener {
  readonly add: (listener: ApiKeyListener) => () => void;
  readonly addStores: (listener: StoreListener) => () => void;
  readonly close: () => Promise<void>;
}

/** Resolves when it listens. A lost connection is made anew, and then every listener is told "all". */
export async function openKeyListener(config: pg.ClientConfig, log: Log): Promise<KeyListener> {
  const listeners = { keys: new Set<ApiKeyListener>(), stores: new Set<StoreListener>() };
  const closing = new AbortController();
  const tell: Tell = (whom, what) => {
    for (const listener of listeners[whom]) listener(what);
  };
  const tellAll = () => {
    tell("keys", "all");
    tell("stores", "all");
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
    tellAll();
    for (let wait = FIRST_PAUSE_MS; !closing.signal.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        client = await listen(config, tell, lost);
        if (closing.signal.aborted) return await end(client);
        tellAll();
        return log.info("keys.listener.back");
      } catch (error) {
        log.warn("keys.listener.waiting", errorFacts(error));
        await pause(wait, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
  }
  return {
    add: (listener) => {
      listeners.keys.add(listener);
      return () => void listeners.keys.delete(listener);
    },
    addStores: (listener) => {
      listeners.stores.add(listener);
      return () => void listeners.stores.delete(listener);
    },
    close: async () => {
      closing.abort();
      await reconnecting;
      await end(client);
    },
  };
}

type Tell = (whom: (typeof CHANNELS)[keyof typeof CHANNELS], what: string) => void;

const end = (client: pg.Client) => client.end().catch(() => {});

/** Calls `lost` once, when an established connection ends for whatever reason. */
async function listen(config: pg.ClientConfig, tell: Tell, lost: () => void): Promise<pg.Client> {
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
    if (channel in CHANNELS) tell(CHANNELS[channel as keyof typeof CHANNELS], payload ?? "all");
  });
  try {
    await client.connect();
    await client.query(
      Object.keys(CHANNELS)
        .map((channel) => `listen ${channel}`)
        .join("; "),
    );
    established = true;
    return client;
  } catch (error) {
    clearInterval(heartbeat);
    await end(client);
    throw error;
  }
}
