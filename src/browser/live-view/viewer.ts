/** One viewer's socket: what comes is checked and counted before anybody hears it; what goes never piles up. */
import type { RawData, WebSocket } from "ws";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { type FrameFlow, openFrameFlow } from "./frame-flow.js";
import { type FileChunk, isMove, readChunk, readMessage } from "./messages.js";
import { openReadingPace } from "./reading-pace.js";

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

/** A socket that has this much to send does not read: no honest viewer comes near it, as frames wait for acknowledgements. */
const MAX_UNSENT = 4 * 1024 * 1024;
const HEARTBEAT_MS = 5_000;
const SILENT_BEATS = 5;
/** WebSocket close codes: ours for a session's end, and "policy violation". */
const ENDED = 4000;
const UNACCEPTABLE = 1008;
/** How long a socket that is closed from here may take to say so, too. */
const ENDED_WITHIN_MS = 500;
const REFUSED_WITHIN_MS = 1_000;

export function openViewer(socket: WebSocket, ears: ViewerEars): Viewer {
  const send = sendTo(socket);
  const say = (message: ServerMessage): void => send(JSON.stringify(message));
  const frames = openFrameFlow(send, (level) => {
    say({ t: "quality", level });
    ears.onLevel();
  });
  const stopReading = readFrom(socket, {
    onChunk: ears.onChunk,
    onMessage: (message) => {
      if (message.t === "ack") return frames.ack(message.seq);
      if (message.t === "ping") return say({ t: "pong" });
      ears.onMessage(message);
    },
    onUnacceptable: () => {
      ears.onClose();
      leave(UNACCEPTABLE, REFUSED_WITHIN_MS);
    },
  });
  /** What it sends from now on is not heard any more. */
  const leave = (code: number, withinMs: number): void => {
    stopReading();
    socket.close(code);
    setTimeout(() => socket.terminate(), withinMs).unref();
  };
  const heartbeat = beat(socket, frames.measured);
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
      leave(ENDED, ENDED_WITHIN_MS);
    },
  };
}

function sendTo(socket: WebSocket): (bytes: Buffer | string) => void {
  return (bytes) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT) return socket.terminate();
    socket.send(bytes, () => undefined);
  };
}

interface ReadingEars extends Pick<ViewerEars, "onMessage" | "onChunk"> {
  /** Nothing that an honest viewer sends: it greets first, and once. */
  readonly onUnacceptable: () => void;
}

/** Reads no faster than a viewer may speak. Answers how to stop hearing it. */
function readFrom(socket: WebSocket, { onMessage, onChunk, onUnacceptable }: ReadingEars): () => void {
  const pace = openReadingPace(socket);
  let isGreeted = false;
  const hear = (raw: RawData, isBinary: boolean) => {
    const bytes = Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw as Buffer);
    pace.bytes(bytes.byteLength, isBinary);
    if (isBinary) {
      pace.message();
      const chunk = isGreeted ? readChunk(bytes) : null;
      return chunk ? onChunk(chunk) : onUnacceptable();
    }
    const message = readMessage(bytes);
    if (!message || (message.t === "hello") === isGreeted) return onUnacceptable();
    isGreeted = true;
    if (!isMove(message)) pace.message();
    onMessage(message);
  };
  socket.on("message", hear);
  socket.once("close", pace.end);
  return () => void socket.off("message", hear);
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
