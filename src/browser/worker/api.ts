/** The worker's door: HTTP for whoever knows the secret, and for nobody else. */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorFacts, type Log } from "../../kernel/log.js";
import { refusalOf } from "../refusals.js";
import type { Words } from "../sessions/words.js";
import { PageActFailed } from "./lent-pages.js";
import { ANSWERS, type Asked, LEASES, type LeaseOperation, type Rooms } from "./operations.js";
import {
  BEAT_MS,
  CONTENT_TYPE,
  decodeBody,
  INPUTS,
  MAX_BODY_BYTES,
  type WatchLine,
  type WorkerAnswer,
  type WorkerOperation,
} from "./wire.js";

export interface WorkerApiOptions {
  readonly rooms: Rooms;
  readonly words: Words;
  readonly host: string;
  readonly port: number;
  /** At least 32 characters. */
  readonly secret: string;
  readonly log: Log;
}

export interface WorkerApi {
  readonly port: number;
  readonly close: () => Promise<void>;
}

export async function openWorkerApi(options: WorkerApiOptions): Promise<WorkerApi> {
  if (options.secret.length < 32) throw new RangeError("A worker's secret has at least 32 characters.");
  const isSecret = compareWith(options.secret);
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    if (!isSecret(request.headers.authorization)) return void refuse(request, response, 401);
    serve(options, request, response).catch((error: unknown) => {
      if (response.destroyed) return; // hung up in the middle
      options.log.error("browser worker failed", errorFacts(error));
      response.headersSent ? response.destroy() : response.writeHead(500).end();
    });
  });
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** By digest: the comparison takes as long whatever was sent. */
function compareWith(secret: string): (header: string | undefined) => boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = digest(`Bearer ${secret}`);
  return (header) => timingSafeEqual(digest(header ?? ""), right);
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  // What was not read yet is not read any more.
  response.writeHead(status, { connection: "close" }).end(() => request.destroy());
}

async function serve(options: WorkerApiOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const operation = /^\/v1\/([A-Za-z]+)$/.exec(request.url ?? "")?.[1] ?? "";
  if (request.method === "GET" && operation === "watch") return void watch(options, response);
  if (request.method !== "POST" || !isOperation(operation)) return void refuse(request, response, 404);
  if (request.headers["content-type"] !== CONTENT_TYPE) return void refuse(request, response, 415);
  const body = await readBody(request);
  if (body === "too-large") return void refuse(request, response, 413);
  const decoded = decodeBody(body);
  body.fill(0);
  const input = INPUTS[operation].safeParse(decoded?.json);
  if (!decoded || !input.success) {
    decoded?.key?.fill(0);
    return void response.writeHead(400).end();
  }
  const asked = { input: input.data, key: decoded.key, signal: whileWaiting(response) };
  try {
    if (isLease(operation)) await serveLease(options, operation, asked as Asked<never>, response);
    else await answer(options, operation, asked as Asked<never>, response);
  } finally {
    decoded.key?.fill(0);
  }
}

const isOperation = (name: string): name is WorkerOperation => Object.hasOwn(INPUTS, name);
const isLease = (name: WorkerOperation): name is LeaseOperation => Object.hasOwn(LEASES, name);

function whileWaiting(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function answer(
  { rooms, log }: WorkerApiOptions,
  operation: Exclude<WorkerOperation, LeaseOperation>,
  asked: Asked<never>,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, 200, { value: await ANSWERS[operation](rooms, asked) });
  } catch (error) {
    sendFailure(response, error, log);
  }
}

/** Its answer lasts as long as the lease: either end hangs up when it is over. */
async function serveLease(
  { rooms, log }: WorkerApiOptions,
  operation: LeaseOperation,
  asked: Asked<never>,
  response: ServerResponse,
): Promise<void> {
  try {
    await LEASES[operation](rooms, asked, (line) => {
      response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
      response.write(`${JSON.stringify(line)}\n`);
    });
    response.end();
  } catch (error) {
    if (response.headersSent) response.end();
    else sendFailure(response, error, log);
  }
}

function send(response: ServerResponse, status: number, body: WorkerAnswer): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function sendFailure(response: ServerResponse, error: unknown, log: Log): void {
  if (error instanceof PageActFailed) return void send(response, 422, { page: error.why, ...error.report });
  const refusal = refusalOf(error);
  if (refusal) return void send(response, 409, { refused: refusal.why, retryAfterMs: refusal.retryAfterMs });
  // Given up: nobody hears it.
  if (error instanceof Error && error.name === "AbortError") return void response.destroy();
  log.error("browser worker failed", errorFacts(error));
  response.writeHead(500).end();
}

/** Every chunk is wiped: a key may be in it. */
async function readBody(request: IncomingMessage): Promise<Buffer | "too-large"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return "too-large";
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  for (const chunk of chunks) chunk.fill(0);
  return body;
}

function watch({ rooms, words }: WorkerApiOptions, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  const write = (line: WatchLine): void => void response.write(`${JSON.stringify(line)}\n`);
  const stop = words.listen((event) => write({ event }));
  write({ living: rooms.sessions.living() });
  const beat = setInterval(() => write({ beat: 1 }), BEAT_MS);
  response.once("close", () => {
    clearInterval(beat);
    stop();
  });
}
