/** The field of a tab that has the focus, in whichever of its frames: told to the viewer as it changes. */
import type { ServerMessage } from "../../web/live-view/protocol.js";
import type { FrameEars, Place } from "./frame-sessions.js";
import type { Frames } from "./frames.js";
import type { Told } from "./told.js";

type Field = Extract<ServerMessage, { t: "field" }>;

export interface FocusedField extends Pick<FrameEars, "onTold" | "onGone"> {
  readonly now: () => { readonly place: Place; readonly field: Field } | null;
}

/** `frames` is there as soon as anything is told. */
export function openFocusedField(frames: () => Frames | null, say: (message: ServerMessage) => void): FocusedField {
  let current: { readonly place: Place; readonly field: Field } | null = null;
  let turn = 0;
  const isIn = (contextId: number, session: Place["session"]): boolean =>
    current?.place.contextId === contextId && current.place.session === session;
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
  return {
    onTold: (from, told) => {
      if (told.k === "cursor") say({ t: "cursor", css: told.css });
      else if (told.k === "field") void focus(from, told);
      else if (isIn(from.contextId, from.session)) blur();
    },
    onGone: (contextId, session) => {
      if (isIn(contextId, session)) blur();
    },
    now: () => current,
  };
}
