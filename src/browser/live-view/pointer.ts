/** Mouse, wheel and touch of a tab. Moves and turns of the wheel are joined; what was pressed is let go when the viewer goes. */
import type { CDPSession } from "playwright";
import type { ViewerMessage } from "../../web/live-view/protocol.js";
import type { InputLine } from "./input-line.js";

type PointerMessage = Extract<ViewerMessage, { t: "ptr" }>;
type TouchMessage = Extract<ViewerMessage, { t: "touch" }>;

export interface Pointer {
  readonly mouse: (message: PointerMessage) => void;
  readonly touch: (message: TouchMessage) => void;
  /** Lets go of everything. */
  readonly release: () => void;
}

/** No more moves than 25 a second, and none while the one before is not through. */
const MOVE_MS = 40;
const BUTTONS = ["left", "middle", "right"] as const;

export function openPointer(cdp: CDPSession, line: InputLine): Pointer {
  const mouse = openMouse(cdp, line);
  const touch = openTouch(cdp, line);
  return {
    mouse: mouse.hear,
    touch: touch.hear,
    release: () => {
      mouse.release();
      touch.release();
    },
  };
}

/** Runs the newest of what it is given: at most one at a time, at most one per `MOVE_MS`. */
function openNewest(run: (act: () => Promise<unknown>) => Promise<unknown>) {
  let pending: (() => Promise<unknown>) | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isUnderWay = false;
  let nextAt = 0;
  const go = (): void => {
    timer = undefined;
    if (!pending || isUnderWay) return;
    const wait = nextAt - performance.now();
    if (wait > 0) {
      timer = setTimeout(go, wait);
      return;
    }
    const act = pending;
    pending = null;
    isUnderWay = true;
    nextAt = performance.now() + MOVE_MS;
    void run(act).finally(() => {
      isUnderWay = false;
      if (pending && !timer) go();
    });
  };
  return {
    put: (act: () => Promise<unknown>): void => {
      pending = act;
      if (!timer) go();
    },
    /** What waits is out of date: something newer takes its place. */
    drop: (): void => {
      pending = null;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function openMouse(cdp: CDPSession, line: InputLine) {
  let last = { x: 0, y: 0 };
  let mod = 0;
  const held = new Set<0 | 1 | 2>();
  const dispatch = (parameters: object): Promise<unknown> =>
    cdp.send("Input.dispatchMouseEvent", { pointerType: "mouse", ...last, modifiers: mod, ...parameters } as never);
  const inLine = (act: () => Promise<unknown>): Promise<unknown> =>
    new Promise<void>((resolve) => {
      line.send(() => act().finally(resolve), "pointer");
      setTimeout(resolve, 1_000).unref();
    });
  const moves = openNewest(inLine);
  const turns = openWheel(inLine, dispatch);

  const moveTo = (x: number, y: number, buttons: number): void => {
    if (x === last.x && y === last.y) return;
    last = { x, y };
    line.send(() => dispatch({ type: "mouseMoved", x, y, buttons, button: heldName(held) }), "pointer");
  };
  const press = (message: PointerMessage, type: "mousePressed" | "mouseReleased"): void => {
    const { x, y, btn = 0, buttons, clicks } = message;
    moves.drop();
    moveTo(x, y, type === "mousePressed" ? buttonsOf(held) : buttons);
    if (type === "mousePressed") held.add(btn);
    else held.delete(btn);
    const clickCount = Math.min(3, Math.max(1, clicks));
    line.send(() => dispatch({ type, x, y, button: BUTTONS[btn], buttons, clickCount }), "pointer");
  };
  const release = (): void => {
    moves.drop();
    for (const button of [...held]) {
      held.delete(button);
      const parameters = { type: "mouseReleased", button: BUTTONS[button], buttons: buttonsOf(held), clickCount: 1 };
      line.send(() => dispatch(parameters), "pointer");
    }
  };
  return {
    hear: (message: PointerMessage): void => {
      const { k, x, y, buttons } = message;
      mod = message.mod;
      if (k === "down") press(message, "mousePressed");
      else if (k === "up") press(message, "mouseReleased");
      else if (k === "cancel") release();
      else if (k === "wheel") turns.turn(x, y, message.dx ?? 0, message.dy ?? 0);
      else
        moves.put(() => {
          last = { x, y };
          return dispatch({ type: "mouseMoved", x, y, buttons, button: heldName(held) });
        });
    },
    release,
  };
}

function heldName(held: ReadonlySet<0 | 1 | 2>): string {
  const [first] = held;
  return first === undefined ? "none" : BUTTONS[first];
}

/** As `MouseEvent.buttons` counts them: left 1, right 2, middle 4. */
function buttonsOf(held: ReadonlySet<0 | 1 | 2>): number {
  return (held.has(0) ? 1 : 0) | (held.has(2) ? 2 : 0) | (held.has(1) ? 4 : 0);
}

/** Turns of the wheel add up while the one before is not through. */
function openWheel(
  run: (act: () => Promise<unknown>) => Promise<unknown>,
  dispatch: (parameters: object) => Promise<unknown>,
) {
  let sum: { x: number; y: number; deltaX: number; deltaY: number } | null = null;
  let isUnderWay = false;
  const go = (): void => {
    if (!sum || isUnderWay) return;
    const turn = sum;
    sum = null;
    isUnderWay = true;
    void run(() => dispatch({ type: "mouseWheel", ...turn })).finally(() => {
      isUnderWay = false;
      go();
    });
  };
  return {
    turn: (x: number, y: number, dx: number, dy: number): void => {
      sum = { x, y, deltaX: (sum?.deltaX ?? 0) + dx, deltaY: (sum?.deltaY ?? 0) + dy };
      go();
    },
  };
}

function openTouch(cdp: CDPSession, line: InputLine) {
  let down = 0;
  const dispatch = (type: string, points: TouchMessage["points"], modifiers: number): Promise<unknown> =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map((one) => ({ ...one })), modifiers } as never);
  const inLine = (act: () => Promise<unknown>): Promise<unknown> =>
    new Promise<void>((resolve) => {
      line.send(() => act().finally(resolve), "pointer");
      setTimeout(resolve, 1_000).unref();
    });
  const moves = openNewest(inLine);
  return {
    hear: ({ k, points, mod }: TouchMessage): void => {
      if (k === "move") {
        if (down > 0 && points.length > 0) moves.put(() => dispatch("touchMove", points, mod));
        return;
      }
      moves.drop();
      const isOver = k === "cancel" || points.length === 0;
      // The DevTools protocol ends all fingers at once; one of several leaves by a move without it.
      const type = k === "start" ? "touchStart" : isOver ? (k === "cancel" ? "touchCancel" : "touchEnd") : "touchMove";
      if (k === "start" && points.length === 0) return;
      if (k !== "start" && down === 0) return;
      down = isOver ? 0 : points.length;
      line.send(() => dispatch(type, isOver ? [] : points, mod), "pointer");
    },
    release: (): void => {
      moves.drop();
      if (down === 0) return;
      down = 0;
      line.send(() => dispatch("touchCancel", [], 0), "pointer");
    },
  };
}
