/** What the cases share. */
import type { Browser } from "playwright";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import type { Decoder } from "./decoder.js";

export interface Bench {
  readonly server: LiveViewServer;
  /** The viewer's, where it is one with a page; started by the first that asks. */
  readonly browser: () => Promise<Browser>;
  readonly decoder: Decoder;
  /** 1: as many tries as the table says. */
  readonly share: number;
}

export const times = (count: number, { share }: Bench): number => Math.max(5, Math.round(count * share));
