/** The page in front in words, told again whenever they change, while somebody listens to it. */
import type { ServerMessage } from "../../web/live-view/protocol.js";
import type { Tab } from "./tab.js";

/** How often it is read again. */
const OUTLINE_MS = 1_000;

export interface StageOutline {
  readonly turn: (on: boolean) => void;
  /** Another page, or somebody else listens: it is told whole. */
  readonly refresh: () => void;
}

/** `front` is null where nobody is there to listen. */
export function openStageOutline(front: () => Tab | null, say: (message: ServerMessage) => void): StageOutline {
  let timer: NodeJS.Timeout | undefined;
  let told = "";
  let isReading = false;
  const read = async (): Promise<void> => {
    const tab = front();
    if (!tab || isReading || timer === undefined) return;
    isReading = true;
    const message = await tab.outline().catch(() => null);
    isReading = false;
    const text = JSON.stringify(message);
    if (!message || tab !== front() || timer === undefined || text === told) return;
    told = text;
    say(message);
  };
  return {
    turn: (on) => {
      clearInterval(timer);
      timer = undefined;
      told = "";
      if (!on) return;
      timer = setInterval(() => void read(), OUTLINE_MS);
      timer.unref();
      void read();
    },
    refresh: () => {
      told = "";
      void read();
    },
  };
}
