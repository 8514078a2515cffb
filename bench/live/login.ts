/** What one login costs: its bytes on the wire, and the memory of its browser. */
import { processesOf } from "../../src/browser/processes.js";
import type { Bench } from "./bench.js";
import { treeMemory } from "./memory.js";
import type { Row } from "./table.js";
import { PHONE, pause, type Viewing, view } from "./viewing.js";

const TYPED = [
  ["mail", "ana.souza@email.com"],
  ["password", "hunter2hunter2"],
  ["code", "123456"],
] as const;
const SCREENS = [
  { dpr: 1, most: 0.8 },
  { dpr: 2, most: 1.8 },
];

export async function measureLoginBytes(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { dpr, most } of SCREENS) {
    const viewing = await view(bench.server, "/login", { ...PHONE, dpr });
    try {
      await logIn(viewing);
    } finally {
      await viewing.close();
    }
    const { client } = viewing;
    const megabytes = client.bytes() / 1_000_000;
    const frames = `${client.frames.length} frames, ${client.frames.filter(({ sharp }) => sharp).length} sharp`;
    rows.push({
      row: "10",
      what: `bytes of a login, 390x844 @${dpr}x`,
      target: `<= ${most} MB`,
      reached: `${megabytes.toFixed(2)} MB (${frames})`,
      isMet: megabytes <= most,
    });
  }
  return rows;
}

async function logIn({ client, live }: Viewing): Promise<void> {
  for (const [field, text] of TYPED) {
    await pause(600);
    await live.page.evaluate(`${field}.focus()`);
    for (const letter of text) {
      client.send({ t: "text", s: letter });
      await pause(110);
    }
  }
  client.send({ t: "key", k: "down", key: "Enter", code: "Enter", mod: 0, repeat: false });
  await pause(1_500);
}

/** Alone on the machine, its Chromium shares its program's pages with no other; where several run, each costs less. */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  const { live, close } = await view(bench.server, "/login");
  try {
    await pause(2_000);
    const pids = live.uid === null ? [] : await processesOf(live.uid);
    const megabytes = await treeMemory(pids);
    return [
      {
        row: "19",
        what: `memory of a session: its Chromium's ${pids.length} processes (${live.version}), PSS`,
        target: "<= 230 MB",
        reached: megabytes === null ? "not to be read here (needs root)" : `${megabytes.toFixed(0)} MB`,
        isMet: megabytes === null ? null : megabytes <= 230,
      },
    ];
  } finally {
    await close();
  }
}
