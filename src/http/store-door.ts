/**
 * Where stores call: `/stores/sto_…/…` on every listener (`/hooks/sto_…/…` is the same, for webhooks), and the bare path
 * where a host or a listener is given to one Store. Served beside the web framework, on bytes: signatures are over these, and
 * whoever stands at a gate waits for the answer.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Door, StoreAnswer } from "../identity/index.js";
import { errorFacts, type Log } from "../kernel/log.js";
import { BODY_LIMIT } from "./body.js";
import type { Metrics } from "./metrics.js";
import { requestIdOf } from "./request-id.js";

/** Whatever happens, whoever asked has an answer then. */
const DEADLINE_MS = 2_000;
const BASE = /^\/(?:stores|hooks)\/([^/]{1,64})(\/.*)$/s;
const WIRE_ID = /^sto_[0-9a-f]{32}$/;

/** Words of ours for what no adapter answers; they say nothing of the request. */
const WORDS = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
} as const;

export interface StoreDoorOptions {
  readonly door: Door;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Host name, lower-case → the Store whose routes are at the bare path there. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly deadlineMs?: number;
}

/** Null: this request is not for a Store. */
export type StoreDoor = (request: IncomingMessage) => RequestListener | null;

interface Address {
  readonly store: string;
  readonly path: string;
}

export function openStoreDoor(options: StoreDoorOptions): StoreDoor {
  return (request) => {
    const address = addressOf(request, options.hosts);
    return address === null ? null : (incoming, outgoing) => void serve(options, address, incoming, outgoing);
  };
}

/** On a listener of its own everything is for one Store. */
export const openBareDoor =
  (options: Omit<StoreDoorOptions, "hosts">, store: string): RequestListener =>
  (incoming, outgoing) => {
    const path = pathOf(incoming.url ?? "/");
    if (incoming.method === "GET" && path === "/healthz") return void send(outgoing, 200, "{}", "");
    void serve({ ...options, hosts: new Map() }, { store, path }, incoming, outgoing);
  };

const pathOf = (target: string): string => {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
};

function addressOf({ url = "/", headers }: IncomingMessage, hosts: StoreDoorOptions["hosts"]): Address | null {
  if (hosts.size > 0) {
    const store = hosts.get((headers.host ?? "").toLowerCase().replace(/:\d+$/, ""));
    if (store !== undefined) return { store, path: pathOf(url) };
  }
  if (!url.startsWith("/stores/") && !url.startsWith("/hooks/")) return null;
  const [, store, path] = BASE.exec(pathOf(url)) ?? [];
  return { store: store ?? "", path: path ?? "/" };
}

interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly headers?: StoreAnswer["headers"];
  readonly adapter?: string;
}
const refused = (status: keyof typeof WORDS): Outcome => ({
  status,
  body: JSON.stringify({ errorMsg: WORDS[status] }),
});

async function serve(
  options: StoreDoorOptions,
  address: Address,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const began = performance.now();
  const requestId = requestIdOf(incoming);
  const outcome = await answerInTime(options, address, incoming, requestId);
  send(outgoing, outcome.status, outcome.body, requestId, outcome.headers);
  const seconds = (performance.now() - began) / 1_000;
  const { status, adapter } = outcome;
  // A gate that opened is in the metrics; one that stayed closed is in the log.
  options.log[status < 300 ? "debug" : "info"]("http.store", {
    ...{ requestId, method: incoming.method, status, adapter, durationMs: Math.round(seconds * 100_000) / 100 },
    storeId: WIRE_ID.test(address.store) ? address.store : undefined,
    path: status === 404 ? undefined : address.path,
  });
  options.metrics.observeRoute({ adapter: adapter ?? "none", status, seconds });
}

/** What is still under way after the deadline ends by its own: what it changed is there for whoever asks the same again. */
function answerInTime(
  options: StoreDoorOptions,
  address: Address,
  incoming: IncomingMessage,
  requestId: string,
): Promise<Outcome> {
  const ending = openEnding();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      ending.end();
      options.log.warn("http.store.late", { requestId });
      resolve(refused(500));
    }, options.deadlineMs ?? DEADLINE_MS);
    // It never throws.
    void answer(options, address, incoming, requestId, ending).then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

interface Ending {
  readonly isOver: () => boolean;
  readonly signal: () => AbortSignal;
  readonly end: () => void;
}

/** The end of a request, and a signal of it for whoever asks for one: to make it costs as much as to look somebody up. */
function openEnding(): Ending {
  let isOver = false;
  let controller: AbortController | undefined;
  return {
    isOver: () => isOver,
    signal: () => {
      controller ??= new AbortController();
      if (isOver) controller.abort();
      return controller.signal;
    },
    end: () => {
      isOver = true;
      controller?.abort();
    },
  };
}

async function answer(
  { door, log }: StoreDoorOptions,
  { store, path }: Address,
  incoming: IncomingMessage,
  requestId: string,
  ending: Ending,
): Promise<Outcome> {
  const { method = "GET", url = "/" } = incoming;
  if (!door.hasRoute(method, path)) {
    incoming.resume();
    return refused(["GET", "POST"].some((other) => door.hasRoute(other, path)) ? 405 : 404);
  }
  try {
    const body = await readBytes(incoming);
    if (body === null) return refused(400);
    const headers = incoming.headers as Readonly<Record<string, string | undefined>>;
    const request = { method, path: url, headers, body };
    const arrived = {
      ...{ store, path, request, requestId },
      get signal() {
        return ending.signal();
      },
    };
    const answered = await door.receive(arrived);
    if (answered === null) return refused(403);
    const { status, body: told, headers: own, adapter } = answered;
    return { status, body: told === undefined ? "" : JSON.stringify(told), headers: own, adapter };
  } catch (error) {
    if (!ending.isOver()) log.error("http.store.error", { ...errorFacts(error), requestId });
    return refused(500);
  }
}

/** Null when there are more than this door takes. */
function readBytes(incoming: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_LIMIT) {
        // The rest is read and dropped, so that the one who sends it gets to read the answer.
        incoming.removeAllListeners("data").resume();
        resolve(null);
      } else chunks.push(chunk);
    });
    incoming.on("end", () => {
      const [only = Buffer.alloc(0)] = chunks;
      resolve(chunks.length < 2 ? only : Buffer.concat(chunks));
    });
    incoming.on("error", reject);
  });
}

function send(
  outgoing: ServerResponse,
  status: number,
  body: string,
  requestId: string,
  headers: StoreAnswer["headers"] = {},
): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  outgoing.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(requestId === "" ? {} : { "x-request-id": requestId }),
    ...headers,
  });
  outgoing.end(body);
}
