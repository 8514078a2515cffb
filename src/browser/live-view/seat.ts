/** Who looks at a session, and with which screen: the tab in front is watched as long as somebody sees it. */
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import type { FrameFlow, Picture } from "./frame-flow.js";
import type { Screen, Tab } from "./tab.js";

/** Whoever looks at the stage. */
export interface Audience {
  readonly say: (message: ServerMessage) => void;
  readonly frames: FrameFlow;
}

const SMALLEST = { width: 240, height: 240 };
const LARGEST = { width: 1600, height: 1200 };
/** More pixels than this no still picture has. */
const MAX_PIXELS = 4_000_000;

/** For one at a time. */
export function openSeat(front: () => Tab | null) {
  let audience: Audience | null = null;
  let screen: Screen | null = null;
  let isVisible = true;
  const show = (): void => {
    if (audience && screen && isVisible) front()?.watch(screen, audience.frames.level());
    else front()?.unwatch();
  };
  return {
    isEmpty: (): boolean => audience === null,
    say: (message: ServerMessage): void => audience?.say(message),
    offer: (picture: Picture): void => audience?.frames.offer(picture),
    show,
    enter: (one: Audience): void => {
      audience = one;
      isVisible = true;
    },
    /** False when it was not there any more. */
    leave: (one: Audience): boolean => {
      if (audience !== one) return false;
      audience = null;
      screen = null;
      show();
      return true;
    },
    fit: (message: Extract<ViewerMessage, { t: "hello" | "resize" }>): void => {
      const touch = message.t === "hello" ? message.touch : (screen?.touch ?? false);
      screen = screenOf(message.vw, message.vh, message.dpr, touch);
      show();
    },
    look: (isSeen: boolean): void => {
      isVisible = isSeen;
      show();
    },
  };
}

export type Seat = ReturnType<typeof openSeat>;

function screenOf(vw: number, vh: number, dpr: number, touch: boolean): Screen {
  const width = Math.round(Math.min(LARGEST.width, Math.max(SMALLEST.width, vw)));
  const height = Math.round(Math.min(LARGEST.height, Math.max(SMALLEST.height, vh)));
  const most = Math.sqrt(MAX_PIXELS / (width * height));
  return { width, height, dpr: Math.round(100 * Math.min(3, most, Math.max(1, dpr))) / 100, touch };
}
