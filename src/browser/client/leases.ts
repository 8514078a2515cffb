/** Pages on loan: used here, driven there, and gone when the loan is over. */
import type { Page } from "@shopkey/adapter-sdk";
import { orAborted } from "../../kernel/patience.js";
import { LayerRefused } from "../layer.js";
import type { PageAct, PageReport } from "../worker/wire.js";
import { remotePage } from "./remote-page.js";
import type { Lease, Transport } from "./transport.js";
import type { WorkerAddress } from "./workers.js";

export interface LentLease {
  readonly to: WorkerAddress;
  readonly lease: Lease;
}

/** A worker that still has something to clear away is given time. */
const OVER_MS = 15_000;

/**
 * Lends the page to `use`, then does `after`, which may need what the lease holds. When it returns, nothing of the lease is left; an
 * abort does not wait for that.
 */
export async function useLease<T>(
  transport: Transport,
  { to, lease }: LentLease,
  signal: AbortSignal,
  use: (page: Page) => Promise<T>,
  after: () => Promise<void> = async () => undefined,
): Promise<T> {
  const act = async (asked: PageAct) => (await transport.ask(to, "page", asked, { signal })) as PageReport;
  try {
    const result = await orAborted(use(remotePage(lease.line, act)), signal);
    await after();
    return result;
  } finally {
    if (!signal.aborted) await endLease(transport, to, lease);
    lease.hangUp();
  }
}

async function endLease(transport: Transport, to: WorkerAddress, lease: Lease): Promise<void> {
  const late = AbortSignal.timeout(OVER_MS);
  await transport.ask(to, "release", { page: lease.line.page }, { signal: late }).catch(() => undefined);
  await orAborted(lease.over, late).catch(() => undefined);
}

/** What the context holds now becomes its next generation; where another writer was first, it is left alone. Answers the newest known. */
export async function keepLease(
  transport: Transport,
  { to, lease }: LentLease,
  key: Uint8Array,
  signal: AbortSignal,
): Promise<number> {
  try {
    const kept = await transport.ask(to, "keep", { page: lease.line.page }, { key, signal });
    return (kept as { generation: number }).generation;
  } catch (error) {
    if (error instanceof LayerRefused && error.why === "conflict") return lease.line.generation;
    throw error;
  }
}
