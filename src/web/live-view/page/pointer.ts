/** Mouse, pen, wheel and fingers, as the remote page shall get them. */
import { MODIFIERS, type ViewerMessage } from "../protocol.js";
import type { Stage } from "./stage.js";

const MOVE_EVERY_MS = 40;
const DOUBLE_CLICK_MS = 500;
const DOUBLE_CLICK_PX = 6;
const LINE_PX = 40;

type Held = Pick<MouseEvent, "altKey" | "ctrlKey" | "metaKey" | "shiftKey">;

/** `mod` of the protocol. */
export function modifiersOf(event: Held): number {
  return (
    (event.altKey ? MODIFIERS.alt : 0) |
    (event.ctrlKey ? MODIFIERS.ctrl : 0) |
    (event.metaKey ? MODIFIERS.meta : 0) |
    (event.shiftKey ? MODIFIERS.shift : 0)
  );
}

/** Sends at most one message per pause, always the newest; `flush` sends what waits before something that must come after. */
function openCoalescer(send: (message: ViewerMessage) => void) {
  let waiting: ViewerMessage | null = null;
  let isPausing = false;
  const flush = () => {
    if (waiting) send(waiting);
    waiting = null;
  };
  const pause = () => {
    isPausing = waiting !== null;
    if (!isPausing) return;
    flush();
    setTimeout(pause, MOVE_EVERY_MS);
  };
  return {
    put: (message: ViewerMessage) => {
      waiting = message;
      if (!isPausing) pause();
    },
    flush,
    drop: () => {
      waiting = null;
    },
  };
}

/** Both are called within the gesture. */
export interface PointerEars {
  readonly pressed: () => void;
  /** A finger was lifted, at this place of the window. */
  readonly tapped: (clientX: number, clientY: number) => void;
}

/** Listens on the stage, overlaid fields included. */
export function watchPointer(stage: Stage, send: (message: ViewerMessage) => void, ears: PointerEars): void {
  const { element } = stage;
  const moves = openCoalescer(send);
  const mouse = readMouse(stage);
  const fingers = readFingers(stage);
  const turnWheel = watchWheel(stage, send, moves.flush);
  const on = (name: "pointerdown" | "pointermove" | "pointerup" | "pointercancel", k: Kind) =>
    element.addEventListener(name, (event) => {
      if (k === "down") {
        capture(element, event);
        ears.pressed();
      }
      const message = event.pointerType === "touch" ? fingers(event, k) : mouse(event, k);
      if (message === null) return;
      if (k === "move") return moves.put(message);
      turnWheel();
      if (k === "cancel") moves.drop();
      moves.flush();
      send(message);
      if (k === "up" && event.pointerType === "touch") ears.tapped(event.clientX, event.clientY);
    });
  on("pointerdown", "down");
  on("pointermove", "move");
  on("pointerup", "up");
  on("pointercancel", "cancel");
  // The keyboard stays where it is: a click elsewhere must not close it. A field laid over the page may take it.
  element.addEventListener("mousedown", (event) => event.target === stage.canvas && event.preventDefault());
  element.addEventListener("contextmenu", (event) => event.preventDefault());
}

type Kind = "down" | "move" | "up" | "cancel";

/** The release is heard wherever it happens. */
function capture(element: HTMLElement, event: PointerEvent): void {
  try {
    element.setPointerCapture(event.pointerId);
  } catch {
    // The finger is gone already.
  }
}

function readMouse(stage: Stage): (event: PointerEvent, k: Kind) => ViewerMessage | null {
  let last = { x: 0, y: 0, at: 0, btn: -1, clicks: 0 };
  return (event, k) => {
    const place = stage.toRemote(event.clientX, event.clientY);
    const btn = event.button === 1 || event.button === 2 ? event.button : 0;
    if (event.button > 2) return null;
    if (k === "down") {
      const isNear = Math.hypot(place.x - last.x, place.y - last.y) <= DOUBLE_CLICK_PX;
      const isSoon = event.timeStamp - last.at < DOUBLE_CLICK_MS;
      const clicks = isNear && isSoon && last.btn === btn ? Math.min(last.clicks + 1, 3) : 1;
      last = { ...place, at: event.timeStamp, btn, clicks };
    }
    return {
      t: "ptr",
      k,
      ...place,
      ...(k === "move" ? {} : { btn }),
      buttons: event.buttons & 7,
      clicks: k === "move" || k === "cancel" ? 0 : last.clicks,
      mod: modifiersOf(event),
    };
  };
}

/** One finger is the remote page's. With a second one the shopper zooms this page, here: then none is, until all are lifted. */
function readFingers(stage: Stage): (event: PointerEvent, k: Kind) => ViewerMessage | null {
  const down = new Set<number>();
  let isZooming = false;
  return (event, k) => {
    const wasZooming = isZooming;
    const isKnown = down.has(event.pointerId);
    if (k === "down") down.add(event.pointerId);
    else if (k !== "move") down.delete(event.pointerId);
    isZooming = down.size > 1 || (isZooming && down.size > 0);
    if (wasZooming || (k !== "down" && !isKnown)) return null;
    const mod = modifiersOf(event);
    if (isZooming || k === "cancel") return { t: "touch", k: "cancel", points: [], mod };
    const points = k === "up" ? [] : [{ id: 0, ...stage.toRemote(event.clientX, event.clientY) }];
    return { t: "touch", k: ({ down: "start", move: "move", up: "end" } as const)[k], points, mod };
  };
}

/** Turns of the wheel add up until the next message; answers what sends them. With Ctrl they zoom this page, here. */
function watchWheel(stage: Stage, send: (message: ViewerMessage) => void, before: () => void): () => void {
  let last: { readonly x: number; readonly y: number; readonly buttons: number; readonly mod: number } | null = null;
  let sum = { dx: 0, dy: 0 };
  const flush = () => {
    if (!last) return;
    const turned = { ...last, ...cap(sum) };
    last = null;
    sum = { dx: 0, dy: 0 };
    before();
    send({ t: "ptr", k: "wheel", clicks: 0, ...turned });
  };
  const turn = (event: WheelEvent) => {
    if (event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : event.deltaMode === 2 ? innerHeight : 1;
    sum = { dx: sum.dx + event.deltaX * unit, dy: sum.dy + event.deltaY * unit };
    if (!last) setTimeout(flush, MOVE_EVERY_MS / 2);
    last = { ...stage.toRemote(event.clientX, event.clientY), buttons: event.buttons & 7, mod: modifiersOf(event) };
  };
  stage.element.addEventListener("wheel", turn, { passive: false });
  return flush;
}

const cap = ({ dx, dy }: { dx: number; dy: number }) => ({
  dx: Math.max(-9_999, Math.min(9_999, dx)),
  dy: Math.max(-9_999, Math.min(9_999, dy)),
});
