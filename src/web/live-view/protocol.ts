/**
 * What the live view's page and its server say to each other over one WebSocket: JSON text, but frames and files, which
 * are binary. Lengths are CSS pixels of the remote page unless said; times are ISO 8601. No message of the server's holds
 * what a shopper typed.
 */
export const PROTOCOL = 1;

/** Bits of `mod`, as the DevTools protocol counts them. */
export const MODIFIERS = { alt: 1, ctrl: 2, meta: 4, shift: 8 } as const;

/**
 * Body of `POST /v/<id>/claim`. With the link's secret: the first claim, which burns it and sets the viewer's cookie; the same
 * secret with the same nonce is answered again, for a phone whose answer was lost. Without (null): the same browser comes
 * back by its cookie, after a reload or a lost connection.
 */
export interface ClaimRequest {
  readonly secret: string | null;
  /** 128 random bits of the page's, base64url. */
  readonly nonce: string;
  /** The page is in somebody's frame: its cookie has to be partitioned. */
  readonly embedded: boolean;
}

/** 200: then `GET /v/<id>/socket?ticket=…` becomes the WebSocket, once, within 30 s. */
export interface ClaimAnswer {
  readonly ticket: string;
  /** Origins that may embed the page, and hear its EmbeddingMessage. */
  readonly embedders: readonly string[];
}

/** 403, 404 or 410: it will never be granted. `used`: claimed by another browser. `unknown`: no such link, or not ours to tell. */
export interface ClaimRefusal {
  readonly error: "used" | "revoked" | "expired" | "unknown";
}

/** What the shopper's page says. */
export type ViewerMessage =
  /** First of all; `dpr` is the screen's pixels per CSS pixel. */
  | {
      readonly t: "hello";
      readonly proto: typeof PROTOCOL;
      readonly vw: number;
      readonly vh: number;
      readonly dpr: number;
      readonly touch: boolean;
    }
  /** A frame has been drawn: the next may come. */
  | { readonly t: "ack"; readonly seq: number }
  | {
      readonly t: "ptr";
      readonly k: "down" | "up" | "move" | "wheel" | "cancel";
      readonly x: number;
      readonly y: number;
      /** As `MouseEvent.button` and `.buttons`. */
      readonly btn?: 0 | 1 | 2;
      readonly buttons: number;
      readonly clicks: number;
      readonly mod: number;
      readonly dx?: number;
      readonly dy?: number;
    }
  /** `points`: the fingers that are down from now on; none when the last one left. */
  | {
      readonly t: "touch";
      readonly k: "start" | "move" | "end" | "cancel";
      readonly points: readonly { readonly id: number; readonly x: number; readonly y: number }[];
      readonly mod: number;
    }
  /** A real key. `text` is there when it types something; `code` is the place on the keyboard. */
  | {
      readonly t: "key";
      readonly k: "down" | "up";
      readonly key: string;
      readonly code: string;
      readonly mod: number;
      readonly repeat: boolean;
      readonly text?: string;
    }
  /** Text that came without a key that could be trusted: key code 229, a dead key, autofill, a phone's suggestion. */
  | { readonly t: "text"; readonly s: string }
  /** An input method at work; `end` commits `s`. The selection is within `s`, in UTF-16 units. */
  | { readonly t: "comp"; readonly k: "update" | "end"; readonly s: string; readonly from: number; readonly to: number }
  /** A phone's keyboard takes characters away around the caret: so many presses of Backspace, then of Delete. */
  | { readonly t: "erase"; readonly before: number; readonly after: number }
  | { readonly t: "paste"; readonly s: string }
  /** Asks for the selected text, once. */
  | { readonly t: "copy" }
  | { readonly t: "nav"; readonly k: "back" | "forward" | "reload" }
  | { readonly t: "tab"; readonly id: number; readonly k: "focus" | "close" }
  | { readonly t: "resize"; readonly vw: number; readonly vh: number; readonly dpr: number }
  /** Whether the shopper can see the page at all; frames stop meanwhile. */
  | { readonly t: "visible"; readonly on: boolean }
  | { readonly t: "dialog"; readonly id: number; readonly accept: boolean; readonly text?: string }
  /** Announces files for a chooser; their bytes follow as binary messages, in this order. None: the shopper chose nothing. */
  | {
      readonly t: "files";
      readonly id: number;
      readonly files: readonly { readonly name: string; readonly type: string; readonly size: number }[];
    }
  | { readonly t: "auth"; readonly id: number; readonly user?: string; readonly password?: string }
  /** The value chosen in a date, time, month, week or colour field, in the field's own format. */
  | { readonly t: "picker"; readonly id: number; readonly value: string }
  /** The text alternative of the page, for screen readers. */
  | { readonly t: "outline"; readonly on: boolean }
  /** Activates (`press`) or focuses an entry of the outline. */
  | { readonly t: "reach"; readonly ref: number; readonly k: "press" | "focus" }
  /** "I am still here": ends the idle warning. */
  | { readonly t: "stay" }
  /** More time, once. */
  | { readonly t: "extend" }
  /** "I am logged in." */
  | { readonly t: "done" }
  | { readonly t: "cancel" }
  | { readonly t: "ping" };

