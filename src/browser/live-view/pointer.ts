/** Mouse, wheel and touch of a tab. Moves and turns of the wheel are joined; what was pressed is let go when the viewer goes. */
import type { CDPSession } from "playwright";
import type { ViewerMessage } from "../../web/live-view/protocol.js";
import type { InputLine } from "./input-line.js";
import { openNewest, openWheel } from "./joined-input.js";

type PointerMessage = Extract<ViewerMessage, { t: "ptr" }>;
type TouchMessage = Extract<ViewerMessage, { t: "touch" }>;

export interface Pointer {
  readonly mouse: (message: PointerMessage) => void;
  readonly touch: (message: TouchMessage) => void;
  /** Lets go of everything. */
  readonly release: () => void;
}

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

function openMouse(cdp: CDPSession, line: InputLine) {
  let last = { x: 0, y: 0 };
  let mod = 0;
  const held = new Set<0 | 1 | 2>();
  const dispatch = (parameters: object): Promise<unknown> =>
    cdp.send("Input.dispatchMouseEvent", { pointerType: "mouse", ...last, modifiers: mod, ...parameters } as never);
  const moves = openNewest(line);
  const turns = openWheel(line, dispatch);
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

function openTouch(cdp: CDPSession, line: InputLine) {
  let down = 0;
  const dispatch = (type: string, points: TouchMessage["points"], modifiers: number): Promise<unknown> =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map((one) => ({ ...one })), modifiers } as never);
  const moves = openNewest(line);
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
