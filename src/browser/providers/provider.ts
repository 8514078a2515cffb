/**
 * Where browsers come from. `local` starts a Chromium of its own for each session; `cdp` uses one that runs elsewhere; a
 * service that rents browsers is one more of these. Whatever it is: nothing is recorded, and what is saved is sealed here.
 */
import type { BrowserContext, Page } from "playwright";
import type { BundleName } from "../bundle-seal.js";
import type { Surroundings } from "../layer.js";

/** What a provider really gives: declared, and held to it by the conformance suite. */
export interface ProviderCapabilities {
  /** `full`: the whole profile travels. `portable`: cookies, localStorage, sessionStorage, IndexedDB and no more. */
  readonly contexts: "full" | "portable";
  /** Whether a key that cannot leave the browser (a non-extractable CryptoKey) is there again after a restore. */
  readonly deviceKeys: boolean;
  /**
   * `enforced`: nothing leaves but through our proxy. `proxied`: what pages ask for goes through our proxy; what the browser does
   * past it (WebRTC, names looked up ahead) is up to whoever started it. `remote`: all of it is.
   */
  readonly egress: "enforced" | "proxied" | "remote";
  /** Whether each session is a process of its own. */
  readonly isolation: "process" | "context";
}

export interface HostedBrowserRequest {
  readonly surroundings: Surroundings;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly touch: boolean;
  /** Null: a browser that knows nobody. The key is the caller's to wipe, and not looked at after `open`. */
  readonly sealed: { readonly name: BundleName; readonly key: Uint8Array; readonly bytes: Uint8Array } | null;
}

export interface HostedBrowser {
  readonly context: BrowserContext;
  /** The first page. */
  readonly page: Page;
  /** For example `HeadlessChrome/153.0.8010.0`. */
  readonly version: string;
  /** Resolves when it is gone, for whatever reason. */
  readonly closed: Promise<void>;
  /** A page in the background, which `isUnseen` knows before anybody hears of it. */
  readonly openUnseen: () => Promise<Page>;
  readonly isUnseen: (page: Page) => boolean;
  /**
   * Shuts it and seals what it held; `end` is still the caller's to call. Throws BundleTooLarge, or BrowserUnavailable: nothing
   * is lost then but this session.
   */
  readonly save: (name: BundleName, key: Uint8Array) => Promise<Buffer>;
  /** Kills it and leaves nothing behind. Any number of times. */
  readonly end: () => Promise<void>;
}

export interface BrowserProvider {
  readonly id: string;
  readonly capabilities: ProviderCapabilities;
  /** Throws BrowserUnavailable, or BundleRejected where the sealed bytes are not this name's and key's. Leaves nothing behind then. */
  readonly open: (request: HostedBrowserRequest) => Promise<HostedBrowser>;
  readonly vacancy: () => { readonly slots: number; readonly free: number };
  /** Throws BrowserUnavailable where no browser could be had now. */
  readonly version: () => Promise<string>;
  readonly close: () => Promise<void>;
}
