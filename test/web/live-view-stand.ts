/** A live-view server of the tests' own: it says what it is told to say, and remembers what it heard. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type ClaimRequest,
  FRAME,
  liveViewCaching,
  liveViewFiles,
  liveViewHeaders,
  type Occasion,
  type Phase,
  type ServerMessage,
  type ViewerMessage,
} from "../../src/web/index.js";

const OCCASION: Occasion = { app: "Feira Fácil", store: "Mercado Livre", purpose: "connect" };
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export interface Stand {
  readonly origin: string;
  readonly link: string;
  readonly heard: ViewerMessage[];
  /** What came as binary. */
  readonly pieces: Buffer[];
  readonly claims: ClaimRequest[];
  /** Every path that was asked for. */
  readonly paths: string[];
  /** Answers the next claims; null grants them. */
  refuse: { readonly status: number; readonly body: unknown } | null;
  /** Called with each hello. */
  greet: (hello: Extract<ViewerMessage, { t: "hello" }>) => void;
  embedders: readonly string[];
  readonly say: (message: ServerMessage) => void;
  readonly state: (phase: Phase, more?: Partial<Extract<ServerMessage, { t: "state" }>>) => void;
  readonly frame: (jpeg: Buffer, cssWidth: number, cssHeight: number, tab?: number) => number;
  /** Ends the sockets as a lost network does. */
  readonly cut: () => void;
  readonly sockets: () => number;
  readonly close: () => Promise<void>;
}

/** The messages of one kind, in order. */
export function heardOf<T extends ViewerMessage["t"]>(stand: Stand, t: T): Extract<ViewerMessage, { t: T }>[] {
  return stand.heard.filter((message): message is Extract<ViewerMessage, { t: T }> => message.t === t);
}

/** What those messages type, in order: keys with text, text, composed and pasted. */
export function typedIn(stand: Stand): string {
  const parts = stand.heard.map((message) => {
    if (message.t === "key") return message.k === "down" && message.text !== "\r" ? (message.text ?? "") : "";
    if (message.t === "text" || message.t === "paste") return message.s;
    return message.t === "comp" && message.k === "end" ? message.s : "";
  });
  return parts.join("");
}

export async function openStand(): Promise<Stand> {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((asked, answer) => void attend(stand, asked, answer));
  server.on("upgrade", (asked, socket, head) =>
    sockets.handleUpgrade(asked, socket, head, (opened) => listen(stand, opened)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let seq = 0;
  const tell = (bytes: string | Buffer) => {
    for (const one of sockets.clients) one.send(bytes);
  };
  const stand: Stand = {
    origin,
    link: `${origin}/v/bs_stand#s3cr3t-of-the-link`,
    heard: [],
    pieces: [],
    claims: [],
    paths: [],
    refuse: null,
    greet: () => undefined,
    embedders: [],
    say: (message) => tell(JSON.stringify(message)),
    state: (phase, more = {}) =>
      stand.say({
        t: "state",
        phase,
        expiresAt: new Date(Date.now() + 20 * 60_000).toISOString(),
        extendable: true,
        occasion: OCCASION,
        notice: null,
        ...more,
      }),
    frame: (jpeg, cssWidth, cssHeight, tab = 1) => {
      seq += 1;
      tell(Buffer.concat([headOf(tab, seq, jpeg, cssWidth, cssHeight), jpeg]));
      return seq;
    },
    cut: () => {
      for (const one of sockets.clients) one.terminate();
    },
    sockets: () => sockets.clients.size,
    close: async () => {
      for (const one of sockets.clients) one.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return stand;
}

function headOf(tab: number, seq: number, jpeg: Buffer, cssWidth: number, cssHeight: number): Buffer {
  const { width, height } = sizeOf(jpeg);
  const head = Buffer.alloc(FRAME.headerBytes);
  head.writeUInt8(FRAME.type, 0);
  head.writeUInt16BE(tab, 2);
  head.writeUInt32BE(seq, 4);
  head.writeUInt16BE(width, 8);
  head.writeUInt16BE(height, 10);
  head.writeUInt16BE(cssWidth, 12);
  head.writeUInt16BE(cssHeight, 14);
  return head;
}

/** From the start-of-frame marker. */
function sizeOf(jpeg: Buffer): { width: number; height: number } {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xc2)
      return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) };
  }
  return { width: 0, height: 0 };
}

function listen(stand: Stand, socket: WebSocket): void {
  socket.on("message", (raw: Buffer, isBinary: boolean) => {
    if (isBinary) return void stand.pieces.push(raw);
    const message: ViewerMessage = JSON.parse(raw.toString("utf8"));
    stand.heard.push(message);
    if (message.t === "hello") stand.greet(message);
    if (message.t === "ping") stand.say({ t: "pong" });
  });
}

async function attend(stand: Stand, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { pathname } = new URL(asked.url ?? "/", stand.origin);
  stand.paths.push(asked.url ?? "/");
  for (const [name, value] of Object.entries(liveViewHeaders({ embedders: stand.embedders }))) {
    answer.setHeader(name, value);
  }
  answer.setHeader("cache-control", liveViewCaching(pathname));
  if (pathname.endsWith("/claim")) return await claim(stand, asked, answer);
  const file = pathname.startsWith("/v/assets/") ? pathname.slice("/v/".length) : "index.html";
  answer.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
  answer.end(await readFile(join(liveViewFiles().root, file)).catch(() => ""));
}

async function claim(stand: Stand, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk);
  const request: ClaimRequest = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  stand.claims.push(request);
  const refusal = stand.refuse;
  answer.statusCode = refusal?.status ?? 200;
  answer.setHeader("content-type", "application/json");
  answer.end(JSON.stringify(refusal?.body ?? { ticket: `t${stand.claims.length}`, embedders: stand.embedders }));
}
