/** What the cases share. */
import type { Browser, Page } from "playwright";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";

export interface Bench {
  readonly server: LiveViewServer;
  /** The viewer's, where it is one with a page. */
  readonly browser: Browser;
  /** Decodes pictures. */
  readonly decoder: Page;
  /** 1: as many tries as the table says. */
  readonly share: number;
}

export const times = (count: number, { share }: Bench): number => Math.max(5, Math.round(count * share));
