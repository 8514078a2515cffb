/** One session's live view: who is admitted, who looks right now, and what of the session they are told. */
import type { WebSocket } from "ws";
import type { Clock } from "../../kernel/clock.js";
import type { Log } from "../../kernel/log.js";
import type { Phase, ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { type Admission, openAdmission } from "./links.js";
import { openStage, type Stage } from "./stage.js";
import { openViewer, type Viewer, type ViewerEars } from "./viewer.js";
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
  const staging = openStaging(session);
  const news = openNews(session);
  let viewer: Viewer | null = null;
  const leave = (one: Viewer | null, reason?: Phase | "revoked"): void => {
    if (!one || viewer !== one) return;
    viewer = null;
    staging.stage()?.leave(one);
    if (reason) one.end(reason);
    else log.debug("live view left");
    session.attached(false);
  };
  const dismiss = (reason: Phase | "revoked"): void => leave(viewer, reason);
  const admit = (socket: WebSocket): void => {
    dismiss("revoked");
    const one: Viewer = openViewer(socket, { ...hearingOf(session, staging.stage), onClose: () => leave(one) });
    viewer = one;
    news.forget();
    session.attached(true);
    log.debug("live view entered");
    news.tell(one);
    staging.stage()?.enter(one);
  };
  const stop = session.onChange(() => {
    staging.follow(viewer);
    if (viewer) news.tell(viewer);
  });
  staging.follow(null);
  return {
    session,
    admission,
    admit,
    dismiss: () => dismiss("revoked"),
    close: () => {
      stop();
      admission.revoke();
      const { phase } = session.state();
      dismiss(ENDS.has(phase) ? phase : "revoked");
      staging.close();
    },
  };
}

/** Has a stage as long as the session has a browser. */
function openStaging(session: WatchedSession) {
  let stage: Stage | null = null;
  const close = (): void => {
    stage?.close();
    stage = null;
  };
  return {
    stage: () => stage,
    /** Whoever looks already enters a stage that is new. */
    follow: (viewer: Viewer | null): void => {
      const browser = session.browser();
      if (!browser) close();
      else if (!stage) {
        stage = openStage({ ...browser, isUnseen: session.isUnseen });
        if (viewer) stage.enter(viewer);
      }
    },
    close,
  };
}

/** What is new of the session's state, for whoever looks. */
function openNews(session: WatchedSession) {
  let told = "";
  return {
    tell: (viewer: Viewer): void => {
      const { idleEndsAt } = session.state();
      const messages = [
        stateOf(session),
        ...(idleEndsAt ? [{ t: "idle", endsAt: idleEndsAt.toISOString() } as const] : []),
      ];
      const text = JSON.stringify(messages);
      if (text === told) return;
      told = text;
      for (const message of messages) viewer.say(message);
    },
    /** Somebody else looks from here on, who knows nothing yet. */
    forget: (): void => {
      told = "";
    },
  };
}

function stateOf(session: WatchedSession): ServerMessage {
  const { phase, expiresAt, extendable, notice } = session.state();
  return { t: "state", phase, expiresAt: expiresAt.toISOString(), extendable, occasion: session.occasion, notice };
}

function hearingOf(session: WatchedSession, stage: () => Stage | null): Omit<ViewerEars, "onClose"> {
  return {
    onMessage: (message) => hearViewer(session, stage, message),
    onChunk: (chunk) => {
      session.active();
      stage()?.hearChunk(chunk);
    },
    onLevel: () => stage()?.adjust(),
  };
}

function hearViewer(session: WatchedSession, stage: () => Stage | null, message: ViewerMessage) {
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
