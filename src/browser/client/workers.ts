/** The workers that a gateway knows, and which of them is asked. */
import { LayerRefused } from "../layer.js";

export interface WorkerAddress {
  /** `http://127.0.0.1:port`, or https anywhere. */
  readonly url: string;
  /** At least 32 characters. */
  readonly secret: string;
}

export interface KnownWorker {
  /** As the worker knows itself: it is part of its sessions' ids. */
  readonly name: string;
  /** Where it is now; one that is being started is waited for. Throws LayerRefused `unavailable`. */
  readonly address: () => Promise<WorkerAddress>;
}

/** An address that is waited for no longer than its asker waits. */
export async function addressOf(worker: KnownWorker, signal: AbortSignal): Promise<WorkerAddress> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([worker.address(), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Workers that run by themselves. Throws RangeError for one that a secret and a key may not be sent to. */
export function fixedWorkers(list: readonly (WorkerAddress & { readonly name: string })[]): readonly KnownWorker[] {
  const names = new Set(list.map(({ name }) => name));
  if (names.size !== list.length) throw new RangeError("Each browser worker has a name of its own.");
  for (const { url } of list) if (!isSafe(url)) throw new RangeError("A browser worker elsewhere is reached by https.");
  return list.map(({ name, url, secret }) => ({ name, address: async () => ({ url, secret }) }));
}

function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(hostname));
}

/** `bs_<worker>_<32 hex>`. Throws `gone` for what is no session of a worker here. */
export function workerOf(workers: readonly KnownWorker[], sessionId: string): KnownWorker {
  const name = /^bs_([a-z0-9-]{1,24})_[0-9a-f]{32}$/.exec(sessionId)?.[1];
  const worker = workers.find((one) => one.name === name);
  if (!worker) throw new LayerRefused("gone");
  return worker;
}

/**
 * Asks one after the other, those with most room first, until one does it. One that is busy or away is passed over; any other
 * refusal counts.
 */
export async function askInTurn<T>(
  workers: readonly KnownWorker[],
  room: (worker: KnownWorker) => Promise<number>,
  ask: (worker: KnownWorker) => Promise<T>,
): Promise<T> {
  let refusal = new LayerRefused("unavailable");
  for (const worker of workers.length > 1 ? await byRoom(workers, room) : workers) {
    try {
      return await ask(worker);
    } catch (error) {
      if (!(error instanceof LayerRefused) || (error.why !== "busy" && error.why !== "unavailable")) throw error;
      if (refusal.why !== "busy") refusal = error;
    }
  }
  throw refusal;
}

async function byRoom(
  workers: readonly KnownWorker[],
  room: (worker: KnownWorker) => Promise<number>,
): Promise<readonly KnownWorker[]> {
  const rooms = await Promise.all(workers.map((worker) => room(worker).catch(() => -1)));
  return workers.toSorted((a, b) => (rooms[workers.indexOf(b)] ?? -1) - (rooms[workers.indexOf(a)] ?? -1));
}
