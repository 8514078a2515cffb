/** Which field of a tab has the focus, in whichever of its frames; what is done to it as a whole. */
import type { CDPSession } from "playwright";
import type { ServerMessage } from "../../web/live-view/protocol.js";
import type { FrameEars, Frames, Place, Told } from "./frames.js";

export interface TabFocus extends Pick<FrameEars, "onTold" | "onGone"> {
  /** What the viewer should know now. */
  readonly current: () => Extract<ServerMessage, { t: "field" | "blur" }>;
  /** Whether the focused field takes compositions, by the page's own word of now. */
  readonly composes: () => Promise<boolean>;
  /** A paste event, and the text itself where the page does not take it. */
  readonly paste: (text: string) => Promise<void>;
  readonly selected: () => Promise<string>;
  readonly choose: (id: number, value: string) => Promise<void>;
}

const MAX_CLIP = 16_000;

/** `frames` is there as soon as anything is told. */
export function openTabFocus(
  cdp: CDPSession,
  frames: () => Frames | null,
  say: (message: ServerMessage) => void,
): TabFocus {
  let current: { readonly place: Place; readonly field: Extract<ServerMessage, { t: "field" }> } | null = null;
  let turn = 0;
  const isOf = (place: Place): boolean =>
    current?.place.contextId === place.contextId && current.place.session === place.session;
  const blur = (): void => {
    turn += 1;
    if (!current) return;
    current = null;
    say({ t: "blur" });
    // Frames tell in no order: one that has the focus by now may have been told of before.
    frames()?.tellAgain();
  };
  const focus = async (place: Place, told: Extract<Told, { k: "field" }>): Promise<void> => {
    turn += 1;
    const mine = turn;
    const { k: _, rect: inFrame, ...facts } = told;
    const known = { t: "field", ...facts, rect: inFrame } as const;
    // What is typed at once goes by it already.
    current = { place, field: known };
    const rect = place.isMain
      ? inFrame
      : await frames()
          ?.rectOf(place, told.id)
          .catch(() => null);
    if (mine !== turn) return;
    current = { place, field: { ...known, rect: rect ?? inFrame } };
    say(current.field);
  };
  const place = (): Place | null => current?.place ?? frames()?.main() ?? null;
  return {
    onTold: (from, told) => {
      if (told.k === "cursor") say({ t: "cursor", css: told.css });
      else if (told.k === "field") void focus(from, told);
      else if (isOf(from)) blur();
    },
    onGone: (contextId, session) => {
      if (current?.place.contextId === contextId && current.place.session === session) blur();
    },
    current: () => current?.field ?? { t: "blur" },
    composes: async () => {
      const main = frames()?.main();
      const kind = main && (await frames()?.call(main, "kind"));
      if (kind !== "frame") return typeof kind === "string" && kind !== "password";
      return current !== null && !current.place.isMain && current.field.kind !== "password";
    },
    paste: async (text) => {
      const at = place();
      const isFree = at
        ? await frames()
            ?.call(at, "paste", text)
            .catch(() => true)
        : true;
      if (isFree !== false) await cdp.send("Input.insertText", { text });
    },
    selected: async () => {
      const at = place();
      const text = at ? await frames()?.call(at, "selected") : "";
      return typeof text === "string" ? text.slice(0, MAX_CLIP) : "";
    },
    choose: async (id, value) => {
      if (current?.field.id === id) await frames()?.call(current.place, "choose", id, value);
    },
  };
}
