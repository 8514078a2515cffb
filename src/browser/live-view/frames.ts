/**
 * The frames of a tab, those of other sites in processes of their own included: our script in each, what it tells, and its
 * doors to call.
 */
import type { BrowserContext, CDPSession, Frame, Page } from "playwright";
import { z } from "zod";
import { DOORS, PAGE_SCRIPT, TELL, WORLD } from "./page-script.js";

const rect = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
/** The script's world is not the page's; what it says is checked all the same, as the process is the page's. */
const told = z.discriminatedUnion("k", [
  z.object({
    k: z.literal("field"),
    kind: z.enum(["text", "password", "email", "tel", "number", "search", "url", "multiline", "picker"]),
    type: z.string().max(20),
    id: z.int().min(0).max(0x7fff_ffff),
    inputmode: z.string().max(20),
    autocomplete: z.string().max(60),
    maxLength: z.int().min(0).nullable(),
    label: z.string().max(120),
    rect,
  }),
  z.object({ k: z.literal("blur") }),
  z.object({ k: z.literal("cursor"), css: z.string().regex(/^[a-z-]{1,20}$/) }),
]);
export type Told = z.infer<typeof told>;

/** One document of a tab, as long as it is there. */
export interface Place {
  readonly session: CDPSession;
  readonly contextId: number;
  readonly isMain: boolean;
}

export interface Frames {
  /** Calls a door of the script in that document; rejects when it is gone. */
  readonly call: (
    place: Place,
    door: "paste" | "selected" | "choose" | "kind",
    ...values: unknown[]
  ) => Promise<unknown>;
  /** Whichever document has the focus tells of it, though it did before. */
  readonly tellAgain: () => void;
  /** The main document's, or null while there is none. */
  readonly main: () => Place | null;
  /** Where an element of `told` stands in the tab's viewport; CSS pixels. */
  readonly rectOf: (place: Place, id: number) => Promise<z.infer<typeof rect> | null>;
  /** Each session with where its viewport begins in the tab's. */
  readonly sessions: () => readonly FrameSession[];
  readonly offsetOf: (session: CDPSession) => Promise<{ x: number; y: number } | null>;
  readonly close: () => void;
}

export interface FrameSession {
  readonly cdp: CDPSession;
  readonly frame: Frame;
  /** The DevTools protocol's id of its outermost frame. */
  readonly rootId: string;
  readonly documents: Map<number, { readonly frameId: string }>;
}

export interface FrameEars {
  readonly onTold: (place: Place, told: Told) => void;
  /** A document is gone. */
  readonly onGone: (contextId: number, session: CDPSession) => void;
  /** A document of this address shows a dialog. */
  readonly onDialog: (url: string) => void;
}

const MAX_TOLD = 2_048;

