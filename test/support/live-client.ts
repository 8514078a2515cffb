/** The live view's page as far as its server sees it: claims a link, opens the socket, keeps what is said and shown. */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import type { ServerMessage, ViewerMessage } from "../../src/web/live-view/protocol.js";

export interface Frame {
  readonly sharp: boolean;
  readonly tab: number;
  readonly seq: number;
  readonly width: number;
  readonly height: number;
  readonly cssWidth: number;
  readonly cssHeight: number;
  readonly jpeg: Buffer;
  readonly at: number;
}

export interface LiveClient {
  readonly said: ServerMessage[];
  readonly frames: Frame[];
  readonly bytes: () => number;
  /** Bytes as they are, for hostile viewers. */
  readonly raw: (bytes: string | Buffer) => void;
  readonly send: (message: ViewerMessage) => void;
  /** The first message of this kind from `since` on that fits; waits for it. */
  readonly until: <T extends ServerMessage["t"]>(
    kind: T,
    fits?: (message: Extract<ServerMessage, { t: T }>) => boolean,
  ) => Promise<Extract<ServerMessage, { t: T }>>;
  readonly nextFrame: (fits?: (frame: Frame) => boolean) => Promise<Frame>;
  readonly ended: Promise<number>;
  readonly close: () => void;
  /** Reads nothing any more, while the server goes on sending. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Whether frames are acknowledged by themselves. */
  acks: boolean;
  onFrame: ((frame: Frame) => void) | null;
}

export interface Door {
  readonly origin: string;
  readonly id: string;
  /** `name=value` of the viewer's cookie, once claimed. */
  cookie: string;
}

/** What a link leads to. */
export function doorOf(link: string): Door & { readonly secret: string } {
  const url = new URL(link);
  return { origin: url.origin, id: url.pathname.slice("/v/".length), secret: url.hash.slice(1), cookie: "" };
}

export async function claim(
  door: Door,
  secret: string | null,
  options: { nonce?: string; origin?: string; embedded?: boolean; from?: string; at?: string } = {},
): Promise<{ status: number; body: { ticket?: string; error?: string; embedders?: string[] }; setCookie: string }> {
  const answer = await fetch(`${options.at ?? door.origin}/v/${door.id}/claim`, {
    method: "POST",
    headers: {
      origin: options.origin ?? door.origin,
      ...(door.cookie ? { cookie: door.cookie } : {}),
      ...(options.from ? { "x-forwarded-for": options.from } : {}),
    },
    body: JSON.stringify({ secret, nonce: options.nonce ?? makeNonce(), embedded: options.embedded ?? false }),
  });
  const setCookie = answer.headers.get("set-cookie") ?? "";
  if (setCookie) door.cookie = setCookie.split(";")[0] ?? "";
  return { status: answer.status, body: (await answer.json()) as { ticket?: string; error?: string }, setCookie };
}

export const makeNonce = (): string => randomBytes(16).toString("base64url");

export interface SocketOptions {
  readonly origin?: string;
  readonly cookie?: string;
  readonly from?: string;
  readonly at?: string;
}

/** Rejects when the door stays shut. */
export async function openSocket(door: Door, ticket: string, options: SocketOptions = {}): Promise<LiveClient> {
  const socket = new WebSocket(
    `${(options.at ?? door.origin).replace(/^http/, "ws")}/v/${door.id}/socket?ticket=${encodeURIComponent(ticket)}`,
    {
      origin: options.origin ?? door.origin,
      headers: {
        cookie: options.cookie ?? door.cookie,
        ...(options.from ? { "x-forwarded-for": options.from } : {}),
      },
      perMessageDeflate: false,
    },
  );
  const client = listenTo(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return client;
}

export const HELLO = { t: "hello", proto: 1, vw: 1280, vh: 800, dpr: 1, touch: false } as const;

/** Claims the link, opens the socket, says hello. */
export async function enter(link: string, hello: Partial<Extract<ViewerMessage, { t: "hello" }>> = {}) {
  const door = doorOf(link);
  const { body } = await claim(door, door.secret);
  const client = await openSocket(door, body.ticket ?? "");
  client.send({ ...HELLO, ...hello });
  return { client, door };
}

function listenTo(socket: WebSocket): LiveClient {
  const said: ServerMessage[] = [];
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  let bytes = 0;
  const wake = (): void => {
    for (const check of waiting) check();
  };
  const wait = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(check);
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`not within 15 s; said: ${JSON.stringify(said.slice(-6))}`));
      }, 15_000);
      waiting.add(check);
      check();
    });
  const client: LiveClient = {
    said,
    frames,
    bytes: () => bytes,
    raw: (data) => socket.send(data),
    send: (message) => socket.send(JSON.stringify(message)),
    until: (kind, fits = () => true) => {
      type Wanted = Extract<ServerMessage, { t: typeof kind }>;
      return wait(() => said.find((one): one is Wanted => one.t === kind && fits(one as Wanted)));
    },
    nextFrame: (fits = () => true) => {
      const from = frames.length;
      return wait(() => frames.slice(from).find(fits));
    },
    ended: new Promise((resolve) => socket.once("close", resolve)),
    close: () => socket.close(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    acks: true,
    onFrame: null,
  };
  socket.on("message", (data: Buffer, isBinary) => {
    bytes += data.byteLength;
    if (isBinary) {
      const frame = readFrame(data);
      frames.push(frame);
      client.onFrame?.(frame);
      if (client.acks) client.send({ t: "ack", seq: frame.seq });
    } else said.push(JSON.parse(data.toString("utf8")) as ServerMessage);
    wake();
  });
  socket.on("error", () => undefined);
  return client;
}

function readFrame(data: Buffer): Frame {
  return {
    sharp: data.readUInt8(1) === 1,
    tab: data.readUInt16BE(2),
    seq: data.readUInt32BE(4),
    width: data.readUInt16BE(8),
    height: data.readUInt16BE(10),
    cssWidth: data.readUInt16BE(12),
    cssHeight: data.readUInt16BE(14),
    jpeg: data.subarray(20),
    at: performance.now(),
  };
}
