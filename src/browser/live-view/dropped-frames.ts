/**
 * Chromium before 154 drops frames that it has no room for, and says nothing of it: the last one of a change may be lost. It was, when
 * there is room again and no frame comes for much longer than frames of this page come apart.
 */
import { machinePace } from "./machine-pace.js";

/** A frame may have been dropped when none came for this long after there was room again. */
const DROPPED_MS = 70;
/** On a page that changes all the time frames come this many gaps apart at most; a gap that is longer than that is a rest. */
const GAPS = 2.5;
const LONGEST_GAP_MS = 250;

export interface DroppedFrames {
  /** A frame came. */
  readonly framed: () => void;
  /** There was no room for frames, and there is again. */
  readonly roomAgain: () => void;
  readonly stop: () => void;
}

/** Calls when one was lost. */
export function openDroppedFrames(lost: () => void): DroppedFrames {
  let gap = 0;
  let framedAt = 0;
  let roomAt = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    framed: () => {
      clearTimeout(timer);
      const now = performance.now();
      // There are no frames while there is no room for them: that is no rest of the page.
      const since = now - Math.max(framedAt, roomAt);
      framedAt = now;
      const isRest = since > LONGEST_GAP_MS + machinePace.lateMs();
      gap = isRest ? 0 : Math.max(since, gap + (since - gap) / 8);
    },
    roomAgain: () => {
      roomAt = performance.now();
      clearTimeout(timer);
      timer = setTimeout(lost, Math.max(DROPPED_MS, GAPS * gap) + 2 * machinePace.lateMs());
    },
    stop: () => clearTimeout(timer),
  };
}
