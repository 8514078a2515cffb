/** The rows of the table, each measured by itself. */
import { processesOf } from "../../src/browser/processes.js";
import { typeStrings } from "../../test/campaigns/typing.js";
import { claim, doorOf, HELLO, openSocket } from "../../test/support/live-client.js";
import { timeBare } from "./bare.js";
import { type Bench, times } from "./bench.js";
import { measureGlass } from "./glass.js";
import { timeMarks } from "./marked.js";
import { treeMemory } from "./memory.js";
import { openSlowLink } from "./slow-link.js";
import { limitRow, quantile, type Row, timesRow } from "./table.js";
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

async function measureClick(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/click", async ({ client, live }) => {
    const clicks = await timeFrames(client, times(200, bench), (turn) => clickAt(client, 200 + turn, 300));
    const afterMoves = await timeFrames(client, times(50, bench), async (turn) => {
      for (let at = 0; at < 120; at++) {
        client.send({ t: "ptr", k: "move", x: 100 + at, y: 200 + (turn % 50), buttons: 0, clicks: 0, mod: 0 });
      }
      clickAt(client, 300, 300);
    });
    client.send({ t: "visible", on: false });
    const bare = await timeBare(live, times(100, bench));
    return [
      limitRow(bare),
      timesRow("1", "click -> changed frame, 1280x800", clicks, { median: 30, p95: 65 }),
      timesRow("5", "click right after 120 moves", afterMoves, { median: null, p95: 80 }),
    ];
  });
}

async function measureKey(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/type", async ({ client, live }) => {
    await live.page.evaluate("field.focus()");
    await pause(800);
    const keys = await timeFrames(client, times(100, bench), () => {
      const key = { t: "key", key: "a", code: "KeyA", mod: 0, repeat: false } as const;
      client.send({ ...key, k: "down", text: "a" });
      client.send({ ...key, k: "up" });
    });
    return [timesRow("2", "typed key -> frame, 1280x800", keys, { median: 30, p95: 65 })];
  });
}

async function measureTouch(bench: Bench): Promise<Row[]> {
  const measure = async ({ client }: Viewing) => {
    const touches = await timeFrames(client, times(100, bench), (turn) => {
      client.send({ t: "touch", k: "start", points: [{ id: 0, x: 100 + turn, y: 300 }], mod: 0 });
      client.send({ t: "touch", k: "end", points: [], mod: 0 });
    });
    return [timesRow("3", "touch -> frame, 390x844", touches, { median: 25, p95: 45 })];
  };
  return await withView(bench, "/click", measure, PHONE);
}

const LINKS = [
  { mbit: 20, rttMs: 20, p95: 220 },
  { mbit: 4, rttMs: 80, p95: 450 },
  { mbit: 1, rttMs: 120, p95: 500 },
];

async function measureSlowLinks(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const link of LINKS) {
    const slow = await openSlowLink(bench.server.port, link);
    const viewing = await view(bench.server, "/marked", {}, slow.origin);
    // Until the quality has settled.
    await pause(6_000);
    const marks = await timeMarks(viewing.client, bench.decoder, times(32, bench), 700);
    const level = viewing.client.said.findLast((one) => one.t === "quality");
    const what = `${link.mbit} Mbit / ${link.rttMs} ms, always animating (level ${level?.level ?? 0})`;
    rows.push(timesRow("6", what, marks, { median: null, p95: link.p95 }));
    await viewing.close();
    await slow.close();
  }
  return rows;
}

async function measureReconnect(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/login", async ({ client, live }) => {
    client.close();
    await client.ended;
    const door = doorOf(live.view.mintLink(new Date(Date.now() + 60_000)));
    await claim(door, door.secret);
    const all: number[] = [];
    for (let turn = 0; turn < times(50, bench); turn++) {
      await pause(100 + Math.random() * 200);
      const began = performance.now();
      const { body } = await claim(door, null);
      const again = await openSocket(door, body.ticket ?? "");
      again.send(HELLO);
      all.push((await again.nextFrame()).at - began);
      again.close();
      await again.ended;
    }
    return [timesRow("9", "reconnect (claim, socket) -> first frame", { all, misses: 0 }, { median: null, p95: 250 })];
  });
}

