/** Asks a worker over HTTP. A worker that is not there, or speaks another language, is LayerRefused `unavailable`. */
import * as http from "node:http";
import * as https from "node:https";
import { createInterface } from "node:readline";
import { LayerRefused } from "../layer.js";
import {
  CONTENT_TYPE,
  encodeBody,
  type LeaseLine,
  type PageReport,
  type WatchLine,
  type WorkerAnswer,
  type WorkerInput,
  type WorkerOperation,
} from "../worker/wire.js";
import { PageFailed } from "./page-failed.js";
import type { WorkerAddress } from "./workers.js";

export interface Transport {
  /** Throws LayerRefused, PageFailed, or the signal's reason. */
  readonly ask: <O extends WorkerOperation>(
    to: WorkerAddress,
    operation: O,
    input: WorkerInput<O>,
    with_: { readonly key?: Uint8Array; readonly signal?: AbortSignal },
  ) => Promise<unknown>;
  readonly lease: <O extends "leaseSessionPage" | "leaseContextPage">(
    to: WorkerAddress,
    operation: O,
    input: WorkerInput<O>,
    with_: { readonly key?: Uint8Array; readonly signal: AbortSignal },
  ) => Promise<Lease>;
  /** Resolves when the worker hangs up, or falls silent. */
  readonly watch: (to: WorkerAddress, hear: (line: WatchLine) => void, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

export interface Lease {
  readonly line: LeaseLine;
  /** The worker says that nothing is left of it, or is gone itself. */
  readonly over: Promise<void>;
  readonly hangUp: () => void;
}

/** Longer than anything that a worker does before it answers. */
const ANSWER_MS = 100_000;
const SILENCE_MS = 20_000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

type Agents = { readonly http: http.Agent; readonly https: https.Agent };

export function openTransport(): Transport {
  const agents: Agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  return {
    ask: async (to, operation, input, { key, signal }) => {
      const answer = await post(agents, to, operation, input, key ?? null, signal, ANSWER_MS);
      return readAnswer(answer, await readText(answer, signal));
    },
    lease: async (to, operation, input, { key, signal }) => {
      const answer = await post(agents, to, operation, input, key ?? null, signal, 0);
      if (answer.statusCode !== 200) {
        readAnswer(answer, await readText(answer, signal));
        throw new LayerRefused("unavailable");
      }
      return await readLease(answer);
    },
    watch: async (to, hear, signal) => {
      const answer = await send(agents, to, { method: "GET", path: "/v1/watch" }, null, signal, SILENCE_MS);
      if (answer.statusCode !== 200) answer.destroy();
      const lines = createInterface({ input: answer });
      for await (const line of lines) hear(JSON.parse(line) as WatchLine);
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** The body is wiped once it was sent: a key may be in it. */
async function post<O extends WorkerOperation>(
  agents: Agents,
  to: WorkerAddress,
  operation: O,
  input: WorkerInput<O>,
  key: Uint8Array | null,
  signal: AbortSignal | undefined,
  timeout: number,
): Promise<http.IncomingMessage> {
  const request = { method: "POST", path: `/v1/${operation}` };
  const attempt = async (): Promise<http.IncomingMessage> => {
    const body = encodeBody(input, key);
    try {
      return await send(agents, to, request, body, signal, timeout);
    } finally {
      if (key) body.fill(0);
    }
  };
  return await attempt().catch(async (error: unknown) => {
    if (!(error instanceof StaleConnection)) throw error;
    return await attempt();
  });
}

/** A kept connection that the worker had closed meanwhile: it has not seen the request. */
class StaleConnection extends LayerRefused {
  constructor() {
    super("unavailable");
  }
}

async function send(
  agents: Agents,
  { url, secret }: WorkerAddress,
  { method, path }: { method: string; path: string },
  body: Buffer | null,
  signal: AbortSignal | undefined,
  timeout: number,
): Promise<http.IncomingMessage> {
  signal?.throwIfAborted();
  const secure = url.startsWith("https:");
  const headers = {
    authorization: `Bearer ${secret}`,
    ...(body && { "content-type": CONTENT_TYPE, "content-length": body.length }),
  };
  return await new Promise((resolve, reject) => {
    const options = { method, headers, signal, agent: secure ? agents.https : agents.http };
    const request = (secure ? https : http).request(new URL(path, url), options, resolve);
    if (timeout > 0) request.setTimeout(timeout, () => request.destroy());
    request.once("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(signal.reason);
      reject(
        request.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection() : new LayerRefused("unavailable"),
      );
    });
    request.end(body ?? undefined);
  });
}

async function readText(answer: http.IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw new LayerRefused("unavailable");
      chunks.push(chunk);
    }
  } catch {
    signal?.throwIfAborted();
    throw new LayerRefused("unavailable");
  }
  return Buffer.concat(chunks).toString();
}

function readAnswer({ statusCode, headers }: http.IncomingMessage, text: string): unknown {
  if (!headers["content-type"]?.startsWith("application/json")) {
    // 400 is a request that the worker does not understand: ours are typed, so it is of another version.
    throw new LayerRefused("unavailable");
  }
  const answer = JSON.parse(text) as WorkerAnswer;
  if ("refused" in answer) throw new LayerRefused(answer.refused, answer.retryAfterMs);
  if ("page" in answer) throw new PageFailed(answer.page, answer satisfies PageReport);
  if (statusCode !== 200) throw new LayerRefused("unavailable");
  return answer.value;
}

async function readLease(answer: http.IncomingMessage): Promise<Lease> {
  const lines = createInterface({ input: answer });
  const over = new Promise<void>((resolve) => {
    answer.once("close", resolve);
    answer.once("error", () => resolve());
  });
  // It repeats what befalls the answer, and unheard that would be the end of the gateway: a worker may die at any moment.
  lines.on("error", () => undefined);
  const first = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    void over.then(() => reject(new LayerRefused("gone")));
  });
  return { line: JSON.parse(first) as LeaseLine, over, hangUp: () => answer.destroy() };
}
