/**
 * The DevTools sessions of a tab: one for its main frame and one for each frame of another site, which has a process of its own. Our
 * script is in every document of theirs, and what it tells is heard.
 */
import type { BrowserContext, CDPSession, Frame, Page } from "playwright";
import { PAGE_SCRIPT, TELL, WORLD } from "./page-script.js";
import { readTold, type Told } from "./told.js";

/** One document of a tab, as long as it is there. */
export interface Place {
  readonly session: CDPSession;
  readonly contextId: number;
  readonly isMain: boolean;
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

export interface FrameSessions {
  readonly all: () => readonly FrameSession[];
  /** The main frame's, unless it is gone. */
  readonly main: () => FrameSession | null;
  /** Where a session's viewport begins in the tab's; CSS pixels. */
  readonly offsetOf: (session: CDPSession) => Promise<{ x: number; y: number } | null>;
  /** The tab's own session stays. */
  readonly close: () => void;
}

export async function openFrameSessions(
  context: BrowserContext,
  page: Page,
  cdp: CDPSession,
  ears: FrameEars,
): Promise<FrameSessions> {
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
    await installScript(session);
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
  const unfollow = followFrames(page, (frame) => void meet(frame), sessions);
  await take(main, cdp);
  for (const frame of page.frames()) void meet(frame);
  return {
    all: () => [...sessions.values()],
    main: () => sessions.get(main) ?? null,
    offsetOf: (session) => findOffset(session, main, sessions),
    close: () => {
      unfollow();
      for (const { cdp: one, frame } of sessions.values()) if (frame !== main) void one.detach().catch(() => undefined);
      sessions.clear();
    },
  };
}

/** Frames that come, or go to another site, are met; those that go are forgotten. Answers how to stop that. */
function followFrames(page: Page, meet: (frame: Frame) => void, sessions: Map<Frame, FrameSession>): () => void {
  const forget = (frame: Frame): void => void sessions.delete(frame);
  page.on("frameattached", meet);
  page.on("framenavigated", meet);
  page.on("framedetached", forget);
  return () => {
    page.off("frameattached", meet);
    page.off("framenavigated", meet);
    page.off("framedetached", forget);
  };
}

/** Into the documents that are there, and all that will be. */
async function installScript(session: CDPSession): Promise<void> {
  await session.send("Page.enable");
  await session.send("Runtime.enable");
  await session.send("Runtime.addBinding", { name: TELL, executionContextName: WORLD });
  const script = { source: PAGE_SCRIPT, worldName: WORLD, runImmediately: true };
  await session.send("Page.addScriptToEvaluateOnNewDocument", script);
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
    const told = name === TELL && document ? readTold(payload) : null;
    if (!document || !told) return;
    const isMain = isMainSession && document.frameId === rootId;
    ears.onTold({ session: cdp, contextId, isMain }, told);
  });
}

async function findOffset(
  session: CDPSession,
  main: Frame,
  sessions: ReadonlyMap<Frame, FrameSession>,
): Promise<{ x: number; y: number } | null> {
  const one = [...sessions.values()].find(({ cdp: known }) => known === session);
  if (!one) return null;
  if (one.frame === main) return { x: 0, y: 0 };
  const parent = parentOf(one.frame, sessions);
  if (!parent) return null;
  const { backendNodeId } = await parent.cdp.send("DOM.getFrameOwner", { frameId: one.rootId });
  const { model } = await parent.cdp.send("DOM.getBoxModel", { backendNodeId });
  const above = await findOffset(parent.cdp, main, sessions);
  const [x = 0, y = 0] = model.content;
  return above && { x: above.x + x, y: above.y + y };
}

function parentOf(frame: Frame, sessions: ReadonlyMap<Frame, FrameSession>): FrameSession | null {
  for (let above = frame.parentFrame(); above; above = above.parentFrame()) {
    const session = sessions.get(above);
    if (session) return session;
  }
  return null;
}
