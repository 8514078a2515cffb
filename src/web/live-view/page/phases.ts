/** Which screen is right: by the server's phase, by what the shopper has read, and by how it ended. */
import type { ClaimRefusal, Occasion, Phase, ServerMessage } from "../protocol.js";
import type { Countdown } from "./countdown.js";
import type { Embedding } from "./embedding.js";
import { findText } from "./language.js";
import { type Link, readMark, readOccasion, setMark } from "./link.js";
import type { Notes } from "./notes.js";
import type { Ending, Screens } from "./screens.js";
import type { Sheets } from "./sheets.js";
import type { Texts } from "./texts/en.js";

type State = Extract<ServerMessage, { t: "state" }>;

/** What it takes. */
export interface PhaseParts {
  readonly texts: Texts;
  readonly link: Link;
  readonly screens: Screens;
  readonly sheets: Sheets;
  readonly notes: Notes;
  readonly countdown: Countdown;
  readonly embedding: Embedding;
  /** Ends the connection: nothing follows. */
  readonly end: () => void;
  readonly cancel: () => void;
  /** The remote page is the shopper's. */
  readonly begin: () => void;
}

/** The state of it all. */
export interface Phases {
  readonly state: (state: State) => void;
  readonly closed: (reason: Phase | "revoked") => void;
  readonly refused: (why: ClaimRefusal["error"]) => void;
  readonly occasion: () => Occasion | null;
  readonly extendable: () => boolean;
  readonly isLive: () => boolean;
}

const ENDS: ReadonlySet<string> = new Set(["connected", "cancelled", "expired", "failed"]);

/** A login that worked, at another account than the connected one, is nobody's failure. */
const endingOf = ({ phase, notice }: Pick<State, "phase" | "notice">): Ending =>
  phase === "failed" && notice?.code === "OTHER_ACCOUNT" ? "otherAccount" : (phase as Ending);

/** Begins with a screen that asks for patience. */
export function openPhases(parts: PhaseParts): Phases {
  const { texts, link, screens } = parts;
  let last: State | null = null;
  let over = false;
  let seen = readMark(link, "seen") !== null;
  screens.wait(texts.connecting);

  const finish = (ending: Ending) => {
    if (over) return;
    over = true;
    showEnding(parts, ending, last?.occasion ?? readOccasion(link));
  };
  const proceed = () => {
    seen = true;
    setMark(link, "seen", "seen");
    if (last) show(last);
  };
  const show = (state: State) => {
    const { phase, occasion } = state;
    if (ENDS.has(phase)) return finish(endingOf(state));
    if (phase === "checking") return showChecking(parts, occasion);
    if (!seen) return screens.intro(occasion, proceed, parts.cancel);
    if (phase === "starting") return screens.wait(texts.starting(occasion.store));
    if (screens.isShown()) showRemote(parts, occasion);
  };
  return {
    state: (state) => {
      if (over) return;
      if (state.phase === "checking") parts.sheets.closeAll();
      parts.countdown.expiry(state.expiresAt, state.extendable);
      const before = last;
      setMark(link, "occasion", JSON.stringify(state.occasion));
      last = state;
      show(state);
      showNotice(parts, before, state);
    },
    closed: (reason) => finish(reason === "revoked" || ENDS.has(reason) ? (reason as Ending) : "failed"),
    refused: (why) => finish(endingOfRefusal(why, seen, readMark(link, "end"))),
    occasion: () => last?.occasion ?? null,
    extendable: () => last?.extendable ?? false,
    isLive: () => !over && last?.phase === "live" && !screens.isShown(),
  };
}

/** `ended`: how it did when the page was here last. */
function endingOfRefusal(why: ClaimRefusal["error"], seen: boolean, ended: Ending | null): Ending {
  // Nobody knows it any more: whoever has been inside is told that it ended, not that the link is wrong.
  if (why === "unknown") return ended ?? (seen ? "revoked" : why);
  return why === "expired" && !seen ? "late" : why;
}

/** The last thing that is shown; it is remembered, and told to whoever embeds the page. */
function showEnding(parts: PhaseParts, ending: Ending, occasion: Occasion | null): void {
  const { link, screens, notes, countdown, embedding } = parts;
  countdown.stop();
  parts.sheets.closeAll();
  notes.drop("lost");
  if (ending === "connected" || ending === "cancelled" || ending === "expired") embedding.tell(ending);
  if (ending === "late") embedding.tell("expired");
  if (ENDS.has(ending) || ending === "otherAccount") setMark(link, "end", ending as "connected");
  screens.end(ending, occasion);
  parts.end();
}

function showChecking({ texts, screens }: PhaseParts, { purpose }: Occasion): void {
  const { title, body } = purpose === "handOff" ? texts.handOff.checking : texts.checking;
  screens.wait(title, body);
}

function showRemote({ texts, screens, begin }: PhaseParts, { purpose, store }: Occasion): void {
  screens.hide();
  document.title = texts.title[purpose](store);
  begin();
}

function showNotice({ texts, notes }: PhaseParts, before: State | null, { notice, phase }: State): void {
  if (notice === null || phase !== "live") notes.drop("notice");
  if (notice === null || phase !== "live") return;
  if (before?.notice?.code === notice.code && before.phase === "live") return;
  const known = findText(texts.notices, notice.code);
  // What has no translation is said in general, but for who reads English anyway.
  const text = known ?? (texts.tag === "en" ? notice.text : texts.otherNotice);
  notes.put("notice", { text, kind: "warning", closable: true });
}
