/** The live view's page: what the server says is shown, what the shopper does is told. */
import type { ViewerMessage } from "../protocol.js";
import { showAbout } from "./about.js";
import { openBar } from "./bar.js";
import { openClipboard } from "./clipboard.js";
import { type Connection, openConnection } from "./connection.js";
import { openCountdown } from "./countdown.js";
import { button, hasFinger, make } from "./dom.js";
import { openEmbedding } from "./embedding.js";
import { openFields } from "./fields.js";
import { openHearing } from "./hearing.js";
import { watchKeys } from "./keys.js";
import { pickTexts } from "./language.js";
import { followLink, takeLink } from "./link.js";
import { openNotes } from "./notes.js";
import { openOutline } from "./outline.js";
import { openPhases } from "./phases.js";
import { openPicture } from "./picture.js";
import { watchPointer } from "./pointer.js";
import { openQuestions } from "./questions.js";
import { openScreens } from "./screens.js";
import { openSheets } from "./sheets.js";
import { openStage } from "./stage.js";

const link = takeLink(); // first of all: the secret leaves the address bar
followLink();
const texts = pickTexts(navigator.languages);
document.documentElement.lang = texts.tag;

let connection: Connection | null = null;
/** When the shopper last pressed something on the remote page, in milliseconds. */
let pressedAt = Number.NEGATIVE_INFINITY;

const ACTS: ReadonlySet<string> = new Set(["ptr", "touch", "key", "text", "comp", "erase", "paste"]);
const send = (message: ViewerMessage) => {
  if (ACTS.has(message.t)) {
    const isAimed = message.t === "ptr" || message.t === "touch";
    if (!phases.isLive() || (isAimed && picture.isBlank())) return; // nobody presses on what they cannot see
    countdown.wake();
  }
  connection?.send(message);
};

const body = document.body;
const notes = openNotes(texts);
const stage = openStage(
  (viewport) => send({ t: "resize", ...viewport }),
  () => fields.isTyping(),
);
const fields = openFields(stage, send, () => texts.field);
const sheets = openSheets(body, () => phases.isLive() && fields.focus());
const outline = openOutline(texts, send, () => fields.focus());
const clipboard = openClipboard({
  texts,
  sheets,
  send,
  say: notes.pass,
  isMasked: () => fields.current()?.kind === "password",
});
const countdown = openCountdown(texts, notes, body, {
  stay: () => send({ t: "stay" }),
  extend: () => send({ t: "extend" }),
});
const bar = openBar(texts, {
  back: () => send({ t: "nav", k: "back" }),
  reload: () => send({ t: "nav", k: "reload" }),
  about: () => void openAbout(),
  paste: () => void clipboard.paste(),
  cancel: () => void askCancel(),
  done: () => send({ t: "done" }),
  tab: (id, k) => send({ t: "tab", id, k }),
});
const hint = make("p", { class: "way-out", id: "way-out" }, texts.wayOut);
const skip = button({ label: texts.outline.open, kind: "skip" }, () => outline.toggle(true));
const middle = make("div", { class: "middle" }, skip, notes.element, stage.element, hint, outline.element);
const screens = openScreens(texts, () => [bar.head, bar.foot, middle]);
stage.canvas.setAttribute("aria-describedby", hint.id);
body.replaceChildren(
  ...body.querySelectorAll(":scope > svg"),
  bar.head,
  bar.foot, // the keyboard comes through what can be done before it enters the remote page
  make("main", {}, middle, screens.element),
);

const embedding = openEmbedding();
const phases = openPhases({
  texts,
  link,
  screens,
  sheets,
  notes,
  countdown,
  embedding,
  end: () => connection?.close(),
  cancel: () => void askCancel(),
  begin: () => {
    if (!hasFinger()) fields.focus();
  },
});

async function askCancel(): Promise<void> {
  const { title, body: kept, stop, on } = texts.stopNow;
  const words = phases.occasion()?.purpose === "handOff" ? texts.handOff.stop : kept;
  const answers = [
    { name: "on", label: on },
    { name: "stop", label: stop, main: true },
  ];
  if ((await sheets.ask({ title, body: [make("p", {}, words)], answers, escape: "on" })) === "stop") {
    send({ t: "cancel" });
  }
}

async function openAbout(): Promise<void> {
  const occasion = phases.occasion();
  if (!occasion) return;
  await showAbout({
    texts,
    sheets,
    occasion,
    host: host(),
    endsAt: countdown.end(),
    outlineIsOn: outline.isOn(),
    extend: phases.extendable() ? () => send({ t: "extend" }) : null,
    paste: () => void clipboard.paste(),
    copy: () => void clipboard.copy(),
    outline: () => outline.toggle(!outline.isOn()),
  });
}

const RECENT_MS = 2_000;
const { hear, host } = openHearing({
  texts,
  phases,
  bar,
  outline,
  stage,
  fields,
  notes,
  clipboard,
  countdown,
  questions: () => questions,
  watchTab: (id) => picture.watch(id),
  wasPressed: () => {
    const isRecent = performance.now() - pressedAt < RECENT_MS;
    pressedAt = Number.NEGATIVE_INFINITY;
    return isRecent;
  },
});
const picture = openPicture(stage.canvas, {
  ack: (seq) => send({ t: "ack", seq }),
  drawn: ({ cssWidth, cssHeight }) => stage.fit(cssWidth, cssHeight),
});

connection = openConnection(link, {
  hello: () => ({ t: "hello", proto: 1, ...stage.viewport(), touch: hasFinger() }),
  claimed: ({ embedders }, aheadMs) => {
    embedding.allow(embedders);
    countdown.set(aheadMs);
  },
  joined: () => {
    notes.drop("lost");
    if (document.hidden) send({ t: "visible", on: false });
    if (outline.isOn()) send({ t: "outline", on: true });
  },
  lost: () => {
    sheets.closeAll();
    fields.hide();
    notes.put("lost", {
      text: texts.lost,
      kind: "warning",
      act: { label: texts.retry, press: () => connection?.retry() },
    });
  },
  message: hear,
  frame: picture.frame,
  refused: phases.refused,
});
const questions = openQuestions(texts, sheets, connection);

watchPointer(stage, send, {
  pressed: () => {
    pressedAt = performance.now();
    document.documentElement.classList.remove("by-keyboard");
    if (!hasFinger()) fields.focus();
  },
  tapped: fields.expect,
});
watchKeys(stage.element, { send, copy: () => void clipboard.copy(), out: bar.focus });
stage.element.addEventListener("paste", (event) => {
  event.preventDefault();
  clipboard.pasteText(event.clipboardData?.getData("text/plain") ?? "");
});
document.addEventListener("visibilitychange", () => send({ t: "visible", on: !document.hidden }));
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Tab" || event.key === "F6") document.documentElement.classList.add("by-keyboard");
    const isElsewhere = event.target instanceof Node && !stage.element.contains(event.target);
    if (event.key !== "F6" || !isElsewhere || !phases.isLive()) return;
    event.preventDefault();
    fields.focus();
  },
  { capture: true },
);
