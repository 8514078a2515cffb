/** The documents of a tab, those of other sites in processes of their own included: the doors of our script in each, to call. */
import type { BrowserContext, CDPSession, Page } from "playwright";
import {
  type FrameEars,
  type FrameSession,
  type FrameSessions,
  openFrameSessions,
  type Place,
} from "./frame-sessions.js";
import { DOORS } from "./page-script.js";
import type { Rect } from "./told.js";

type Door = "paste" | "selected" | "choose" | "kind";

export interface Frames {
  /** Calls a door of the script in that document; rejects when it is gone. */
  readonly call: (place: Place, door: Door, ...values: unknown[]) => Promise<unknown>;
  /** Whichever document has the focus tells of it, though it did before. */
  readonly tellAgain: () => void;
  /** The main document's, or null while there is none. */
  readonly main: () => Place | null;
  /** Where an element of `told` stands in the tab's viewport; CSS pixels. */
  readonly rectOf: (place: Place, id: number) => Promise<Rect | null>;
  /** Each session with where its viewport begins in the tab's. */
  readonly sessions: () => readonly FrameSession[];
  readonly offsetOf: FrameSessions["offsetOf"];
  readonly close: () => void;
}

export async function openFrames(
  context: BrowserContext,
  page: Page,
  cdp: CDPSession,
  ears: FrameEars,
): Promise<Frames> {
  const { all, main, offsetOf, close } = await openFrameSessions(context, page, cdp, ears);
  return {
    call: callDoor,
    tellAgain: () => tellAgain(all()),
    main: () => {
      const one = main();
      return one && mainPlaceOf(one);
    },
    rectOf: (place, id) => findRect(place, id, offsetOf),
    sessions: all,
    offsetOf,
    close,
  };
}

async function callDoor({ session, contextId }: Place, door: Door, ...values: unknown[]): Promise<unknown> {
  const { result } = await session.send("Runtime.callFunctionOn", {
    executionContextId: contextId,
    functionDeclaration: `(...values) => globalThis.${DOORS}.${door}(...values)`,
    arguments: values.map((value) => ({ value })),
    returnByValue: true,
    userGesture: true,
  });
  return result.value;
}

function tellAgain(sessions: readonly FrameSession[]): void {
  const expression = `globalThis.${DOORS}?.again()`;
  for (const { cdp, documents } of sessions)
    for (const contextId of documents.keys())
      void cdp.send("Runtime.evaluate", { expression, contextId }).catch(() => undefined);
}

function mainPlaceOf({ cdp, documents, rootId }: FrameSession): Place | null {
  const [contextId] = [...documents].find(([, { frameId }]) => frameId === rootId) ?? [];
  return contextId === undefined ? null : { session: cdp, contextId, isMain: true };
}

async function findRect(
  { session, contextId }: Place,
  id: number,
  offsetOf: FrameSessions["offsetOf"],
): Promise<Rect | null> {
  const expression = `globalThis.${DOORS}.element(${Number(id)})`;
  const { result } = await session.send("Runtime.evaluate", { expression, contextId });
  if (!result.objectId) return null;
  const { model } = await session.send("DOM.getBoxModel", { objectId: result.objectId });
  void session.send("Runtime.releaseObject", { objectId: result.objectId }).catch(() => undefined);
  const offset = await offsetOf(session);
  const [x = 0, y = 0] = model.border;
  return offset && { x: x + offset.x, y: y + offset.y, w: model.width, h: model.height };
}