async function measureStart(bench: Bench): Promise<Row[]> {
  const all: number[] = [];
  for (let turn = 0; turn < times(12, bench); turn++) {
    const began = performance.now();
    const viewing = await view(bench.server, "/login");
    all.push(performance.now() - began);
    await viewing.close();
  }
  const what = "start of a Chromium -> first frame of a page, at the viewer";
  return [timesRow("8", what, { all, misses: 0 }, { median: 600, p95: 1_000 })];
}

async function measureLoginBytes(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [dpr, most] of [
    [1, 0.8],
    [2, 1.8],
  ] as const) {
    const viewing = await view(bench.server, "/login", { ...PHONE, dpr });
    const { client, live } = viewing;
    for (const [field, text] of [
      ["mail", "ana.souza@email.com"],
      ["password", "hunter2hunter2"],
      ["code", "123456"],
    ]) {
      await pause(600);
      await live.page.evaluate(`${field}.focus()`);
      for (const letter of text ?? "") {
        client.send({ t: "text", s: letter });
        await pause(110);
      }
    }
    client.send({ t: "key", k: "down", key: "Enter", code: "Enter", mod: 0, repeat: false });
    await pause(1_500);
    const megabytes = client.bytes() / 1_000_000;
    const frames = `${client.frames.length} frames, ${client.frames.filter(({ sharp }) => sharp).length} sharp`;
    rows.push({
      row: "10",
      what: `bytes of a login, 390x844 @${dpr}x`,
      target: `<= ${most} MB`,
      reached: `${megabytes.toFixed(2)} MB (${frames})`,
      isMet: megabytes <= most,
    });
    await viewing.close();
  }
  return rows;
}

async function measureMemory(bench: Bench): Promise<Row[]> {
  return await withView(bench, "/login", async ({ live }) => {
    const pids = live.uid === null ? [] : await processesOf(live.uid);
    const megabytes = await treeMemory(pids);
    return [
      {
        row: "19",
        what: `memory of a session, its Chromium's ${pids.length} processes (${live.version})`,
        target: "<= 230 MB PSS",
        reached: megabytes === null ? "not to be read here" : `${megabytes.toFixed(0)} MB`,
        isMet: megabytes === null ? null : megabytes <= 230,
      },
    ];
  });
}

async function measureTyping(bench: Bench): Promise<Row[]> {
  const size = times(200, bench);
  const report = await typeStrings({ size, seed: 14, say: () => undefined });
  return [
    {
      row: "14",
      what: "typing: strings exact",
      target: "100 %",
      reached: `${size - report.failures.length} of ${size}`,
      isMet: report.failures.length === 0,
    },
  ];
}

/** So many sessions at once, their pages changing ten times a second, a click on each every second or so. */
async function measureCapacity(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, count, hello] of [
    ["desktop", 8, {}],
    ["phone", 16, PHONE],
  ] as const) {
    const viewings: Viewing[] = [];
    try {
      for (let at = 0; at < count; at++) viewings.push(await view(bench.server, "/ticking", hello));
      await pause(3_000);
      const each = viewings.map(({ client }) => timeMarks(client, bench.decoder, times(12, bench), 1_000));
      const all = await Promise.all(each);
      const p95s = all.map((one) => quantile(one.all, 0.95));
      const misses = all.reduce((sum, one) => sum + one.misses, 0);
      const joined = { all: all.flatMap((one) => one.all), misses };
      const good = p95s.filter((p95) => p95 < 300).length;
      rows.push(
        timesRow("7", `${count} ${what} sessions at 10 fps (${good} with p95 < 300)`, joined, {
          median: null,
          p95: 300,
        }),
      );
    } finally {
      await Promise.all(viewings.map((one) => one.close()));
    }
  }
  return rows;
}

export const CASES = {
  click: measureClick,
  key: measureKey,
  touch: measureTouch,
  glass: measureGlass,
  slow: measureSlowLinks,
  capacity: measureCapacity,
  start: measureStart,
  reconnect: measureReconnect,
  bytes: measureLoginBytes,
  typing: measureTyping,
  memory: measureMemory,
} as const satisfies Readonly<Record<string, (bench: Bench) => Promise<Row[]>>>;
