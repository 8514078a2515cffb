/** One session's live view: who is admitted, who looks right now, and what of the session they are told. */
import type { WebSocket } from "ws";
import type { Clock } from "../../kernel/clock.js";
import type { Log } from "../../kernel/log.js";
import type { Phase, ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { type Admission, openAdmission } from "./links.js";
import { openStage, type Stage } from "./stage.js";
import { openViewer, type Viewer } from "./viewer.js";
import type { WatchedSession } from "./watched-session.js";

export interface SessionView {
  readonly session: WatchedSession;
  readonly admission: Admission;
  /** A socket that may look. Whoever looked before it does so no more. */
  readonly admit: (socket: WebSocket) => void;
  /** Nobody looks from here on, until somebody is admitted again. */
  readonly dismiss: () => void;
  readonly close: () => void;
}

const ENDS: ReadonlySet<Phase> = new Set(["connected", "cancelled", "expired", "failed"]);

export function openSessionView(session: WatchedSession, clock: Clock, log: Log): SessionView {
  const admission = openAdmission(clock, session.claimed);
  let viewer: Viewer | null = null;
  let stage: Stage | null = null;
  let isClosed = false;

  const mount = (): void => {
    const browser = session.browser();
    if (browser && !stage) {
      stage = openStage({ ...browser, isUnseen: session.isUnseen });
      if (viewer) stage.enter(viewer);
    } else if (!browser && stage) {
      stage.close();
      stage = null;
    }
  };
  let told = "";
  /** What is new of it. */
  const tell = (): void => {
    if (!viewer) return;
    const { idleEndsAt } = session.state();
    const messages = [
      stateOf(session),
      ...(idleEndsAt ? [{ t: "idle", endsAt: idleEndsAt.toISOString() } as const] : []),
    ];
    const text = JSON.stringify(messages);
    if (text === told) return;
    told = text;
    for (const message of messages) viewer.say(message);
  };
  const dismiss = (reason: Phase | "revoked"): void => {
    const one = viewer;
    viewer = null;
    if (!one) return;
    stage?.leave(one);
    one.end(reason);
    session.attached(false);
  };
  const leave = (one: Viewer): void => {
    if (viewer !== one) return;
    viewer = null;
    stage?.leave(one);
    session.attached(false);
    log.debug("live view left");
  };
  const stop = session.onChange(() => {
    if (isClosed) return;
    mount();
    tell();
  });
  mount();

  return {
    session,
    admission,
    admit: (socket) => {
      dismiss("revoked");
      const hear = { stage: () => stage, session };
      const one: Viewer = openViewer(socket, {
        onMessage: (message) => hearViewer(hear, message),
        onChunk: (chunk) => {
          session.active();
          stage?.hearChunk(chunk);
        },
        onLevel: () => stage?.adjust(),
        onClose: () => leave(one),
      });
      viewer = one;
      told = "";
      session.attached(true);
      log.debug("live view entered");
      tell();
      stage?.enter(one);
    },
    dismiss: () => dismiss("revoked"),
    close: () => {
      isClosed = true;
      stop();
      admission.revoke();
      const { phase } = session.state();
      dismiss(ENDS.has(phase) ? phase : "revoked");
      stage?.close();
      stage = null;
    },
  };
}

function stateOf(session: WatchedSession): ServerMessage {
  const { phase, expiresAt, extendable, notice } = session.state();
  return { t: "state", phase, expiresAt: expiresAt.toISOString(), extendable, occasion: session.occasion, notice };
}

interface Hearing {
  readonly stage: () => Stage | null;
  readonly session: WatchedSession;
}

function hearViewer({ stage, session }: Hearing, message: ViewerMessage) {
  switch (message.t) {
    case "stay":
      return session.active();
    case "extend":
      return session.extend();
    case "done":
      return session.done();
    case "cancel":
      return session.cancel();
    case "ack":
    case "ping":
      return;
    case "hello":
    case "resize":
    case "visible":
      return stage()?.hear(message);
    default:
      session.active();
      return stage()?.hear(message);
  }
}
