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
export function readHead(frame: ArrayBuffer): FrameHead | null {
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

/** Answers where frames go. While one is decoded only the newest of those that arrive waits. */
export function openPicture(canvas: HTMLCanvasElement, ears: PictureEars): (frame: ArrayBuffer) => void {
  const pen = canvas.getContext("2d", { alpha: false });
  let waiting: { head: FrameHead; frame: ArrayBuffer } | null = null;
  let busy = false;

  const draw = async (head: FrameHead, frame: ArrayBuffer) => {
    const jpeg = new Blob([new Uint8Array(frame, FRAME.headerBytes)], { type: "image/jpeg" });
    const bitmap = await createImageBitmap(jpeg);
    if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
    if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
    pen?.drawImage(bitmap, 0, 0);
    bitmap.close();
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
  return (frame) => {
    const head = readHead(frame);
    if (!head) return;
    waiting = { head, frame };
    if (!busy) void run();
  };
}
