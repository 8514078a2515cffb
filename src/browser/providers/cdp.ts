/**
 * Browsers that run elsewhere, reached over the DevTools protocol: a Chromium on another machine, or one that a service rents. A
 * session is a browser context there. What is kept is portable: cookies, localStorage, sessionStorage, IndexedDB.
 */
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright";
import { orLate } from "../../kernel/patience.js";
import { BundleRejected, openBundle, sealBundle } from "../bundle-seal.js";
import { BundleTooLarge, MAX_BUNDLE_BYTES } from "../context-bundle.js";
import { type EgressProxy, openEgressProxy } from "../egress-proxy.js";
import { rulesOf } from "../egress-rules.js";
import { BrowserUnavailable } from "../unavailable.js";
import { watchUnseenPages } from "../unseen-pages.js";
import { type PortableHeader, readPortable, readPortableHeader, writePortable } from "./portable.js";
import type { BrowserProvider, HostedBrowser, HostedBrowserRequest } from "./provider.js";

/** One browser, rented for one session. */
export interface RentedBrowser {
  /** `ws://127.0.0.1:…`, or wss anywhere. It may hold a secret: it is never logged. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Any number of times. */
  readonly giveBack: () => Promise<void>;
}

export interface CdpOptions {
  readonly id: string;
  /** Asked for each session. A service that records by itself is told here not to. */
  readonly rent: () => Promise<RentedBrowser>;
  /** So many sessions at once. */
  readonly slots: number;
  /**
   * Whether the browser over there can dial this worker. If so its traffic comes back through the session's egress proxy; if
   * not, sandboxes are out of its reach, and it opens nothing for the test environment.
   */
  readonly canDialUs: boolean;
}

const CONNECT_MS = 30_000;
const CLOSE_MS = 10_000;

export function openCdpProvider(options: CdpOptions): BrowserProvider {
  const open = new Set<{ hosted: HostedBrowser | null }>();
  return {
    id: options.id,
    capabilities: {
      contexts: "portable",
      deviceKeys: false,
      egress: options.canDialUs ? "proxied" : "remote",
      isolation: "context",
    },
    open: async (request) => {
      if (open.size >= options.slots) {
        throw new BrowserUnavailable("no-free-slot", "Every browser of this worker is in use.");
      }
      const place: { hosted: HostedBrowser | null } = { hosted: null };
      open.add(place);
      place.hosted = await openRented(options, request, () => open.delete(place));
      return place.hosted;
    },
    vacancy: () => ({ slots: options.slots, free: Math.max(0, options.slots - open.size) }),
    version: () => askVersion(options),
    close: async () => {
      await Promise.all([...open].map(({ hosted }) => hosted?.end()));
    },
  };
}

/** A fixed address of a Chromium with a debugging port. Throws RangeError for one that cookies may not be sent to in the open. */
export function rentFrom(url: string, headers?: Readonly<Record<string, string>>): () => Promise<RentedBrowser> {
  const { protocol, hostname } = new URL(url);
  if (!/^(wss:|https:)$/.test(protocol) && !isLoopback(hostname)) {
    throw new RangeError("A browser elsewhere is reached by wss.");
  }
  return async () => ({ url, headers, giveBack: async () => undefined });
}

export const isLoopback = (hostname: string): boolean => /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(hostname);

async function askVersion({ rent }: CdpOptions): Promise<string> {
  const rented = await rent();
  try {
    const browser = await connect(rented);
    const version = browser.version();
    await browser.close();
    return version;
  } finally {
    await rented.giveBack();
  }
}

/** Its own error may quote the address. */
async function connect({ url, headers }: RentedBrowser): Promise<Browser> {
  return await chromium.connectOverCDP(url, { headers: headers && { ...headers }, timeout: CONNECT_MS }).catch(() => {
    throw new BrowserUnavailable("start-failed", "The browser elsewhere does not answer.");
  });
}

/** What is undone, in reverse, when a session ends or did not begin. */
type Undo = (() => Promise<unknown>)[];

async function openRented(
  options: CdpOptions,
  request: HostedBrowserRequest,
  onEnd: () => void,
): Promise<HostedBrowser> {
  const { sealed, surroundings } = request;
  const undo: Undo = [];
  const end = once(async () => {
    for (const step of undo.reverse()) await inTime(step()).catch(() => undefined);
    onEnd();
  });
  try {
    if (surroundings.egress.kind === "sandbox" && !options.canDialUs) {
      throw new BrowserUnavailable("start-failed", "A browser elsewhere cannot reach the sandboxes of this machine.");
    }
    const header = sealed && readPortableHeader((await openBundle(sealed.name, sealed.key, sealed.bytes)).header);
    const rented = await options.rent();
    undo.push(rented.giveBack);
    const proxy = options.canDialUs ? await openEgressProxy({ rules: rulesOf(surroundings) }) : null;
    if (proxy) undo.push(proxy.close);
    const browser = await connect(rented);
    undo.push(() => browser.close());
    const context = await openContext(browser, request, header, proxy);
    undo.push(() => context.close());
    return await furnish(browser, context, header, end);
  } catch (error) {
    await end();
    throw error instanceof BrowserUnavailable || error instanceof BundleRejected
      ? error
      : new BrowserUnavailable("start-failed", "The browser elsewhere opened no session.", error);
  }
}

async function openContext(
  browser: Browser,
  { surroundings, viewport, touch }: HostedBrowserRequest,
  header: PortableHeader | null,
  proxy: EgressProxy | null,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    locale: surroundings.locale,
    timezoneId: surroundings.timezone,
    viewport: { ...viewport },
    hasTouch: touch,
    isMobile: touch,
    acceptDownloads: false,
    // Behind the proxy of the test environment are sandboxes and nothing else; the certificate is of its own making.
    ignoreHTTPSErrors: surroundings.egress.kind === "sandbox",
    ...(proxy && { proxy: { server: proxy.url, bypass: "<-loopback>" } }),
    ...(header && { storageState: header.storage }),
  });
  await context.grantPermissions([]);
  return context;
}

async function furnish(
  browser: Browser,
  context: BrowserContext,
  header: PortableHeader | null,
  end: () => Promise<void>,
): Promise<HostedBrowser> {
  const closed = new Promise<void>((resolve) => {
    context.once("close", () => resolve());
    browser.once("disconnected", () => resolve());
  });
  const page: Page = await context.newPage();
  const cdp: CDPSession = await browser.newBrowserCDPSession();
  const { product } = await cdp.send("Browser.getVersion");
  const unseen = await watchUnseenPages(context, page, cdp);
  if (header) await writePortable(page, header);
  return {
    context,
    page,
    version: product,
    closed,
    openUnseen: unseen.open,
    isUnseen: unseen.has,
    save: async (name, key) => {
      const kept = await inTime(readPortable(context, product)).catch((error: unknown) => {
        throw new BrowserUnavailable("close-failed", "The browser elsewhere did not tell what it holds.", error);
      });
      await inTime(context.close()).catch(() => undefined);
      const bytes = await sealBundle(name, key, kept, Buffer.alloc(0));
      if (bytes.length > MAX_BUNDLE_BYTES) throw new BundleTooLarge();
      return bytes;
    },
    end,
  };
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= act();
    return done;
  };
}

/** A browser elsewhere may fall silent. */
function inTime<T>(work: Promise<T>): Promise<T> {
  return orLate(work, CLOSE_MS, () => {
    throw new Error("late");
  });
}
