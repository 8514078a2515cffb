/**
 * A real field laid, unseen, over the focused one of the remote page: so that phone keyboards, input methods, autofill, codes
 * from messages and password managers do what they do in any page. Each remote field gets a new one: a phone takes over
 * the kind of its keyboard, and keeps it open, when the focus goes from field to field.
 */
import type { ServerMessage, ViewerMessage } from "../protocol.js";
import { hasFinger, make } from "./dom.js";
import type { Stage } from "./stage.js";
import { type Field, watchText } from "./text-entry.js";

/** The remote page's focused field, as it is told. */
export type RemoteField = Extract<ServerMessage, { t: "field" }>;

/** The overlay. */
export interface Fields {
  readonly show: (field: RemoteField) => void;
  readonly hide: () => void;
  /** Gives the keyboard to the field if there is one, else to the remote page as a whole. */
  readonly focus: () => void;
  /**
   * A tap: perhaps a field will have the focus in a moment. Some phones open their keyboard within the gesture only, or when
   * the focus moves from one field to another: so an empty one without a keyboard holds it meanwhile.
   */
  readonly expect: (clientX: number, clientY: number) => void;
  readonly current: () => RemoteField | null;
  readonly isTyping: () => boolean;
}

/** From one field to the next there is a moment without any. */
const BETWEEN_MS = 200;
const EXPECTED_MS = 1_500;
const INPUT_MODES: ReadonlySet<string> = new Set([
  "none",
  "text",
  "decimal",
  "numeric",
  "tel",
  "search",
  "email",
  "url",
]);
const TOKENS: ReadonlySet<string> = new Set(
  `off on name honorific-prefix given-name additional-name family-name honorific-suffix nickname username new-password
  current-password one-time-code organization-title organization street-address address-line1 address-line2 address-line3
  address-level1 address-level2 address-level3 address-level4 country country-name postal-code cc-name cc-given-name
  cc-family-name cc-number cc-exp cc-exp-month cc-exp-year cc-csc cc-type language bday bday-day bday-month bday-year sex url
  photo tel tel-country-code tel-national tel-area-code tel-local email webauthn shipping billing home work mobile`.split(
    /\s+/,
  ),
);
const MODES: Readonly<Partial<Record<RemoteField["kind"], string>>> = {
  email: "email",
  tel: "tel",
  number: "decimal",
  search: "search",
  url: "url",
};
const COMPLETIONS: Readonly<Partial<Record<RemoteField["kind"], string>>> = {
  email: "email",
  tel: "tel",
  password: "current-password",
};

/** `label` names a field that has no name. */
export function openFields(stage: Stage, send: (message: ViewerMessage) => void, label: () => string): Fields {
  let remote: RemoteField | null = null;
  let field: Field | null = null;
  let leaving: ReturnType<typeof setTimeout> | undefined;

  const holder = makeHolder(stage, send);
  const isHere = () => document.activeElement !== null && stage.element.contains(document.activeElement);
  const remove = () => {
    const gone = field;
    const had = gone !== null && document.activeElement === gone;
    field = null;
    remote = null;
    if (had && !hasFinger()) stage.canvas.focus({ preventScroll: true });
    gone?.remove();
  };
  return {
    show: (next) => {
      clearTimeout(leaving);
      if (field && remote && remote.id === next.id && remote.kind === next.kind) {
        remote = next;
        stage.lay(field, next.rect);
        return;
      }
      const old = field;
      const mayFocus = isHere() || document.activeElement === document.body;
      remote = next;
      field = next.kind === "picker" ? null : makeField(next, label());
      if (field) {
        watchText(field, send);
        stage.lay(field, next.rect);
        stage.element.append(field);
        if (mayFocus) field.focus({ preventScroll: !hasFinger() });
      }
      if (!field && old && document.activeElement === old) stage.canvas.focus({ preventScroll: true });
      old?.remove();
    },
    hide: () => {
      clearTimeout(leaving);
      leaving = setTimeout(remove, BETWEEN_MS);
    },
    expect: (clientX, clientY) => {
      if (field === null) holder.hold(clientX, clientY);
    },
    focus: () => (field ?? stage.canvas).focus({ preventScroll: true }),
    current: () => remote,
    isTyping: () => field !== null && document.activeElement === field && hasFinger(),
  };
}

function makeHolder(stage: Stage, send: (message: ViewerMessage) => void) {
  const input = make("input", {
    class: "field",
    inputmode: "none",
    tabindex: "-1",
    "aria-hidden": "true",
    autocomplete: "off",
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  watchText(input, send);
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    input.remove();
  });
  return {
    hold: (clientX: number, clientY: number) => {
      clearTimeout(timer);
      const { left, top } = stage.element.getBoundingClientRect();
      input.style.left = `${clientX - left}px`;
      input.style.top = `${clientY - top}px`;
      if (!input.isConnected) stage.element.append(input); // to move what has the focus would lose it
      input.focus({ preventScroll: true });
      timer = setTimeout(() => input.blur(), EXPECTED_MS);
    },
  };
}

/** One line or several; what it is for is told as the remote page tells it, as far as that is a known word. */
function makeField(remote: RemoteField, label: string): Field {
  const { kind } = remote;
  const mode = INPUT_MODES.has(remote.inputmode) ? remote.inputmode : (MODES[kind] ?? "text");
  const tokens = remote.autocomplete.toLowerCase().split(/\s+/);
  const known = remote.autocomplete !== "" && tokens.every((token) => TOKENS.has(token));
  const attributes = {
    class: "field",
    name: kind,
    "aria-label": remote.label || label,
    inputmode: mode,
    autocomplete: known ? tokens.join(" ") : (COMPLETIONS[kind] ?? "off"),
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
  };
  if (kind === "multiline") return make("textarea", attributes);
  const type = kind === "password" || kind === "tel" ? kind : "text";
  return make("input", { ...attributes, type });
}
