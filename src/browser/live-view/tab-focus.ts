/** What is done to the focused field of a tab as a whole, or to its main document where none has the focus. */
import type { CDPSession } from "playwright";
import type { ServerMessage } from "../../web/live-view/protocol.js";
import { openFocusedField } from "./focused-field.js";
import type { FrameEars, Place } from "./frame-sessions.js";
import type { Frames } from "./frames.js";

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
  const { now, onTold, onGone } = openFocusedField(frames, say);
  const place = (): Place | null => now()?.place ?? frames()?.main() ?? null;
  return {
    onTold,
    onGone,
    current: () => now()?.field ?? { t: "blur" },
    composes: async () => {
      const main = frames()?.main();
      const kind = main && (await frames()?.call(main, "kind"));
      if (kind !== "frame") return typeof kind === "string" && kind !== "password";
      const current = now();
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
      const current = now();
      if (current?.field.id === id) await frames()?.call(current.place, "choose", id, value);
    },
  };
}
