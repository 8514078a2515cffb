/** One viewer's socket: what comes is checked and counted before anybody hears it; what goes never piles up. */
import type { RawData, WebSocket } from "ws";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { type FrameFlow, openFrameFlow } from "./frame-flow.js";
import { type FileChunk, isMove, readChunk, readMessage } from "./messages.js";
import { openBudget, openHoldUp } from "./reading-pace.js";

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

/**
 * Messages and bytes of a viewer that are read in a second, files aside; and how far ahead it may be. Moves count by their
 * bytes alone, as the pointer joins them: a mouse may tell a thousand and more a second.
 */
const MESSAGES = { perSecond: 300, burst: 1_200 };
const BYTES = { perSecond: 1024 * 1024, burst: 4 * 1024 * 1024 };
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
  const pace = openHoldUp(socket);
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
    pace.hold((isBinary ? budgets.files : budgets.bytes)(bytes.byteLength));
    if (isBinary) {
      pace.hold(budgets.messages(1));
      const chunk = isGreeted ? readChunk(bytes) : null;
      return chunk ? ears.onChunk(chunk) : refuse();
    }
    const message = readMessage(bytes);
    if (!message || (message.t === "hello") === isGreeted) return refuse();
    isGreeted = true;
    if (!isMove(message)) pace.hold(budgets.messages(1));
    if (message.t === "ack") return frames.ack(message.seq);
    if (message.t === "ping") return say({ t: "pong" });
    ears.onMessage(message);
  };
  const heartbeat = beat(socket, frames.measured);
  socket.on("message", hear);
  socket.on("error", () => socket.terminate());
  socket.once("close", () => {
    clearInterval(heartbeat);
    pace.end();
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
