/** What a shopper does, and when they see it: presses, keys, touches, and a press after many moves. */
import type { LiveClient } from "../../test/support/live-client.js";
import { timeBare } from "./bare.js";
import { type Bench, times } from "./bench.js";
import { limitRow, type Row, timesRow } from "./table.js";
import { clickAt, PHONE, pause, timeFrames, type Viewing, view } from "./viewing.js";

async function withView<T>(bench: Bench, path: string, use: (viewing: Viewing) => Promise<T>, hello = {}): Promise<T> {
  const viewing = await view(bench.server, path, hello);
  try {
    await pause(1_000);
    return await use(viewing);
  } finally {
    await viewing.close();
  }
}

export async function measureClick(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/click", async ({ client, live }) => {
    const clicks = await timeFrames(client, times(200, bench), (turn) => press(client, turn));
    client.send({ t: "visible", on: false });
    const bare = await timeBare(live, times(100, bench));
    return [limitRow(bare), timesRow("1", "click -> changed frame, 1280x800", clicks, { median: 30, p95: 65 })];
  });
}

function press(client: LiveClient, turn: number): undefined {
  clickAt(client, 200 + turn, 300);
}

const MOVES = 120;

/** All at once, as no page of ours sends them; and as a mouse tells them that is heard a thousand times a second. */
export async function measureMoves(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/click", async ({ client }) => {
    const move = (at: number, turn: number) =>
      client.send({ t: "ptr", k: "move", x: 100 + at, y: 200 + (turn % 50), buttons: 0, clicks: 0, mod: 0 });
    const atOnce = await timeFrames(client, times(50, bench), (turn) => {
      for (let at = 0; at < MOVES; at++) move(at, turn);
      return press(client, turn);
    });
    const fast = await timeFrames(client, times(50, bench), async (turn) => {
      const began = performance.now();
      for (let at = 0; at < MOVES; await pause(1)) {
        for (const until = Math.min(MOVES, performance.now() - began); at < until; at++) move(at, turn);
      }
      const pressed = performance.now();
      press(client, turn);
      return pressed;
    });
    const target = { median: null, p95: 80 };
    return [
      timesRow("5", `click after ${MOVES} moves at once, from the first move on`, atOnce, target),
      timesRow("5", `click after ${MOVES} moves at 1,000 a second`, fast, target),
    ];
  });
}

export async function measureKey(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/type", async ({ client, live }) => {
    await live.page.evaluate("field.focus()");
    await pause(800);
    const keys = await timeFrames(client, times(100, bench), () => {
      const key = { t: "key", key: "a", code: "KeyA", mod: 0, repeat: false } as const;
      client.send({ ...key, k: "down", text: "a" });
      client.send({ ...key, k: "up" });
      return undefined;
    });
    return [timesRow("2", "typed key -> frame, 1280x800", keys, { median: 30, p95: 65 })];
  });
}

export async function measureTouch(bench: Bench): Promise<Row[]> {
  const measure = async ({ client }: Viewing) => {
    const touches = await timeFrames(client, times(100, bench), (turn) => {
      client.send({ t: "touch", k: "start", points: [{ id: 0, x: 100 + turn, y: 300 }], mod: 0 });
      client.send({ t: "touch", k: "end", points: [], mod: 0 });
      return undefined;
    });
    return [timesRow("3", "touch -> frame, 390x844", touches, { median: 25, p95: 45 })];
  };
  return await withView(bench, "/click", measure, PHONE);
}
