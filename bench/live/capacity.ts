/** So many sessions at once, their pages changing ten times a second, a press on each of them every second or so. */
import { type Bench, times } from "./bench.js";
import { readPresses, recordPresses } from "./marked.js";
import { quantile, type Row, type Times } from "./table.js";
import { type Hello, PHONE, pause, type Viewing, view } from "./viewing.js";

const SETTLE_MS = 3_000;
const PRESSES = 20;
const EVERY_MS = 1_000;
const MOST_MS = 300;

const desktop = { what: "desktop", target: 8, hello: {} } as const;
const phone = { what: "phone", target: 16, hello: PHONE } as const;

export const measureCapacity = (bench: Bench): Promise<Row[]> => measureBoth(bench, [desktop, phone]);
export const measureDesktops = (bench: Bench): Promise<Row[]> => measureBoth(bench, [desktop]);
export const measurePhones = (bench: Bench): Promise<Row[]> => measureBoth(bench, [phone]);

interface Kind {
  readonly what: string;
  readonly target: number;
  readonly hello: Hello;
}

async function measureBoth(bench: Bench, kinds: readonly Kind[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of kinds) rows.push(rowOf(kind, await press(bench, kind)));
  return rows;
}

/** The times of each session. */
async function press(bench: Bench, { target, hello }: Kind): Promise<readonly Times[]> {
  const viewings: Viewing[] = [];
  try {
    for (let at = 0; at < target; at++) viewings.push(await view(bench.server, "/ticking", hello));
    await pause(SETTLE_MS);
    const recorded = await Promise.all(
      viewings.map(({ client }) => recordPresses(client, times(PRESSES, bench), EVERY_MS)),
    );
    await Promise.all(viewings.map((one) => one.close()));
    viewings.length = 0;
    const all: Times[] = [];
    for (const one of recorded) all.push(await readPresses(one, bench.decoder));
    return all;
  } finally {
    await Promise.all(viewings.map((one) => one.close()));
  }
}

function rowOf({ what, target }: Kind, all: readonly Times[]): Row {
  const isGood = ({ all: ms, misses }: Times) => misses === 0 && quantile(ms, 0.95) < MOST_MS;
  const good = all.filter(isGood).length;
  const joined = all.flatMap((one) => one.all);
  const misses = all.reduce((sum, one) => sum + one.misses, 0);
  const [median, p95] = [quantile(joined, 0.5), quantile(joined, 0.95)];
  const worst = Math.max(...all.map((one) => quantile(one.all, 0.95)));
  return {
    row: "7",
    what: `${target} ${what} sessions at once, pages at 10 fps: sessions with p95 < ${MOST_MS} ms`,
    target: `${target} of ${target}`,
    reached: `${good} of ${all.length}; all ${median.toFixed(0)} / ${p95.toFixed(0)} ms, worst session's p95 ${worst.toFixed(0)} (n ${joined.length}, ${misses} missed)`,
    isMet: good >= target,
  };
}
