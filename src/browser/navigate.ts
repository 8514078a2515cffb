import type { Page, Response } from "playwright";
import { isError } from "../kernel/fault.js";

/** Chromium brings its error page this soon, or not at all. */
const ERROR_PAGE_MS = 1_000;

/**
 * As `page.goto`. After an address that could not be reached Chromium brings an error page of its own, a moment later: it is waited
 * for, because it would break off the next visit.
 */
export async function navigate(
  page: Page,
  url: string,
  options: { waitUntil?: "commit" | "domcontentloaded" | "load"; timeout?: number } = {},
): Promise<Response | null> {
  let onFrame = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const errorPage = new Promise<void>((resolve) => {
    onFrame = () => {
      if (page.url().startsWith("chrome-error:")) resolve();
    };
  });
  page.on("framenavigated", onFrame);
  try {
    return await page.goto(url, options);
  } catch (error) {
    if (isError(error) && error.message.includes("net::ERR_")) {
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ERROR_PAGE_MS);
      });
      await Promise.race([errorPage, late]);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    page.off("framenavigated", onFrame);
  }
}
