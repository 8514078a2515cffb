/**
 * What gateway and worker say to each other over HTTP. `POST /v1/<operation>` with `authorization: Bearer <secret>`; the body is
 * one byte n (0 or 32), n bytes of a context's key, then JSON: a key is never text, so that both ends can wipe it.
 *
 *     200 {"value": …}              done
 *     409 {"refused": "busy", …}    LayerRefused
 *     422 {"page": "timeout", …}    a page did not do what it was asked to
 *
 * A lease and `GET /v1/watch` answer lines of JSON for as long as both ends hold the connection. A lease ends with it.
 */
import { z } from "zod";
import type { LayerRefusal, SessionEvent } from "../layer.js";

export const MAX_BODY_BYTES = 256 * 1024;
export const MAX_PAGE_ANSWER_BYTES = 1024 * 1024;
export const CONTENT_TYPE = "application/vnd.shopkey.browser";

const KEY_BYTES = 32;

/** A fresh buffer; wipe it when it was sent, if it holds a key. */
export function encodeBody(json: unknown, key: Uint8Array | null): Buffer {
  return Buffer.concat([Buffer.from([key?.length ?? 0]), key ?? Buffer.alloc(0), Buffer.from(JSON.stringify(json))]);
}

/** Copies the key out and wipes it from `body`; null for what is no body of ours. */
export function decodeBody(body: Buffer): { readonly json: unknown; readonly key: Buffer | null } | null {
  const length = body[0];
  if (length !== 0 && length !== KEY_BYTES) return null;
  const key = length === 0 ? null : Buffer.from(body.subarray(1, 1 + length));
  body.fill(0, 1, 1 + length);
  try {
    return { json: JSON.parse(body.toString("utf8", 1 + length)) as unknown, key };
  } catch {
    key?.fill(0);
    return null;
  }
}

/** `dead`: the page crashed or was closed. */
export type PageFailure = "timeout" | "dead" | "failed" | "too-large";

/** Every answer about a page says where it is, and whether the request of its last `goto` broke off. */
export interface PageReport {
  readonly value?: unknown;
  readonly url: string;
  readonly failed: boolean;
}

export type WorkerAnswer =
  | { readonly value: unknown }
  | { readonly refused: LayerRefusal; readonly retryAfterMs: number | null }
  | ({ readonly page: PageFailure } & PageReport);

/** The first line of a lease. `generation` is 0 for a session's page. */
export interface LeaseLine {
  readonly page: string;
  readonly url: string;
  readonly generation: number;
}

/** `living`: every last word was told, and these sessions are not over. */
export type WatchLine =
  | { readonly event: SessionEvent }
  | { readonly living: readonly string[] }
  | { readonly beat: 1 };

export const BEAT_MS = 5_000;

const contextId = z.string().regex(/^[A-Za-z0-9_-]{8,80}$/);
const generation = z.number().int().min(0).max(1e9);
const sessionId = z.string().min(1).max(120);
const timeout = z.number().min(0).max(60_000).optional();
const code = z.object({ code: z.string().min(1).max(60), text: z.string().max(300) });
const lease = z.object({ contextId, generation });
const origin = z.string().max(300);
const surroundings = z.object({
  locale: z.string().min(2).max(40),
  timezone: z.string().min(1).max(60),
  egress: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("sandbox"), origins: z.record(z.string().max(253), origin) }),
    z.object({ kind: z.literal("public"), hosts: z.array(z.string().max(253)).max(500) }),
  ]),
});
const page = z.string().min(1).max(60);

/** What a page can be asked for. */
const pageAct = z.discriminatedUnion("act", [
  z.object({
    act: z.literal("goto"),
    page,
    url: z.string().max(8_192),
    waitUntil: z.enum(["commit", "domcontentloaded", "load"]).optional(),
    timeout,
  }),
  z.object({ act: z.literal("evaluate"), page, expression: z.string() }),
  z.object({ act: z.literal("click"), page, selector: z.string(), timeout }),
  z.object({
    act: z.literal("waitForSelector"),
    page,
    selector: z.string(),
    state: z.enum(["attached", "visible"]).optional(),
    timeout,
  }),
  z.object({ act: z.literal("cookies"), page, url: z.string().max(8_192) }),
]);
export type PageAct = z.infer<typeof pageAct>;

/** The body's JSON, by operation. */
export const INPUTS = {
  openSession: z.object({
    surroundings,
    startUrl: z.string().max(8_192),
    context: lease.nullable(),
    occasion: z.object({
      app: z.string().max(300),
      store: z.string().max(300),
      purpose: z.enum(["connect", "handOff", "operator"]),
    }),
    looksDone: z.string().max(20_000).nullable(),
    embedders: z.array(origin).max(50),
  }),
  renewLink: z.object({ sessionId }),
  saveSession: z.object({ sessionId, context: lease }),
  resumeSession: z.object({ sessionId, notice: code }),
  endSession: z.object({
    sessionId,
    outcome: z.enum(["connected", "cancelled", "expired", "failed"]),
    notice: code.optional(),
  }),
  deleteContext: z.object({ contextId }),
  holdsContext: z.object({ contextId }),
  ping: z.object({}),
  page: pageAct,
  keep: z.object({ page }),
  release: z.object({ page }),
  leaseSessionPage: z.object({ sessionId }),
  leaseContextPage: z.object({ surroundings, context: lease }),
} as const;
export type WorkerOperation = keyof typeof INPUTS;
export type WorkerInput<O extends WorkerOperation> = z.infer<(typeof INPUTS)[O]>;
