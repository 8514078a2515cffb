/**
 * The way to the live view's server, on this page's own origin:
 *
 *   POST /v/<id>/claim   JSON ClaimRequest → 200 ClaimAnswer and the viewer's cookie; 400, 401, 403, 404, 410
 *                        ClaimRefusal, for good; anything else, and no answer at all, is asked again
 *   GET  /v/<id>/socket?ticket=…   the WebSocket; each ticket opens one, so that every try begins with a claim
 *
 * The secret goes with the first claim only; later ones go by the cookie. A socket that ends without `closed` was lost: it is
 * opened again, ever slower, and at once when the network or the shopper comes back. What was typed meanwhile is not sent later.
 */
import type { ClaimAnswer, ClaimRefusal, ClaimRequest, ServerMessage, ViewerMessage } from "../protocol.js";
import { forgetSecret, type Link } from "./link.js";

/** What the page hears. */
export interface Ears {
  /** Said first on each socket. */
  readonly hello: () => ViewerMessage;
  /** With how far the server's clock is ahead of this one's, in milliseconds; a shopper's may be wrong. */
  readonly claimed: (answer: ClaimAnswer, aheadMs: number) => void;
  readonly joined: () => void;
  readonly lost: () => void;
  readonly message: (message: ServerMessage) => void;
  readonly frame: (frame: ArrayBuffer) => void;
  /** It will never work; nothing is tried any more. */
  readonly refused: (why: ClaimRefusal["error"]) => void;
}

/** One page's connection, through however many sockets. */
export interface Connection {
  /** Dropped when there is no socket. */
  readonly send: (message: ViewerMessage) => void;
  readonly sendBytes: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Bytes that wait to leave. */
  readonly backlog: () => number;
  readonly retry: () => void;
  readonly close: () => void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const PING_EVERY_MS = 15_000;
const SILENCE_MS = 35_000;
const CLAIM_LIMIT_MS = 15_000;
const FINAL: readonly number[] = [400, 401, 403, 404, 410];

/** Connects, and stays connected until the server or the caller ends it. */
export function openConnection(link: Link, ears: Ears): Connection {
  let socket: WebSocket | null = null;
  let ended = false;
  let trying = false;
  const end = () => {
    ended = true;
    retries.cancel();
    socket?.close();
    socket = null;
  };
  const attempt = async () => {
    if (ended || trying || socket) return;
    trying = true;
    retries.cancel();
    const answer = await claim(link);
    trying = false;
    if (ended) return;
    if (answer === null) return retries.later();
    if ("error" in answer) {
      end();
      return ears.refused(answer.error);
    }
    ears.claimed(answer.granted, answer.aheadMs);
    join(answer.granted.ticket);
  };
  const retries = openRetries(() => void attempt());
  const join = (ticket: string) => {
    const lost = () => {
      if (socket !== opened) return;
      socket = null;
      ears.lost();
      if (!ended) retries.later();
    };
    const opened = openSocket(link.id, ticket, { ...earsOf(ears, retries.reset, end), lost });
    socket = opened;
  };
  retries.soon();
  return { ...sendingOf(() => socket), retry: retries.soon, close: end };
}

/** Tries at once, and again ever later until it worked; at once, too, when the network or the shopper comes back. */
function openRetries(attempt: () => void) {
  let pause = FIRST_PAUSE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reset = () => {
    pause = FIRST_PAUSE_MS;
  };
  const soon = () => {
    reset();
    attempt();
  };
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  return {
    soon,
    later: () => {
      timer = setTimeout(attempt, pause * (0.75 + Math.random() / 2));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    },
    cancel: () => clearTimeout(timer),
    /** It worked. */
    reset,
  };
}

/** What a socket is to hear beside what the page does. */
function earsOf(ears: Ears, worked: () => void, end: () => void): Ears {
  return {
    ...ears,
    joined: () => {
      worked();
      ears.joined();
    },
    message: (message) => {
      if (message.t === "closed") end();
      ears.message(message);
    },
  };
}

function sendingOf(socket: () => WebSocket | null): Pick<Connection, "send" | "sendBytes" | "backlog"> {
  const send = (bytes: string | Uint8Array<ArrayBuffer>) => {
    const open = socket();
    if (open?.readyState === WebSocket.OPEN) open.send(bytes);
  };
  return {
    send: (message) => send(JSON.stringify(message)),
    sendBytes: send,
    backlog: () => socket()?.bufferedAmount ?? 0,
  };
}

type Claimed = { readonly granted: ClaimAnswer; readonly aheadMs: number };

/** Null: no answer, or one that may be better next time. */
async function claim(link: Link): Promise<Claimed | ClaimRefusal | null> {
  const request: ClaimRequest = { secret: link.secret, nonce: link.nonce, embedded: window.parent !== window };
  try {
    const answer = await fetch(`/v/${link.id}/claim`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(CLAIM_LIMIT_MS),
    });
    if (answer.status !== 200 && !FINAL.includes(answer.status)) return null;
    // An answer that is cut short is asked for again, with the same secret.
    const body: unknown = await answer
      .json()
      .catch((trouble) => (answer.status === 200 ? Promise.reject(trouble) : {}));
    forgetSecret(link); // burned, or worth nothing
    if (answer.status !== 200) return { error: (body as Partial<ClaimRefusal>).error ?? "unknown" };
    const granted = body as ClaimAnswer;
    const date = Date.parse(answer.headers.get("date") ?? "");
    return { granted, aheadMs: Number.isNaN(date) ? 0 : date - Date.now() };
  } catch {
    return null;
  }
}

/** One socket; `lost` is called once, however it ends. */
function openSocket(id: string, ticket: string, ears: Ears): WebSocket {
  const address = new URL(`/v/${id}/socket?ticket=${encodeURIComponent(ticket)}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let heard = Date.now();
  let isOver = false;
  const over = () => {
    clearInterval(pulse);
    if (isOver) return;
    isOver = true;
    socket.close();
    ears.lost();
  };
  const pulse = setInterval(() => {
    if (Date.now() - heard > SILENCE_MS) over();
    else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ t: "ping" } satisfies ViewerMessage));
  }, PING_EVERY_MS);
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify(ears.hello()));
    ears.joined();
  });
  socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => {
    heard = Date.now();
    if (typeof data !== "string") ears.frame(data);
    else ears.message(JSON.parse(data));
  });
  socket.addEventListener("close", over);
  return socket;
}
