/** Where the remote page lies on this one: its size, its place, and the way between the coordinates of both. */
import { make } from "./dom.js";

/** A length or place in CSS pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The remote viewport that fits here. */
export interface Viewport {
  readonly vw: number;
  readonly vh: number;
  readonly dpr: number;
}

/** The canvas in its frame, and what lies over it. */
export interface Stage {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly viewport: () => Viewport;
  /** The remote viewport's size, as frames tell it. */
  readonly fit: (width: number, height: number) => void;
  /** From this window's CSS pixels to the remote page's; kept within it. */
  readonly toRemote: (clientX: number, clientY: number) => { readonly x: number; readonly y: number };
  /** Lays an element over a place of the remote page, and keeps it there. */
  readonly lay: (element: HTMLElement, place: Rect) => void;
  readonly cursor: (css: string) => void;
}

/** Of what is laid over it. */
const LEAST = 24;
const SMALLEST = 240;
const LARGEST = 2560;
const SHARPEST = 3;
const RESIZE_PAUSE_MS = 150;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** `resized` is called when another viewport would fit; `isTyping` says that a phone's keyboard may have taken the room. */
export function openStage(resized: (viewport: Viewport) => void, isTyping: () => boolean): Stage {
  const canvas = make("canvas", { class: "picture", tabindex: "0", role: "application", width: "1", height: "1" });
  const element = make("div", { class: "stage" }, canvas);
  let remote: Size = { width: 0, height: 0 };
  let scale = 1;
  let laid: { readonly over: HTMLElement; readonly place: Rect } | null = null;

  const viewport = (): Viewport => viewportIn(element);
  const cover = () => {
    if (laid && remote.width > 0) coverPlace(laid.over, laid.place, { canvas, remote, scale });
  };
  const settle = () => {
    if (remote.width === 0) return;
    scale = Math.min(1, element.clientWidth / remote.width, element.clientHeight / remote.height);
    fitCanvas(canvas, element, { width: remote.width * scale, height: remote.height * scale });
    cover();
  };
  followSize(element, viewport, isTyping, (now) => {
    settle();
    resized(now);
  });
  return {
    element,
    canvas,
    viewport,
    fit: (width, height) => {
      if (width === remote.width && height === remote.height) return;
      remote = { width, height };
      settle();
    },
    toRemote: (clientX, clientY) => {
      const { left, top } = canvas.getBoundingClientRect();
      return {
        x: clamp((clientX - left) / scale, 0, Math.max(0, remote.width - 1)),
        y: clamp((clientY - top) / scale, 0, Math.max(0, remote.height - 1)),
      };
    },
    lay: (over, place) => {
      laid = { over, place };
      cover();
    },
    cursor: (css) => {
      canvas.style.cursor = /^[a-z-]+$/.test(css) ? css : "default";
    },
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const viewportIn = (element: HTMLElement): Viewport => ({
  vw: clamp(Math.floor(element.clientWidth), SMALLEST, LARGEST),
  vh: clamp(Math.floor(element.clientHeight), SMALLEST, LARGEST),
  dpr: clamp(devicePixelRatio, 1, SHARPEST),
});

/** In the middle, on whole pixels: half a pixel would blur every letter. */
function fitCanvas(canvas: HTMLElement, element: HTMLElement, { width, height }: Size): void {
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const top = Math.max(0, Math.floor((element.clientHeight - height) / 2));
  canvas.style.margin = `${top}px 0 0 ${Math.max(0, Math.floor((element.clientWidth - width) / 2))}px`;
}

interface Shown {
  readonly canvas: HTMLElement;
  readonly remote: Size;
  readonly scale: number;
}

/** As far as it is in sight; a field of which nothing is keeps a corner. */
function coverPlace(over: HTMLElement, place: Rect, { canvas, remote, scale }: Shown): void {
  const left = clamp(place.x, 0, Math.max(0, remote.width - LEAST));
  const top = clamp(place.y, 0, Math.max(0, remote.height - LEAST));
  over.style.left = `${canvas.offsetLeft + left * scale}px`;
  over.style.top = `${canvas.offsetTop + top * scale}px`;
  over.style.width = `${clamp(place.x + place.w - left, LEAST, remote.width - left) * scale}px`;
  over.style.height = `${clamp(place.y + place.h - top, LEAST, remote.height - top) * scale}px`;
}

/** Calls back once the size has come to rest; not for what a phone's keyboard takes from the height. */
function followSize(
  element: HTMLElement,
  viewport: () => Viewport,
  isTyping: () => boolean,
  changed: (now: Viewport) => void,
): void {
  let last: Viewport | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const now = viewport();
    if (last && now.vw === last.vw && now.dpr === last.dpr && (now.vh === last.vh || isTyping())) return;
    const isFirst = last === null;
    last = now;
    if (!isFirst) changed(now);
  };
  new ResizeObserver(() => {
    clearTimeout(timer);
    if (last === null) look();
    else timer = setTimeout(look, RESIZE_PAUSE_MS);
  }).observe(element);
}
