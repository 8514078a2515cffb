/** A page that is in a worker's browser, as adapters see it. */
import type { Page, PageAnswer, PageCookie } from "@shopkey/adapter-sdk";
import type { LeaseLine, PageAct, PageReport } from "../worker/wire.js";
import { PageFailed } from "./page-failed.js";

type Act = PageAct extends infer A ? (A extends { page: string } ? Omit<A, "page"> : never) : never;

/** `act` asks the worker. What can be told without asking (`url`, a broken request) is as of the last answer. */
export function remotePage(line: LeaseLine, act: (asked: PageAct) => Promise<PageReport>): Page {
  let last: PageReport = { url: line.url, failed: false };
  const ask = async (asked: Act): Promise<unknown> => {
    try {
      last = await act({ ...asked, page: line.page } as PageAct);
      return last.value;
    } catch (error) {
      if (error instanceof PageFailed) last = error.report;
      throw error;
    }
  };
  return {
    goto: async (url, { waitUntil, timeout } = {}) => {
      const value = await ask({ act: "goto", url, waitUntil, timeout });
      return value ? pageAnswer(value as { status: number; headers: Record<string, string> }, () => last.failed) : null;
    },
    url: () => last.url,
    evaluate: (expression) => ask({ act: "evaluate", expression }),
    click: async (selector, { timeout } = {}) => void (await ask({ act: "click", selector, timeout })),
    waitForSelector: (selector, { state, timeout } = {}) => ask({ act: "waitForSelector", selector, state, timeout }),
    context: () => ({ cookies: async (url) => (await ask({ act: "cookies", url })) as readonly PageCookie[] }),
  };
}

function pageAnswer(answer: { status: number; headers: Record<string, string> }, hasFailed: () => boolean): PageAnswer {
  return {
    status: () => answer.status,
    headers: () => answer.headers,
    request: () => ({ failure: () => (hasFailed() ? "failed" : null) }),
  };
}
