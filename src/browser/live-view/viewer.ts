/** One viewer's socket: what comes is checked and counted before anybody hears it; what goes never piles up. */
import type { RawData, WebSocket } from "ws";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { type FrameFlow, openFrameFlow } from "./frame-flow.js";
import { type FileChunk, readChunk, readMessage } from "./messages.js";

export interface Viewer {
  readonly say: (message: ServerMessage) => void;
  readonly frames: FrameFlow;
  /** Says the last word and closes. */
  readonly end: (reason: Extract<ServerMessage, { t: "closed" }>["reason"]) => void;
}

export interface ViewerEars {
  readonly onMessage: (message: ViewerMessage) => void;
  readonly onChunk: (chunk: FileChunk) => void;
  readonly onLevel: () => void;
  /** It looks no more; may come twice. */
  readonly onClose: () => void;
}

/** Messages and bytes that a viewer may send in a second, files aside; and how far ahead it may be. */
const MESSAGES = { perSecond: 300, burst: 1_200 };
const BYTES = { perSecond: 256 * 1024, burst: 2 * 1024 * 1024 };
const FILE_BYTES = { perSecond: 8 * 1024 * 1024, burst: 12 * 1024 * 1024 };
/** A socket that has this much to send does not read: no honest viewer comes near it, as frames wait for acknowledgements. */
const MAX_UNSENT = 4 * 1024 * 1024;
const HEARTBEAT_MS = 5_000;
const SILENT_BEATS = 5;
/** WebSocket close codes: ours for a session's end, and "policy violation". */
const ENDED = 4000;
const UNACCEPTABLE = 1008;

export function openViewer(socket: WebSocket, ears: ViewerEars): Viewer {
  const send = (bytes: Buffer | string) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT) return socket.terminate();
    socket.send(bytes, () => undefined);
  };
  const say = (message: ServerMessage): void => send(JSON.stringify(message));
  const frames = openFrameFlow(send, (level) => {
    say({ t: "quality", level });
    ears.onLevel();
  });
  const budgets = { messages: openBudget(MESSAGES), bytes: openBudget(BYTES), files: openBudget(FILE_BYTES) };
  let isGreeted = false;
  const refuse = (): void => {
    ears.onClose();
    socket.close(UNACCEPTABLE);
    // What it sends from now on is not read any more.
    setTimeout(() => socket.terminate(), 1_000).unref();
    socket.off("message", hear);
  };
  const hear = (raw: RawData, isBinary: boolean) => {
    const bytes = Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw as Buffer);
    const budget = isBinary ? budgets.files : budgets.bytes;
    if (!budgets.messages(1) || !budget(bytes.byteLength)) return refuse();
    if (isBinary) {
      const chunk = isGreeted ? readChunk(bytes) : null;
      return chunk ? ears.onChunk(chunk) : refuse();
    }
    const message = readMessage(bytes);
    if (!message || (message.t === "hello") === isGreeted) return refuse();
    isGreeted = true;
    if (message.t === "ack") return frames.ack(message.seq);
    if (message.t === "ping") return say({ t: "pong" });
    ears.onMessage(message);
  };
  const heartbeat = beat(socket, frames.measured);
  socket.on("message", hear);
  socket.on("error", () => socket.terminate());
  socket.once("close", () => {
    clearInterval(heartbeat);
    ears.onClose();
  });
  return {
    say,
    frames,
    end: (reason) => {
      say({ t: "closed", reason });
      socket.off("message", hear);
      socket.close(ENDED);
      setTimeout(() => socket.terminate(), 500).unref();
    },
  };
}

/** Tells how long a round trip takes, and ends a connection that answers no more. */
function beat(socket: WebSocket, measured: (ms: number) => void): NodeJS.Timeout {
  let sentAt = 0;
  let unanswered = 0;
  socket.on("pong", () => {
    unanswered = 0;
    measured(performance.now() - sentAt);
  });
  const ping = () => {
    if (unanswered >= SILENT_BEATS) return socket.terminate();
    if (unanswered === 0) sentAt = performance.now();
    unanswered += 1;
    if (socket.readyState === socket.OPEN) socket.ping();
  };
  ping();
  const timer = setInterval(ping, HEARTBEAT_MS);
  timer.unref();
  return timer;
}

/** Whether so much more may be, at `perSecond` on average. */
function openBudget({ perSecond, burst }: { perSecond: number; burst: number }): (amount: number) => boolean {
  let left = burst;
  let at = performance.now();
  return (amount) => {
    const now = performance.now();
    left = Math.min(burst, left + ((now - at) / 1_000) * perSecond) - amount;
    at = now;
    return left >= 0;
  };
}
