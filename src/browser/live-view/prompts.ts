/** What a page asks the shopper outside of itself: a dialog, files, a name and password. Asked until it is answered. */
import type { BrowserContext, Dialog, FileChooser, Frame, Page, Request, Response } from "playwright";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { type FileChunk, MAX_FILES_BYTES } from "./messages.js";

type Question = Extract<ServerMessage, { t: "dialog" | "chooser" | "auth" }>;
type Answer = Extract<ViewerMessage, { t: "dialog" | "files" | "auth" }>;

export interface Prompts {
  /** The address of the document whose dialog comes: Playwright's own event does not name it. */
  readonly noteDialog: (url: string) => void;
  /** What waits for an answer, oldest first. */
  readonly open: () => readonly Question[];
  readonly answer: (message: Answer) => void;
  readonly chunk: (chunk: FileChunk) => void;
  readonly close: () => void;
}

export interface PromptOptions {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Unique within the session. */
  readonly nextId: () => number;
  readonly ask: (question: Question) => void;
}

interface Asked {
  readonly question: Question;
  /** False while more is to come: the bytes of files. */
  readonly answer: (message: Answer) => boolean;
  readonly chunk?: (chunk: FileChunk) => boolean;
  readonly drop: () => void;
}

const MAX_TEXT = 2_000;
/** A page that asks more than this at once is not listened to. */
const MAX_OPEN = 5;
/** The two events of one dialog come this close together, in either order. */
const NOTE_MS = 25;

export function openPrompts({ page, context, nextId, ask }: PromptOptions): Prompts {
  const asked = new Map<number, Asked>();
  const put = (one: Asked) => {
    if (asked.size >= MAX_OPEN) return one.drop();
    asked.set(one.question.id, one);
    ask(one.question);
  };
  const inTurn = openTurns();
  let dialogUrl = "";
  const onDialog = (dialog: Dialog): void => {
    setTimeout(() => {
      put(askDialog(dialog, originOf(dialogUrl || page.url()), nextId()));
      dialogUrl = "";
    }, NOTE_MS);
  };
  const onChooser = (chooser: FileChooser): void => {
    void askFiles(chooser, nextId()).then(put, () => undefined);
  };
  const onCredentials = (frame: Frame, url: string): void => {
    const isAsked = [...asked.values()].some(({ question }) => question.t === "auth");
    if (!isAsked) put(askCredentials(context, frame, url, nextId(), inTurn));
  };
  const stopCredentials = watchCredentials(page, onCredentials);
  page.on("dialog", onDialog);
  page.on("filechooser", onChooser);
  return {
    noteDialog: (url) => {
      dialogUrl = url;
    },
    open: () => [...asked.values()].map(({ question }) => question),
    answer: (message) => {
      const one = asked.get(message.id);
      if (one && one.question.t === (message.t === "files" ? "chooser" : message.t) && one.answer(message)) {
        asked.delete(message.id);
      }
    },
    chunk: (chunk) => {
      if (asked.get(chunk.chooser)?.chunk?.(chunk)) asked.delete(chunk.chooser);
    },
    close: () => {
      page.off("dialog", onDialog);
      page.off("filechooser", onChooser);
      stopCredentials();
      for (const one of asked.values()) one.drop();
      asked.clear();
    },
  };
}

function originOf(url: string): string {
  const origin = URL.canParse(url) ? new URL(url).origin : "null";
  return origin === "null" ? "" : origin;
}

function askDialog(dialog: Dialog, origin: string, id: number): Asked {
  const kind = dialog.type() as Extract<Question, { t: "dialog" }>["kind"];
  const dismiss = (): void => void dialog.dismiss().catch(() => undefined);
  return {
    question: { t: "dialog", id, kind, message: dialog.message().slice(0, MAX_TEXT), origin },
    answer: (message) => {
      if (message.t !== "dialog" || !message.accept) dismiss();
      else void dialog.accept(kind === "prompt" ? (message.text ?? "") : undefined).catch(() => undefined);
      return true;
    },
    drop: dismiss,
  };
}

interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
  filled: number;
}

async function askFiles(chooser: FileChooser, id: number): Promise<Asked> {
  const accept = (await chooser.element().getAttribute("accept")) ?? "";
  let uploads: Upload[] = [];
  const multiple = chooser.isMultiple();
  const wipe = (): void => {
    for (const { buffer } of uploads) buffer.fill(0);
    uploads = [];
  };
  const set = (): boolean => {
    const files = uploads.map(({ name, mimeType, buffer }) => ({ name, mimeType, buffer }));
    void chooser
      .setFiles(files)
      .catch(() => undefined)
      .finally(wipe);
    return true;
  };
  return {
    question: { t: "chooser", id, accept: accept.slice(0, 200), multiple },
    answer: (message) => {
      if (message.t !== "files" || message.files.length === 0) return true;
      if (uploads.length > 0) return false;
      const files = multiple ? message.files : message.files.slice(0, 1);
      uploads = files.map(({ name, type, size }) => ({
        name: name.replaceAll(/[/\\\0]/g, "_"),
        mimeType: type,
        buffer: Buffer.alloc(Math.min(size, MAX_FILES_BYTES)),
        filled: 0,
      }));
      return uploads.every(({ buffer }) => buffer.byteLength === 0) ? set() : false;
    },
    chunk: ({ index, bytes }) => {
      const upload = uploads[index];
      if (!upload) return false;
      bytes.copy(upload.buffer, upload.filled);
      upload.filled += bytes.byteLength;
      return uploads.every(({ buffer, filled }) => filled >= buffer.byteLength) ? set() : false;
    },
    drop: wipe,
  };
}

/** One after the other: the credentials of one attempt must not be taken away by the end of the one before. */
type InTurn = (act: () => Promise<void>) => void;

function openTurns(): InTurn {
  let last: Promise<void> = Promise.resolve();
  return (act) => {
    last = last.then(act).catch(() => undefined);
  };
}

/**
 * A document behind HTTP's basic authentication. Chromium without a window asks nobody: it shows the server's answer, or an
 * error. The shopper is asked here, and the document is asked for again with what they said; nothing of it is kept but in
 * the browser's own memory.
 */
function askCredentials(context: BrowserContext, frame: Frame, url: string, id: number, inTurn: InTurn): Asked {
  const { origin } = new URL(url);
  const goAgain = async (username: string, password: string): Promise<void> => {
    await context.setHTTPCredentials({ username, password, origin });
    try {
      await frame.goto(url, { waitUntil: "commit", timeout: 15_000 });
    } finally {
      await context.setHTTPCredentials(null);
    }
  };
  return {
    question: { t: "auth", id, origin },
    answer: (message) => {
      if (message.t === "auth" && message.user !== undefined) {
        const { user, password = "" } = message;
        inTurn(() => goAgain(user, password));
      }
      return true;
    },
    drop: () => undefined,
  };
}

function watchCredentials(page: Page, onWanted: (frame: Frame, url: string) => void): () => void {
  const isDocument = (request: Request): boolean => request.isNavigationRequest() && request.method() === "GET";
  const onResponse = (response: Response): void => {
    const request = response.request();
    const scheme = response.headers()["www-authenticate"] ?? "";
    if (response.status() === 401 && isDocument(request) && /^basic\b/i.test(scheme))
      onWanted(request.frame(), request.url());
  };
  const onFailed = (request: Request): void => {
    const isRefused = request.failure()?.errorText.includes("ERR_INVALID_AUTH_CREDENTIALS") ?? false;
    if (isRefused && isDocument(request)) onWanted(request.frame(), request.url());
  };
  page.on("response", onResponse);
  page.on("requestfailed", onFailed);
  return () => {
    page.off("response", onResponse);
    page.off("requestfailed", onFailed);
  };
}
