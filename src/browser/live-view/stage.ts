/** What a session's viewer sees and touches: its tabs, one of them in front. It lives as long as the session's browser. */
import type { ViewerMessage } from "../../web/live-view/protocol.js";
import type { FileChunk } from "./messages.js";
import { type Audience, openSeat, type Seat } from "./seat.js";
import { openStageOutline, type StageOutline } from "./stage-outline.js";
import type { Tab } from "./tab.js";
import { openTabPages, type TabPagesEars, type TabPagesOptions } from "./tab-pages.js";
import { openTabRow, type TabRow } from "./tab-row.js";

export interface Stage {
  readonly enter: (audience: Audience) => void;
  readonly leave: (audience: Audience) => void;
  /** The quality changed. */
  readonly adjust: () => void;
  readonly hear: (message: StageMessage) => void;
  readonly hearChunk: (chunk: FileChunk) => void;
  readonly close: () => void;
}

export type StageMessage = Exclude<ViewerMessage, { t: "ack" | "ping" | "stay" | "extend" | "done" | "cancel" }>;

const MAX_TABS = 20;

export function openStage(options: TabPagesOptions): Stage {
  const row = openTabRow();
  const seat = openSeat(row.front);
  const outline = openStageOutline(() => (seat.isEmpty() ? null : row.front()), seat.say);
  const greet = (): void => {
    seat.say(row.list());
    for (const message of row.front()?.greeting() ?? []) seat.say(message);
    outline.refresh();
  };
  const focus = (tab: Tab): void => {
    row.bring(tab);
    greet();
    seat.show();
  };
  const stopMeeting = openTabPages(options, earsOf(row, seat, focus));
  return {
    enter: (one) => {
      seat.enter(one);
      greet();
    },
    leave: (one) => {
      if (seat.leave(one)) outline.turn(false);
    },
    adjust: seat.show,
    hear: (message) => hearViewer({ row, seat, outline, focus }, message),
    hearChunk: (chunk) => {
      for (const tab of row.all()) tab.chunk(chunk);
    },
    close: () => {
      stopMeeting();
      outline.turn(false);
      for (const tab of row.all()) tab.close();
      row.clear();
    },
  };
}

/** What the tabs' pages tell: the viewer hears and sees the one in front. */
function earsOf(row: TabRow, seat: Seat, focus: (tab: Tab) => void): TabPagesEars {
  return {
    hasRoom: () => row.all().length < MAX_TABS,
    onOpen: (tab, opener) => {
      row.add(tab, opener);
      focus(tab);
    },
    onGone: (tab) => {
      const next = row.remove(tab);
      if (next) focus(next);
      else seat.say(row.list());
    },
    onChange: (id) => {
      const tab = row.find(id);
      if (!tab) return;
      seat.say(row.list());
      const [address] = tab.greeting();
      if (tab === row.front() && address) seat.say(address);
    },
    say: (id, message) => {
      if (row.front()?.id === id) seat.say(message);
    },
    show: (picture) => {
      if (row.front()?.id === picture.tab) seat.offer(picture);
    },
  };
}

interface Parts {
  readonly row: TabRow;
  readonly seat: Seat;
  readonly outline: StageOutline;
  readonly focus: (tab: Tab) => void;
}

function hearViewer({ row, seat, outline, focus }: Parts, message: StageMessage) {
  switch (message.t) {
    case "hello":
    case "resize":
      return seat.fit(message);
    case "visible":
      return seat.look(message.on);
    case "outline":
      return outline.turn(message.on);
    case "tab": {
      const tab = row.find(message.id);
      if (tab && message.k === "focus") focus(tab);
      else if (tab && row.all().length > 1) void tab.page.close({ runBeforeUnload: false }).catch(() => undefined);
      return;
    }
    case "dialog":
    case "files":
    case "auth":
      for (const tab of row.all()) tab.hear(message);
      return;
    default:
      return row.front()?.hear(message);
  }
}
