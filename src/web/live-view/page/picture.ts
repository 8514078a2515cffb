/** Frames of the remote page, drawn in device pixels. What is drawn is acknowledged, and with it all that came before. */
import { FRAME } from "../protocol.js";

/** A frame's header, read. */
export interface FrameHead {
  readonly tab: number;
  readonly seq: number;
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Of the remote viewport, in its CSS pixels. */
  readonly cssWidth: number;
  readonly cssHeight: number;
}

/** Null: not a frame of this protocol. */
function readHead(frame: ArrayBuffer): FrameHead | null {
  if (frame.byteLength <= FRAME.headerBytes) return null;
  const view = new DataView(frame);
  if (view.getUint8(0) !== FRAME.type) return null;
  return {
    tab: view.getUint16(2),
    seq: view.getUint32(4),
    width: view.getUint16(8),
    height: view.getUint16(10),
    cssWidth: view.getUint16(12),
    cssHeight: view.getUint16(14),
  };
}

/** What is told of each frame. */
export interface PictureEars {
  readonly ack: (seq: number) => void;
  readonly drawn: (head: FrameHead) => void;
}

/** One tab's picture at a time. */
export interface Picture {
  readonly frame: (frame: ArrayBuffer) => void;
  /** Of which tab: until its first frame nothing is to be seen, for another page's picture under its address would be a lie. */
  readonly watch: (tab: number) => void;
  /** Nothing of the watched tab has been drawn yet. */
  readonly isBlank: () => boolean;
}

/** While one frame is decoded only the newest of those that arrive waits. */
export function openPicture(canvas: HTMLCanvasElement, ears: PictureEars): Picture {
  const pen = canvas.getContext("2d", { alpha: false });
  let waiting: { head: FrameHead; frame: ArrayBuffer } | null = null;
  let busy = false;
  let watched: number | null = null;
  const isWatched = ({ tab }: FrameHead) => watched === null || tab === watched;
  const blank = (isBlank: boolean) => canvas.classList.toggle("blank", isBlank);
  blank(true);

  const draw = async (head: FrameHead, frame: ArrayBuffer) => {
    const jpeg = new Blob([new Uint8Array(frame, FRAME.headerBytes)], { type: "image/jpeg" });
    const bitmap = await createImageBitmap(jpeg);
    if (!isWatched(head)) return bitmap.close();
    if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
    if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
    pen?.drawImage(bitmap, 0, 0);
    bitmap.close();
    blank(false);
    ears.drawn(head);
  };
  const run = async () => {
    busy = true;
    while (waiting) {
      const { head, frame } = waiting;
      waiting = null;
      await draw(head, frame).catch(() => undefined); // a broken picture: the next one is whole
      ears.ack(head.seq);
    }
    busy = false;
  };
  return {
    frame: (frame) => {
      const head = readHead(frame);
      if (!head) return;
      waiting = { head, frame };
      if (!busy) void run();
    },
    watch: (tab) => {
      const id = tab & 0xffff; // as frames tell it
      if (watched !== null && watched !== id) blank(true);
      watched = id;
    },
    isBlank: () => canvas.classList.contains("blank"),
  };
}