/** Binary message of the shopper's: u8 2, u8 last (0 or 1), u16 index of the file, u32 id of the chooser, then bytes. */
export const FILE_CHUNK = { type: 2, headerBytes: 8, maxBytes: 64 * 1024 } as const;

/**
 * Binary message of the server's: u8 1, u8 flags (1: sharp, after a pause), u16 tab, u32 seq, u16 width and u16 height of
 * the picture, u16 width and u16 height of the remote viewport, u32 server's milliseconds; then a JPEG. Big-endian.
 */
export const FRAME = { type: 1, headerBytes: 20, sharp: 1 } as const;

/**
 * `starting` → `live` → `checking` → `connected`; or `cancelled`, `expired`, `failed`. From `checking` it may go back to
 * `live`, with `notice` saying why.
 */
export type Phase = "starting" | "live" | "checking" | "connected" | "cancelled" | "expired" | "failed";

/** What the page shows around the remote page. */
export interface Occasion {
  /** The org's name: who asks. */
  readonly app: string;
  /** The Store's title, as the shopper knows it. */
  readonly store: string;
  /** `connect`: log in, and the login is kept. `handOff`: finish and pay; nothing new is asked for. `operator`: a person of the org logs in as themselves. */
  readonly purpose: "connect" | "handOff" | "operator";
}

/** What the server says. */
export type ServerMessage =
  | {
      readonly t: "state";
      readonly phase: Phase;
      readonly expiresAt: string;
      /** Whether `extend` would do something. */
      readonly extendable: boolean;
      readonly occasion: Occasion;
      /** A fixed English sentence with a code to translate it by; for example after a login that was not one. */
      readonly notice: { readonly code: string; readonly text: string } | null;
    }
  | {
      readonly t: "tabs";
      readonly tabs: readonly { readonly id: number; readonly title: string; readonly focused: boolean }[];
    }
  /** The real address of the focused tab: told by the worker, not by the page. `domain` is its registrable part. */
  | {
      readonly t: "url";
      readonly origin: string;
      readonly host: string;
      readonly domain: string;
      readonly secure: boolean;
      readonly loading: boolean;
    }
  /** A field took the focus. Nothing of what it holds is told. */
  | {
      readonly t: "field";
      readonly kind: "text" | "password" | "email" | "tel" | "number" | "search" | "url" | "multiline" | "picker";
      /** Of `picker`: date, time, month, week, datetime-local, color. */
      readonly type: string;
      readonly id: number;
      readonly inputmode: string;
      readonly autocomplete: string;
      readonly maxLength: number | null;
      readonly label: string;
      readonly rect: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    }
  | { readonly t: "blur" }
  | { readonly t: "cursor"; readonly css: string }
  | {
      readonly t: "dialog";
      readonly id: number;
      readonly kind: "alert" | "confirm" | "prompt" | "beforeunload";
      readonly message: string;
      readonly origin: string;
    }
  | { readonly t: "chooser"; readonly id: number; readonly accept: string; readonly multiple: boolean }
  | { readonly t: "auth"; readonly id: number; readonly origin: string }
  | { readonly t: "clip"; readonly s: string }
  | { readonly t: "outline"; readonly entries: readonly OutlineEntry[] }
  | { readonly t: "quality"; readonly level: 0 | 1 | 2 | 3 }
  /** Nothing was done for long: the session ends then, unless the shopper does something. */
  | { readonly t: "idle"; readonly endsAt: string }
  | { readonly t: "pong" }
  /** The last one. Another viewer of the same link, or its revocation, is `revoked`. */
  | { readonly t: "closed"; readonly reason: Phase | "revoked" };

/** One thing on the remote page, in reading order. Values of fields are never told. */
export interface OutlineEntry {
  readonly ref: number;
  readonly role: string;
  readonly name: string;
  readonly level: number | null;
  readonly state: string;
}

/** To the page that embeds the live view, by `postMessage`; nothing else is in it. */
export interface EmbeddingMessage {
  readonly source: "shopkey";
  readonly event: "connected" | "cancelled" | "expired";
}
