import type { PageFailure, PageReport } from "../worker/wire.js";

/** A page did not do what an adapter asked of it. The browser's own message quotes the page: it stays where it was. */
export class PageFailed extends Error {
  readonly why: PageFailure;
  readonly report: PageReport;
  constructor(why: PageFailure, report: PageReport) {
    super(`The page did not do it: ${why}.`);
    this.name = "PageFailed";
    this.why = why;
    this.report = { url: report.url, failed: report.failed };
  }
}
