import { setTimeout as wait } from "node:timers/promises";
import type { Call, Kept } from "./contract.js";
import { AdapterError } from "./errors.js";

/**
 * A page of the hosted browser, as much of it as adapters need. A `Page` of Playwright's is one. Code for the page is
 * given as text, so that no compiler comes between; it answers what is needed and no more: what stays in the page cannot
 * leak out of the gateway.
 */
export interface Page {
  readonly goto: (
    url: string,
    options?: { waitUntil?: "commit" | "domcontentloaded" | "load"; timeout?: number },
  ) => Promise<PageAnswer | null>;
  readonly url: () => string;
  /** The value of an expression in the page, through JSON; a promise is waited for. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  readonly click: (selector: string, options?: { timeout?: number }) => Promise<void>;
  readonly waitForSelector: (
    selector: string,
    options?: { state?: "attached" | "visible"; timeout?: number },
  ) => Promise<unknown>;
  /** Its cookies keep their domains: the same name on two domains is two cookies. */
  readonly context: () => { readonly cookies: (url: string) => Promise<readonly PageCookie[]> };
}
export interface PageAnswer {
  readonly status: () => number;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly request: () => { readonly failure: () => unknown };
}
export interface PageCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
}

/** What the hosted browser has to know of a store. Pure functions of the Store's settings. */
export interface Browsing<K extends Kept> {
  /** BCP 47, for example `pt-BR`. */
  readonly locale: (settings: K["settings"]) => string;
  /** IANA, for example `America/Sao_Paulo`. */
  readonly timezone: (settings: K["settings"]) => string;
  /** Where the shopper's live view begins. */
  readonly loginUrl: (settings: K["settings"]) => string;
  /**
   * An expression, true in a page where the login seems to be done: the moment to call `connect.finish`, which finds out.
   * It reads nothing that a shopper types and answers nothing but a boolean.
   */
  readonly looksDone: (settings: K["settings"]) => string;
}

/** Where a visit ended after all redirects. */
export interface Arrival {
  readonly status: number;
  readonly url: URL;
}

/** Longer than a slow store takes, shorter than the gateway's own deadline. */
const VISIT_TIMEOUT_MS = 20_000;

/** `call.page`, and an abort of the call ends it whatever the page is doing. */
export async function usePage<K extends Kept, T>(
  call: Pick<Call<K>, "page" | "signal">,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  return orAborted(
    call.page((page) => orAborted(use(page), call.signal)),
    call.signal,
  );
}

/**
 * Opens an address and waits for its HTML. Throws STORE_UNAVAILABLE where it cannot be reached, is too slow or failing,
 * RATE_LIMITED where the store says so, STORE_CHANGED for an answer that is no page. Anything else, a 403 or a 404 among
 * it, is the caller's to judge.
 */
export async function visit(page: Page, url: string): Promise<Arrival> {
  const answer = await tryPage(() => page.goto(url, { waitUntil: "commit", timeout: VISIT_TIMEOUT_MS }));
  await tryPage(() => waitForHtml(page, answer));
  const status = answer?.status() ?? 0;
  const headers = answer?.headers() ?? {};
  if (status === 429) {
    throw new AdapterError("RATE_LIMITED", "The store asks for fewer requests.", waitOf(headers["retry-after"]));
  }
  if (status === 0 || status >= 500) throw new AdapterError("STORE_UNAVAILABLE", "The store is failing.");
  if (!(headers["content-type"] ?? "").startsWith("text/html")) {
    throw new AdapterError("STORE_CHANGED", "The store answered something that is not a page.");
  }
  return { status, url: new URL(page.url()) };
}

/** A page whose answer breaks off stays "loading" for ever; that its request failed is the only sign. */
async function waitForHtml(page: Page, answer: PageAnswer | null): Promise<void> {
  for (const until = Date.now() + VISIT_TIMEOUT_MS; Date.now() < until; await wait(20)) {
    if ((await page.evaluate("document.readyState")) !== "loading") return;
    if (answer?.request().failure()) break;
  }
  throw new AdapterError("STORE_UNAVAILABLE", "The store's page did not come whole.");
}

/**
 * One thing done to a page. Whatever goes wrong in it (a timeout, a page that navigated or crashed) is the store's: thrown as
 * STORE_UNAVAILABLE without the cause, because the browser's own messages quote the page.
 */
export async function tryPage<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    throw new AdapterError("STORE_UNAVAILABLE", "The store's page did not come, or did not stay.");
  }
}

/** In the page: the offer of the first thing of one of these types. */
const OFFER = `(types) => {
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    try {
      const { "@type": type, offers } = JSON.parse(script.textContent);
      if (types.includes(type) && offers) {
        return { price: Number(offers.price), currency: String(offers.priceCurrency), availability: String(offers.availability) };
      }
    } catch {}
  }
  return null;
}`;

/**
 * What a page says of its product for search engines (JSON-LD, schema.org's `offers`): `{ price, currency, availability }`, to be
 * judged by a schema; null when it says nothing. `types` are schema.org's, for example `Product`.
 */
export const readOffer = (page: Page, types: readonly string[]): Promise<unknown> =>
  tryPage(() => page.evaluate(`(${OFFER})(${JSON.stringify(types)})`));

function waitOf(retryAfter: string | undefined): { retryAfterMs?: number } {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? { retryAfterMs: Number(retryAfter) * 1000 } : {};
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  work.catch(() => undefined); // it lost to the abort: its outcome no longer matters
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
