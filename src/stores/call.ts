import {
  ADAPTER_ERRORS,
  AdapterError,
  type AnyAdapter,
  type Call,
  type Environment,
  type SharedMemory,
} from "@shopkey/adapter-sdk";
import type { Clock } from "../kernel/clock.js";
import { errorFacts, type Facts, type Log } from "../kernel/log.js";
import { orAborted } from "../kernel/patience.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { Egress } from "./egress.js";
import { type Lend, type LiveParts, openLending } from "./live.js";
import type { AdapterRegistry } from "./registry.js";

/** One Store, opened for one call. */
export interface StoreTarget {
  readonly adapterId: string;
  /** The Store's wire id. */
  readonly id: string;
  readonly environment: Environment;
  readonly settings: unknown;
  /** Plain: opened by the vault for this call only. */
  readonly credentials: unknown;
  /** What all gateways that call this Store have in common; absent where the store calls us. */
  readonly shared?: SharedMemory;
}

/** What stays the same when one intent is taken up again. */
export interface CallIntent {
  readonly idempotencyKey: string;
  readonly resume?: string | null;
  /** Persists how far the call came; without it checkpoints are dropped. */
  readonly checkpoint?: (value: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly requestId?: string;
  /** The page that `call.page` lends; none by default. */
  readonly lend?: Lend | null;
}

export type UseAdapter<T> = (adapter: AnyAdapter, call: Call) => Promise<T>;

interface Quay {
  readonly registry: AdapterRegistry;
  readonly egress: Egress;
  readonly live: LiveParts;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlineMs: number;
}

const MAX_CHECKPOINT_BYTES = 1024;

export async function callAdapter<T>(
  quay: Quay,
  target: StoreTarget,
  intent: CallIntent,
  use: UseAdapter<T>,
): Promise<T> {
  const adapter = quay.registry.adapter(target.adapterId);
  const deadline = AbortSignal.timeout(quay.deadlineMs);
  const signal = AbortSignal.any([deadline, intent.signal]);
  const log = quay.log.with({
    adapter: adapter.id,
    storeId: target.id,
    environment: target.environment,
    requestId: intent.requestId,
  });
  const call = makeCall(quay, adapter, target, intent, signal, log);
  try {
    // An adapter that ignores its signal must not hold the caller.
    return await orAborted(use(adapter, call), signal);
  } catch (error) {
    if (signal.aborted) {
      const why = deadline.aborted
        ? "The store did not answer in time."
        : "The call was given up before the store answered.";
      throw new Refusal("STORE_UNAVAILABLE", why);
    }
    if (error instanceof AdapterError) throw refusalOf(error, log);
    throw error;
  }
}

function makeCall(
  quay: Quay,
  adapter: AnyAdapter,
  target: StoreTarget,
  intent: CallIntent,
  signal: AbortSignal,
  log: Log,
): Call {
  const hosts = adapter.hosts(target.settings).map((host) => host.toLowerCase());
  const { environment } = target;
  return {
    store: { id: target.id, settings: target.settings, credentials: target.credentials ?? null },
    environment,
    signal,
    now: quay.clock.now,
    log: (event, facts) => log.info(`adapter: ${event}`, facts as Facts),
    fetch: (url, init = {}) => quay.egress.fetch({ adapterId: adapter.id, environment, hosts, url, init, signal }),
    idempotencyKey: intent.idempotencyKey,
    checkpoint: async (value) => {
      if (Buffer.byteLength(value) > MAX_CHECKPOINT_BYTES) throw new Error("a checkpoint is at most 1 KB");
      await intent.checkpoint?.(value);
    },
    resume: intent.resume ?? null,
    ...(target.shared === undefined ? {} : { shared: target.shared }),
    page: openLending(quay.live, target, intent.lend ?? null, signal),
  };
}

function refusalOf(error: AdapterError, log: Log): Refusal | Refusals {
  const alarming = error.code === "STORE_CHANGED" || !(error.code in ADAPTER_ERRORS);
  log[alarming ? "error" : "info"]("store refused", {
    ...errorFacts(error),
    code: error.code,
    retryAfterMs: error.retryAfterMs,
  });
  const refuse = (path?: string) =>
    new Refusal(error.code, error.message, {
      cause: error,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      ...(path === undefined ? {} : { field: path.split(".") }),
    });
  const [first, ...others] = error.fields;
  return others.length === 0 ? refuse(first) : new Refusals(error.fields.map(refuse));
}
