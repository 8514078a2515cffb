/** The tabs of a session in the order in which they came: which one is in front, and which one comes there when it goes. */
import type { Page } from "playwright";
import type { ServerMessage } from "../../web/live-view/protocol.js";
import type { Tab } from "./tab.js";

export interface TabRow {
  readonly all: () => readonly Tab[];
  readonly find: (id: number) => Tab | null;
  readonly front: () => Tab | null;
  /** As the viewer is told of them. */
  readonly list: () => Extract<ServerMessage, { t: "tabs" }>;
  /** `opener`: the page that opened it. */
  readonly add: (tab: Tab, opener: Page | null) => void;
  /** To the front. The one that was there is not watched any more. */
  readonly bring: (tab: Tab) => void;
  /** Answers which one is to come to the front, where it was there itself: its opener, or the youngest. */
  readonly remove: (tab: Tab) => Tab | null;
  readonly clear: () => void;
}

export function openTabRow(): TabRow {
  const tabs = new Map<number, Tab>();
  const openers = new Map<number, number>();
  let front: Tab | null = null;
  return {
    all: () => [...tabs.values()],
    find: (id) => tabs.get(id) ?? null,
    front: () => front,
    list: () => ({
      t: "tabs",
      tabs: [...tabs.values()].map((tab) => ({ id: tab.id, title: tab.title(), focused: tab === front })),
    }),
    add: (tab, opener) => {
      tabs.set(tab.id, tab);
      const parent = [...tabs.values()].find(({ page }) => page === opener);
      if (parent) openers.set(tab.id, parent.id);
    },
    bring: (tab) => {
      if (front !== tab) front?.unwatch();
      front = tab;
    },
    remove: (tab) => {
      tabs.delete(tab.id);
      const opener = tabs.get(openers.get(tab.id) ?? -1);
      openers.delete(tab.id);
      if (tab !== front) return null;
      front = null;
      return opener ?? [...tabs.values()].at(-1) ?? null;
    },
    clear: () => {
      tabs.clear();
      front = null;
    },
  };
}
