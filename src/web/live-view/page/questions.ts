/** What the remote page asks of its visitor in windows of a browser's own: dialogs, files, names and passwords, dates and colours. */
import { FILE_CHUNK, type ServerMessage, type ViewerMessage } from "../protocol.js";
import type { Connection } from "./connection.js";
import { make } from "./dom.js";
import type { RemoteField } from "./fields.js";
import type { Sheets } from "./sheets.js";
import type { Texts } from "./texts/en.js";

type Told<T extends ServerMessage["t"]> = Extract<ServerMessage, { t: T }>;

/** Each answers the server by itself. */
export interface Questions {
  readonly dialog: (asked: Told<"dialog">) => Promise<void>;
  readonly chooser: (asked: Told<"chooser">) => Promise<void>;
  readonly auth: (asked: Told<"auth">) => Promise<void>;
  readonly picker: (field: RemoteField) => Promise<void>;
}

const MAX_FILES_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 20;
const MAX_BACKLOG = 1024 * 1024;

/** Opens what asks the shopper. */
export function openQuestions(texts: Texts, sheets: Sheets, connection: Connection): Questions {
  const { send } = connection;
  return {
    dialog: (asked) => askDialog(texts, sheets, send, asked),
    chooser: async (asked) => {
      const files = await askFiles(texts, sheets, asked);
      const told = files.map(({ name, type, size }) => ({ name: name.slice(-255), type: type.slice(0, 127), size }));
      send({ t: "files", id: asked.id, files: told });
      await sendFiles(connection, asked.id, files);
    },
    auth: (asked) => askAuth(texts, sheets, send, asked),
    picker: (field) => askValue(texts, sheets, send, field),
  };
}

async function askDialog(
  texts: Texts,
  sheets: Sheets,
  send: (message: ViewerMessage) => void,
  { id, kind, message, origin }: Told<"dialog">,
): Promise<void> {
  const isLeaving = kind === "beforeunload";
  const input = kind === "prompt" ? make("input", { type: "text", autocomplete: "off", autofocus: true }) : null;
  const words = make("p", { class: "said" }, isLeaving ? texts.leave.body : message);
  if (input) input.ariaLabel = message || texts.says(origin);
  const yes = { name: "yes", label: isLeaving ? texts.leave.leave : texts.ok, main: true };
  const no = { name: "no", label: isLeaving ? texts.leave.stay : texts.cancel };
  const answer = await sheets.ask({
    title: isLeaving ? texts.leave.title : texts.says(readHost(origin)),
    body: input ? [words, input] : [words],
    answers: kind === "alert" ? [yes] : [no, yes],
    escape: kind === "alert" ? "yes" : "no",
  });
  const accept = answer === "yes";
  send({ t: "dialog", id, accept, ...(accept && input ? { text: input.value } : {}) });
}

/** The host of an origin; the origin itself where it has none. */
function readHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host || origin : origin;
}

async function askFiles(texts: Texts, sheets: Sheets, asked: Told<"chooser">): Promise<readonly File[]> {
  const title = asked.multiple ? texts.chooser.many : texts.chooser.title;
  const input = make("input", { type: "file", class: "unseen", accept: asked.accept, multiple: asked.multiple });
  // The browser's own control speaks the browser's language, which need not be the page's.
  const names = make("span", { class: "names" }, texts.chooser.none);
  const pick = make(
    "label",
    { class: "pick" },
    input,
    make("span", { class: "pick-button" }, texts.chooser.choose),
    names,
  );
  const warning = make("p", { class: "wrong", role: "alert" });
  const isTooBig = () => [...(input.files ?? [])].reduce((sum, { size }) => sum + size, 0) > MAX_FILES_BYTES;
  input.addEventListener("change", () => {
    names.textContent = [...(input.files ?? [])].map(({ name }) => name).join(", ") || texts.chooser.none;
    warning.textContent = isTooBig() ? texts.chooser.tooBig : "";
  });
  const answer = await sheets.ask({
    title,
    body: [pick, warning],
    answers: [
      { name: "no", label: texts.cancel },
      { name: "yes", label: texts.chooser.send, main: true },
    ],
    ready: () => input.files?.length !== 0 && !isTooBig(),
    escape: "no",
  });
  return answer === "yes" && !isTooBig() ? [...(input.files ?? [])].slice(0, MAX_FILES) : [];
}

/** In pieces, and never faster than they leave. */
async function sendFiles(connection: Connection, chooser: number, files: readonly File[]): Promise<void> {
  const room = FILE_CHUNK.maxBytes;
  for (const [index, file] of files.entries()) {
    for (let at = 0; at === 0 || at < file.size; at += room) {
      while (connection.backlog() > MAX_BACKLOG) await new Promise((resolve) => setTimeout(resolve, 30));
      const piece = new Uint8Array(await file.slice(at, at + room).arrayBuffer());
      const message = new Uint8Array(FILE_CHUNK.headerBytes + piece.length);
      const view = new DataView(message.buffer);
      view.setUint8(0, FILE_CHUNK.type);
      view.setUint8(1, at + room >= file.size ? 1 : 0);
      view.setUint16(2, index);
      view.setUint32(4, chooser);
      message.set(piece, FILE_CHUNK.headerBytes);
      connection.sendBytes(message);
    }
  }
}

async function askAuth(
  texts: Texts,
  sheets: Sheets,
  send: (message: ViewerMessage) => void,
  { id, origin }: Told<"auth">,
): Promise<void> {
  const user = make("input", { type: "text", autocomplete: "username", autocapitalize: "none", autofocus: true });
  const password = make("input", { type: "password", autocomplete: "current-password" });
  const answer = await sheets.ask({
    title: texts.auth.title(readHost(origin)),
    body: [make("label", {}, texts.auth.user, user), make("label", {}, texts.auth.password, password)],
    answers: [
      { name: "no", label: texts.cancel },
      { name: "yes", label: texts.auth.send, main: true },
    ],
    escape: "no",
  });
  const given = answer === "yes" ? { user: user.value, password: password.value } : {};
  send({ t: "auth", id, ...given });
  password.value = "";
}

const PICKERS: ReadonlySet<string> = new Set(["date", "time", "month", "week", "datetime-local", "color"]);

/** The shopper's own browser shows its own calendar, clock or palette. */
async function askValue(
  texts: Texts,
  sheets: Sheets,
  send: (message: ViewerMessage) => void,
  { id, type, label }: RemoteField,
): Promise<void> {
  const title = label || texts.picker.title;
  const input = make("input", { type: PICKERS.has(type) ? type : "text", "aria-label": title, autofocus: true });
  const answer = await sheets.ask({
    title,
    body: [input],
    answers: [
      { name: "no", label: texts.cancel },
      { name: "yes", label: texts.picker.set, main: true },
    ],
    escape: "no",
  });
  if (answer === "yes" && input.value !== "") send({ t: "picker", id, value: input.value });
}
