/** Hands each message of the server's to the part that it is for. */
import type { ServerMessage } from "../protocol.js";
import type { Bar } from "./bar.js";
import type { Clipboard } from "./clipboard.js";
import type { Countdown } from "./countdown.js";
import type { Fields } from "./fields.js";
import type { Notes } from "./notes.js";
import type { Outline } from "./outline.js";
import type { Phases } from "./phases.js";
import type { Questions } from "./questions.js";
import type { Stage } from "./stage.js";
import type { Texts } from "./texts/en.js";

type Told<T extends ServerMessage["t"]> = Extract<ServerMessage, { t: T }>;

/** The parts. */
export interface HearingParts {
  readonly texts: Texts;
  readonly phases: Phases;
  readonly bar: Bar;
  readonly outline: Outline;
  readonly stage: Stage;
  readonly fields: Fields;
  readonly notes: Notes;
  readonly clipboard: Clipboard;
  readonly countdown: Countdown;
  readonly questions: () => Questions;
  /** Which tab is in front. */
  readonly watchTab: (id: number) => void;
  /** Whether finger or mouse has just pressed on the remote page; asked once for each press. */
  readonly wasPressed: () => boolean;
}

/** Answers what hears, and the host that was named last. */
export function openHearing(parts: HearingParts) {
  const { phases, bar, outline, stage, fields, clipboard, countdown, questions } = parts;
  const address = openAddress(parts);
  const ears: { readonly [T in ServerMessage["t"]]?: (message: Told<T>) => void } = {
    state: (message) => {
      bar.name(message.occasion);
      outline.name(message.occasion.store);
      stage.canvas.ariaLabel = parts.texts.stage(message.occasion.store);
      phases.state(message);
    },
    closed: ({ reason }) => phases.closed(reason),
    url: address.show,
    tabs: ({ tabs }) => {
      bar.tabs(tabs);
      const front = tabs.find(({ focused }) => focused);
      if (front) parts.watchTab(front.id);
    },
    field: (field) => meetField(parts, field),
    blur: fields.hide,
    cursor: ({ css }) => stage.cursor(css),
    dialog: (asked) => void questions().dialog(asked),
    chooser: (asked) => void questions().chooser(asked),
    auth: (asked) => void questions().auth(asked),
    clip: ({ s }) => clipboard.arrived(s),
    outline: ({ entries }) => outline.show(entries),
    idle: ({ endsAt }) => countdown.idle(endsAt),
  };
  return {
    hear: (message: ServerMessage): void => {
      (ears[message.t] as ((one: ServerMessage) => void) | undefined)?.(message);
    },
    host: address.host,
  };
}

/** By finger or mouse a calendar is wanted at once; by keyboard its parts are typed, as in any page. */
function meetField({ fields, questions, wasPressed }: HearingParts, field: Told<"field">): void {
  const isNew = fields.current()?.id !== field.id;
  fields.show(field);
  if (field.kind === "picker" && isNew && wasPressed()) void questions().picker(field);
}

function openAddress({ texts, bar, notes }: HearingParts) {
  let host = "";
  let spoken = "";
  return {
    host: () => host,
    show: (url: Told<"url">) => {
      host = url.host;
      bar.address(url);
      const line = url.loading ? texts.pages.loading(url.host) : texts.pages.loaded(url.host);
      if (line !== spoken) notes.say(line);
      spoken = line;
    },
  };
}
