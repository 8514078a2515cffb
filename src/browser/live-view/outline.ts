/**
 * The page in words, in reading order, from the accessibility trees of its frames: for who does not see the picture. What a
 * field holds is never among them.
 */
import type { CDPSession } from "playwright";
import type { OutlineEntry } from "../../web/live-view/protocol.js";
import type { FrameSession } from "./frame-sessions.js";
import type { Frames } from "./frames.js";

/** Where an entry leads. */
export interface OutlineTarget {
  readonly session: CDPSession;
  readonly backendNodeId: number;
}

/** The same thing has the same number in every outline of a tab, so that a number never comes to mean another. */
export interface OutlineRefs {
  readonly refOf: (target: OutlineTarget) => number;
  readonly find: (ref: number) => OutlineTarget | null;
}

export function openOutlineRefs(): OutlineRefs {
  const known = new WeakMap<CDPSession, Map<number, number>>();
  const targets = new Map<number, OutlineTarget>();
  let last = 0;
  return {
    refOf: (target) => {
      const ofSession = known.get(target.session) ?? new Map<number, number>();
      known.set(target.session, ofSession);
      const ref = ofSession.get(target.backendNodeId) ?? ++last;
      ofSession.set(target.backendNodeId, ref);
      targets.set(ref, target);
      if (targets.size > MAX_TARGETS) targets.delete(targets.keys().next().value ?? 0);
      return ref;
    },
    find: (ref) => targets.get(ref) ?? null,
  };
}

interface AxValue {
  readonly value?: unknown;
}
interface AxNode {
  readonly nodeId: string;
  readonly ignored: boolean;
  readonly role?: AxValue;
  readonly name?: AxValue;
  readonly childIds?: readonly string[];
  readonly backendDOMNodeId?: number;
  readonly properties?: readonly { readonly name: string; readonly value: AxValue }[];
}

const MAX_ENTRIES = 400;
const MAX_TARGETS = 10_000;
const MAX_NAME = 200;
/** Said as one thing, and not looked into: what is inside is their name, or what a field holds. */
const WHOLE = new Set(
  "button link textbox searchbox spinbutton combobox slider checkbox radio switch menuitem tab option heading image img DateTime Date InputTime ColorWell listbox ComboBoxSelect ComboBoxMenuButton ComboBoxGrouping PopUpButton textField".split(
    " ",
  ),
);
const STATES = ["disabled", "checked", "pressed", "expanded", "selected", "required", "invalid", "readonly", "focused"];
/** Chromium's own names for fields that ARIA has no role for. */
const RENAMED: Readonly<Record<string, string>> = {
  StaticText: "text",
  Date: "date",
  DateTime: "date",
  InputTime: "date",
  ColorWell: "button",
  ComboBoxSelect: "combobox",
  image: "img",
};

/** Of everything that can be read now; frames that do not answer are left out. */
export async function readOutline(frames: Frames, refs: OutlineRefs): Promise<OutlineEntry[]> {
  const entries: OutlineEntry[] = [];
  for (const session of frames.sessions()) {
    for (const frameId of framesOf(session)) {
      const answer = await session.cdp.send("Accessibility.getFullAXTree", { frameId }).catch(() => null);
      if (answer) walk(answer.nodes as readonly AxNode[], session.cdp, entries, refs);
      if (entries.length >= MAX_ENTRIES) return entries;
    }
  }
  return entries;
}

function framesOf({ rootId, documents }: FrameSession): readonly string[] {
  return [...new Set([rootId, ...[...documents.values()].map(({ frameId }) => frameId)])];
}

function walk(nodes: readonly AxNode[], session: CDPSession, entries: OutlineEntry[], refs: OutlineRefs): void {
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const visit = (node: AxNode | undefined, isLabel: boolean): void => {
    if (!node || entries.length >= MAX_ENTRIES) return;
    const role = String(node.role?.value ?? "");
    const isEditable = propertyOf(node, "editable") !== undefined && node.backendDOMNodeId !== undefined;
    if (!node.ignored && (WHOLE.has(role) || isEditable || role === "StaticText")) {
      // A label's text is said again as the name of its field.
      if (isLabel && role === "StaticText") return;
      const entry = describe(node, isEditable && !WHOLE.has(role) ? "textbox" : role, session, refs);
      if (entry) entries.push(entry);
      return;
    }
    for (const child of node.childIds ?? []) visit(byId.get(child), isLabel || role === "LabelText");
  };
  visit(nodes[0], false);
}

function describe(node: AxNode, role: string, session: CDPSession, refs: OutlineRefs): OutlineEntry | null {
  const name = String(node.name?.value ?? "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, MAX_NAME);
  if (node.backendDOMNodeId === undefined) return null;
  if (name === "" && (role === "StaticText" || role === "image" || role === "img")) return null;
  const state = STATES.filter((wanted) => isOn(propertyOf(node, wanted))).join(" ");
  return {
    ref: refs.refOf({ session, backendNodeId: node.backendDOMNodeId }),
    role: RENAMED[role] ?? role,
    name,
    level: role === "heading" ? Number(propertyOf(node, "level") ?? 2) : null,
    state,
  };
}

function propertyOf(node: AxNode, wanted: string): unknown {
  return node.properties?.find(({ name }) => name === wanted)?.value.value;
}

function isOn(value: unknown): boolean {
  return value !== undefined && value !== false && value !== "false" && value !== "";
}

/** The middle of what an entry stands for, in the tab's viewport, brought into view first; null when it is not to be seen. */
export async function findPlaceOf(frames: Frames, { session, backendNodeId }: OutlineTarget) {
  await session.send("DOM.scrollIntoViewIfNeeded", { backendNodeId });
  const { quads } = await session.send("DOM.getContentQuads", { backendNodeId });
  const offset = await frames.offsetOf(session);
  const [x1, y1, , , x3, y3] = quads[0] ?? [];
  if (!offset || x1 === undefined || y1 === undefined || x3 === undefined || y3 === undefined) return null;
  return { x: offset.x + (x1 + x3) / 2, y: offset.y + (y1 + y3) / 2 };
}