export async function openFrames(
  context: BrowserContext,
  page: Page,
  cdp: CDPSession,
  ears: FrameEars,
): Promise<Frames> {
  const sessions = new Map<Frame, FrameSession>();
  const opening = new Set<Frame>();
  const main = page.mainFrame();
  const take = async (frame: Frame, session: CDPSession): Promise<void> => {
    const { frameTree } = await session.send("Page.getFrameTree");
    const one: FrameSession = { cdp: session, frame, rootId: frameTree.frame.id, documents: new Map() };
    listen(one, frame === main, ears);
    sessions.set(frame, one);
    session.once("close", () => {
      if (sessions.get(frame) === one) sessions.delete(frame);
      for (const contextId of one.documents.keys()) ears.onGone(contextId, session);
    });
    await session.send("Page.enable");
    await session.send("Runtime.enable");
    await session.send("Runtime.addBinding", { name: TELL, executionContextName: WORLD });
    const script = { source: PAGE_SCRIPT, worldName: WORLD, runImmediately: true };
    await session.send("Page.addScriptToEvaluateOnNewDocument", script);
  };
  const meet = async (frame: Frame): Promise<void> => {
    if (frame === main || sessions.has(frame) || opening.has(frame) || frame.isDetached()) return;
    opening.add(frame);
    try {
      // Throws for a frame that shares its parent's process: the parent's session has it.
      const session = await context.newCDPSession(frame);
      await take(frame, session).catch(() => sessions.delete(frame));
    } catch {
      // See above.
    } finally {
      opening.delete(frame);
    }
  };
  const onFrame = (frame: Frame): void => void meet(frame);
  const onDetached = (frame: Frame): void => void sessions.delete(frame);
  page.on("frameattached", onFrame);
  page.on("framenavigated", onFrame);
  page.on("framedetached", onDetached);
  await take(main, cdp);
  for (const frame of page.frames()) void meet(frame);

  const offsetOf = async (session: CDPSession): Promise<{ x: number; y: number } | null> => {
    const one = [...sessions.values()].find(({ cdp: known }) => known === session);
    if (!one) return null;
    if (one.frame === main) return { x: 0, y: 0 };
    const parent = parentOf(one.frame, sessions);
    if (!parent) return null;
    const { backendNodeId } = await parent.cdp.send("DOM.getFrameOwner", { frameId: one.rootId });
    const { model } = await parent.cdp.send("DOM.getBoxModel", { backendNodeId });
    const above = await offsetOf(parent.cdp);
    const [x = 0, y = 0] = model.content;
    return above && { x: above.x + x, y: above.y + y };
  };
  return {
    call: async ({ session, contextId }, door, ...values) => {
      const { result } = await session.send("Runtime.callFunctionOn", {
        executionContextId: contextId,
        functionDeclaration: `(...values) => globalThis.${DOORS}.${door}(...values)`,
        arguments: values.map((value) => ({ value })),
        returnByValue: true,
        userGesture: true,
      });
      return result.value;
    },
    tellAgain: () => {
      const expression = `globalThis.${DOORS}?.again()`;
      for (const { cdp: session, documents } of sessions.values())
        for (const contextId of documents.keys())
          void session.send("Runtime.evaluate", { expression, contextId }).catch(() => undefined);
    },
    main: () => {
      const one = sessions.get(main);
      const [contextId] = [...(one?.documents ?? [])].find(([, { frameId }]) => frameId === one?.rootId) ?? [];
      return one && contextId !== undefined ? { session: one.cdp, contextId, isMain: true } : null;
    },
    rectOf: async ({ session, contextId }, id) => {
      const expression = `globalThis.${DOORS}.element(${Number(id)})`;
      const { result } = await session.send("Runtime.evaluate", { expression, contextId });
      if (!result.objectId) return null;
      const { model } = await session.send("DOM.getBoxModel", { objectId: result.objectId });
      void session.send("Runtime.releaseObject", { objectId: result.objectId }).catch(() => undefined);
      const offset = await offsetOf(session);
      const [x = 0, y = 0] = model.border;
      return offset && { x: x + offset.x, y: y + offset.y, w: model.width, h: model.height };
    },
    sessions: () => [...sessions.values()],
    offsetOf,
    close: () => {
      page.off("frameattached", onFrame);
      page.off("framenavigated", onFrame);
      page.off("framedetached", onDetached);
      for (const { cdp: one, frame } of sessions.values()) if (frame !== main) void one.detach().catch(() => undefined);
      sessions.clear();
    },
  };
}

function parentOf(frame: Frame, sessions: ReadonlyMap<Frame, FrameSession>): FrameSession | null {
  for (let above = frame.parentFrame(); above; above = above.parentFrame()) {
    const session = sessions.get(above);
    if (session) return session;
  }
  return null;
}

function listen({ cdp, documents, rootId }: FrameSession, isMainSession: boolean, ears: FrameEars): void {
  cdp.on("Runtime.executionContextCreated", ({ context }) => {
    const frameId: unknown = context.auxData?.frameId;
    if (context.name === WORLD && typeof frameId === "string") documents.set(context.id, { frameId });
  });
  const gone = (contextId: number): void => {
    if (documents.delete(contextId)) ears.onGone(contextId, cdp);
  };
  cdp.on("Runtime.executionContextDestroyed", ({ executionContextId }) => gone(executionContextId));
  cdp.on("Page.javascriptDialogOpening", ({ url }) => ears.onDialog(url));
  cdp.on("Runtime.executionContextsCleared", () => {
    for (const contextId of [...documents.keys()]) gone(contextId);
  });
  cdp.on("Runtime.bindingCalled", ({ name, payload, executionContextId: contextId }) => {
    const document = documents.get(contextId);
    if (name !== TELL || !document || payload.length > MAX_TOLD) return;
    const parsed = told.safeParse(parse(payload));
    const isMain = isMainSession && document.frameId === rootId;
    if (parsed.success) ears.onTold({ session: cdp, contextId, isMain }, parsed.data);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
