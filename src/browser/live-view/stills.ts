/**
 * When a page rests, one sharp picture of it. Taking it disturbs the screencast where the screen is finer than CSS pixels:
 * frames come that show the page otherwise, and then as it was. Those are nobody's; what differs in the end is a change.
 */

export interface ScreencastFrame {
  /** Base64. */
  readonly data: string;
  readonly sessionId: number;
  /** When it was captured, in seconds of the browser's clock. */
  readonly metadata: { readonly timestamp?: number };
}

export interface Stills {
  /** The page shows this now: a picture is due when it does so for a while. */
  readonly rest: () => void;
  /** Until now there was no room for a frame, so nobody knows whether the page rested: a picture that is due waits anew. */
  readonly again: () => void;
  /** Whether frames are to be `seen` here and shown to nobody. */
  readonly isTaking: () => boolean;
  readonly seen: (frame: ScreencastFrame) => void;
  /** The shopper did something, or the page goes elsewhere: every frame counts. */
  readonly disturb: () => void;
  readonly stop: () => void;
}

const QUIET_MS = 400;
/** A page that changes after each picture, and by itself, gets them ever more rarely. */
const MOST_QUIET_MS = 10_000;
/** What a picture disturbed has mostly come back after this; on a busy machine it takes longer. */
const SETTLE_MS = 250;
const LONG_SETTLE_MS = 400;

interface StillsOptions {
  /** Answers whether a picture was taken. */
  readonly take: () => Promise<boolean>;
  /** Whether taking it disturbs the screencast. */
  readonly disturbs: () => boolean;
  /** The frame that the viewer was shown last; Base64. */
  readonly latest: () => string;
  /** Gets the frame that the page ended with, when it is another one. */
  readonly changed: (frame: ScreencastFrame) => void;
}

export function openStills(options: StillsOptions): Stills {
  let taking: { last: ScreencastFrame | null } | null = null;
  const isOther = (frame: ScreencastFrame | null): boolean => frame !== null && frame.data !== options.latest();
  const finish = (one: typeof taking): void => {
    if (!one || taking !== one) return;
    taking = null;
    if (one.last && isOther(one.last)) options.changed(one.last);
  };
  const take = async (): Promise<void> => {
    const one = { last: null };
    taking = one;
    const isTaken = await options.take();
    if (isTaken) quiet.grow();
    if (!isTaken || !options.disturbs()) return finish(one);
    setTimeout(() => {
      if (isOther(one.last)) setTimeout(() => finish(one), LONG_SETTLE_MS);
      else finish(one);
    }, SETTLE_MS);
  };
  const quiet = openQuiet(() => void take());
  return {
    rest: quiet.start,
    again: quiet.startAgain,
    isTaking: () => taking !== null,
    seen: (frame) => {
      if (taking) taking.last = frame;
    },
    disturb: () => {
      quiet.shrink();
      if (!taking) return;
      finish(taking);
      quiet.start();
    },
    stop: () => {
      quiet.stop();
      taking = null;
    },
  };
}

/** Ends when nobody has started it anew for a while, which may grow. */
function openQuiet(over: () => void) {
  let patience = QUIET_MS;
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      over();
    }, patience);
  };
  const shrink = (): void => {
    patience = QUIET_MS;
  };
  return {
    start,
    /** Only where it has not ended. */
    startAgain: (): void => {
      if (timer) start();
    },
    grow: (): void => {
      patience = Math.min(MOST_QUIET_MS, patience * 2);
    },
    shrink,
    stop: (): void => {
      clearTimeout(timer);
      timer = undefined;
      shrink();
    },
  };
}
