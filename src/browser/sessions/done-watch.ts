/** Looks, twice a second, whether a login seems to be done in a page that the shopper sees. It learns a boolean and no more. */
import type { Page } from "playwright";
import type { HostedBrowser } from "../providers/provider.js";

export interface DoneWatch {
  readonly hosted: HostedBrowser;
  /** An expression; see `SessionRequest.looksDone`. */
  readonly looksDone: string;
  readonly isAllowed: (url: string) => boolean;
  /** False: nobody looks now, or it is being checked already. */
  readonly isOn: () => boolean;
  readonly onDone: () => void;
}

const EVERY_MS = 500;

/**
 * A page that was taken for done and was not is asked again only after it has changed its mind or its address: else the shopper
 * would be interrupted for ever. Answers what ends it.
 */
export function watchDone(watch: DoneWatch): () => void {
  const asked = new Set<Page>();
  const spent = new WeakMap<Page, string>();
  const ask = async (page: Page): Promise<void> => {
    const url = page.url();
    const isDone = (await page.evaluate<unknown>(`Boolean(${watch.looksDone}\n)`)) === true;
    if (!isDone) spent.delete(page);
    if (!isDone || !watch.isOn() || spent.get(page) === url) return;
    spent.set(page, url);
    watch.onDone();
  };
  const timer = setInterval(() => {
    if (!watch.isOn()) return;
    for (const page of watch.hosted.context.pages()) {
      // A page with an open dialog answers nothing: one question at a time.
      if (asked.has(page) || watch.hosted.isUnseen(page) || !watch.isAllowed(page.url())) continue;
      asked.add(page);
      // It navigated, crashed or went: no answer is no sign.
      void ask(page)
        .catch(() => undefined)
        .finally(() => asked.delete(page));
    }
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
