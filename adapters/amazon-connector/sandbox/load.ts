/**
 * Plays Amazon under load: bursts of entries, each told again with the same bytes when no answer came, the event's clock a little
 * ahead of the codes' or behind. What was answered is kept, so that whoever looks later can hold the connector to it.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Played } from "./vectors.js";

/** As Amazon's own sample does it. */
const RETRIES = 3;
const RETRY_AFTER_MS = 500;
const VERIFY = "/v1/identity/identity-keys";

export interface LoadOptions {
  /** Rejects when no answer came. */
  readonly send: (path: string, body: string) => Promise<Played>;
  /** What shoppers show, in this order. */
  readonly codes: readonly string[];
  readonly storeId: string;
  /** So many at once. */
  readonly together?: number;
  /** When the event of this code is, by the gate's own clock; now by default. */
  readonly eventAt?: (code: string) => Date;
  /** Every so many requests one is told twice though it was answered; never when absent. */
  readonly twiceEvery?: number;
  readonly retryAfterMs?: number;
  /** Told after each answer. */
  readonly onAnswer?: (answered: number) => void;
}
export interface Answered {
  readonly code: string;
  readonly body: string;
  readonly status: number;
  readonly text: string;
}
export interface LoadReport {
  readonly answered: readonly Answered[];
  /** Those that nobody answered, however often they were told. */
  readonly unanswered: readonly { readonly code: string; readonly body: string }[];
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Told again, and answered otherwise than the first time. */
  readonly contradictions: number;
  readonly retries: number;
  readonly slowestMs: number;
}

export function entryOf(code: string, storeId: string, at: Date): string {
  return JSON.stringify({
    requestId: crypto.randomUUID(),
    identityKey: Buffer.from(code).toString("base64"),
    storeId,
    authEvent: { id: crypto.randomUUID(), timestamp: at.toISOString().replace(/\.\d+Z$/, "Z"), location: "ENTRY" },
    keyChannel: "OPTICAL",
  });
}

export async function playBurst(options: LoadOptions): Promise<LoadReport> {
  const { send, codes, storeId, together = 16, twiceEvery, retryAfterMs = RETRY_AFTER_MS } = options;
  const answered: Answered[] = [];
  const unanswered: { code: string; body: string }[] = [];
  const statuses: Record<string, number> = {};
  let [contradictions, retries, slowestMs, next] = [0, 0, 0, 0];

  /** Null: no answer, or one that asks to come again. */
  async function tell(body: string): Promise<Played | null> {
    const began = performance.now();
    const played = await send(VERIFY, body).catch(() => null);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    statuses[played?.status ?? "none"] = (statuses[played?.status ?? "none"] ?? 0) + 1;
    return played === null || played.status >= 429 ? null : played;
  }

  async function enter(code: string, nth: number): Promise<void> {
    const body = entryOf(code, storeId, options.eventAt?.(code) ?? new Date());
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      if (attempt > 0) {
        retries += 1;
        await wait(retryAfterMs);
      }
      const played = await tell(body);
      if (played === null) continue;
      const { status, text } = played;
      answered.push({ code, body, status, text });
      options.onAnswer?.(answered.length);
      if (twiceEvery !== undefined && nth % twiceEvery === 0) {
        const again = await tell(body);
        if (again !== null && (again.status !== status || again.text !== text)) contradictions += 1;
      }
      return;
    }
    unanswered.push({ code, body });
  }

  const work = async () => {
    for (let nth = next++; nth < codes.length; nth = next++) await enter(codes[nth] ?? "", nth);
  };
  await Promise.all(Array.from({ length: together }, work));
  return { answered, unanswered, statuses, contradictions, retries, slowestMs };
}
