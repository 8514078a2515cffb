/** Pages in the gateway's hands: what it may ask of them, and for how long. */
import { randomBytes } from "node:crypto";
import { errors, type Page, type Request } from "playwright";
import { isAllowedAddress } from "../allowed-address.js";
import { LayerRefused, type Surroundings } from "../layer.js";
import { navigate } from "../navigate.js";
import { MAX_PAGE_ANSWER_BYTES, type PageAct, type PageFailure, type PageReport } from "./wire.js";

/** Its message is fixed: the browser's own quotes the page. */
export class PageActFailed extends Error {
  readonly why: PageFailure;
  readonly report: PageReport;
  constructor(why: PageFailure, report: PageReport) {
    super("The page did not do it.");
    this.name = "PageActFailed";
    this.why = why;
    this.report = report;
  }
}

export interface LentPages {
  readonly lend: (page: Page, surroundings: Surroundings) => string;
  /** Throws PageActFailed, or LayerRefused `gone` or `forbidden-address`. */
  readonly act: (asked: PageAct) => Promise<PageReport>;
  /** What was being done to it ends, and nothing more can be asked. */
  readonly takeBack: (id: string) => void;
}

interface Lent {
  readonly page: Page;
  readonly surroundings: Surroundings;
  readonly end: AbortController;
  /** Of the last `goto`. */
  request: Request | null;
}

/** An act that names no time of its own. */
const ACT_MS = 30_000;

export function openLentPages(): LentPages {
  const lent = new Map<string, Lent>();
  return {
    lend: (page, surroundings) => {
      const id = `pg_${randomBytes(16).toString("hex")}`;
      lent.set(id, { page, surroundings, end: new AbortController(), request: null });
      return id;
    },
    act: async (asked) => {
      const one = lent.get(asked.page);
      if (!one) throw new LayerRefused("gone");
      return await actOn(one, asked);
    },
    takeBack: (id) => {
      lent.get(id)?.end.abort();
      lent.delete(id);
    },
  };
}

async function actOn(lent: Lent, asked: PageAct): Promise<PageReport> {
  const limit = ("timeout" in asked && asked.timeout) || ACT_MS;
  const report = () => ({ url: lent.page.url(), failed: Boolean(lent.request?.failure()) });
  try {
    const value = await within(perform(lent, asked, limit), limit + 1_000, lent.end.signal);
    if ((JSON.stringify(value) ?? "").length > MAX_PAGE_ANSWER_BYTES) throw new PageActFailed("too-large", report());
    return { value, ...report() };
  } catch (error) {
    if (error instanceof LayerRefused || error instanceof PageActFailed) throw error;
    if (lent.end.signal.aborted) throw new LayerRefused("gone");
    throw new PageActFailed(failureOf(error, lent.page), report());
  }
}

function failureOf(error: unknown, page: Page): PageFailure {
  if (error instanceof errors.TimeoutError) return "timeout";
  return page.isClosed() ? "dead" : "failed";
}

async function perform(lent: Lent, asked: PageAct, timeout: number): Promise<unknown> {
  const { page, surroundings } = lent;
  switch (asked.act) {
    case "goto": {
      if (!isAllowedAddress(surroundings, asked.url)) throw new LayerRefused("forbidden-address");
      lent.request = null;
      const answer = await navigate(page, asked.url, { timeout, waitUntil: asked.waitUntil });
      lent.request = answer?.request() ?? null;
      return answer && { status: answer.status(), headers: answer.headers() };
    }
    case "evaluate":
      return await page.evaluate<unknown>(asked.expression);
    case "click":
      return void (await page.click(asked.selector, { timeout }));
    case "waitForSelector":
      return void (await page.waitForSelector(asked.selector, { timeout, state: asked.state }));
    case "cookies": {
      const cookies = await page.context().cookies(asked.url);
      return cookies.map(({ name, value, domain }) => ({ name, value, domain }));
    }
  }
}

/** Not everything that a page does can be stopped: it is not waited for. */
async function within<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new errors.TimeoutError("late")), ms);
    onAbort = () => reject(new Error("ended"));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
