/** A session as the live view needs it, and the live view as a session needs it: neither knows more of the other. */
import type { BrowserContext, Page } from "playwright";
import type { Occasion, Phase } from "../../web/live-view/protocol.js";

export interface WatchedSession {
  /** `bs_…` */
  readonly id: string;
  readonly occasion: Occasion;
  /** Origins that may embed the page. */
  readonly embedders: readonly string[];
  /** `browser` is null before it is started and after it was shut. */
  readonly browser: () => { readonly context: BrowserContext; readonly page: Page; readonly version: string } | null;
  /** A page that the gateway opened for itself: it is never shown. */
  readonly isUnseen: (page: Page) => boolean;
  readonly state: () => {
    readonly phase: Phase;
    readonly expiresAt: Date;
    readonly extendable: boolean;
    /** When nothing is done until then; null while there is time. */
    readonly idleEndsAt: Date | null;
    readonly notice: { readonly code: string; readonly text: string } | null;
  };
  /** After each change of the state; answers what ends it. */
  readonly onChange: (listener: () => void) => () => void;
  /** The link was claimed: somebody is there. */
  readonly claimed: () => void;
  /** A viewer's socket opened or closed. */
  readonly attached: (isThere: boolean) => void;
  /** The shopper did something. */
  readonly active: () => void;
  readonly extend: () => void;
  readonly done: () => void;
  readonly cancel: () => void;
}

/** One session's live view. */
export interface LiveView {
  /** A link good for one claim, until `expiresAt`; the one before it, and its viewer, end within a second. */
  readonly mintLink: (expiresAt: Date) => string;
  /** Nobody sees it from here on; a viewer that is there is told why. */
  readonly close: () => void;
}

export interface LiveViewServer {
  /** `http://host:port`, or the public origin that was given. */
  readonly origin: string;
  /** Where it listens. */
  readonly port: number;
  readonly open: (session: WatchedSession) => LiveView;
  readonly close: () => Promise<void>;
}
