/** Links as slow as phones have them, and a page that never rests: rows of 20, 4 and 1 Mbit. */
import { type Bench, times } from "./bench.js";
import { readPresses, recordPresses } from "./marked.js";
import { openSlowLink } from "./slow-link.js";
import { type Row, timesRow } from "./table.js";
import { pause, view } from "./viewing.js";

const LINKS = [
  { mbit: 20, rttMs: 20, p95: 220 },
  { mbit: 4, rttMs: 80, p95: 450 },
  { mbit: 1, rttMs: 120, p95: 500 },
];
/** Until the quality has settled. */
const SETTLE_MS = 6_000;
const PRESSES = 40;
const EVERY_MS = 700;

export async function measureSlowLinks(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const link of LINKS) {
    const slow = await openSlowLink(bench.server.port, link);
    const viewing = await view(bench.server, "/marked", {}, slow.origin);
    try {
      await pause(SETTLE_MS);
      const recorded = await recordPresses(viewing.client, times(PRESSES, bench), EVERY_MS);
      const said = viewing.client.said.findLast((one) => one.t === "quality");
      const level = said?.t === "quality" ? said.level : 0;
      const marks = await readPresses(recorded, bench.decoder);
      const what = `${link.mbit} Mbit / ${link.rttMs} ms, a page that never rests (ended at quality ${level})`;
      rows.push(timesRow("6", what, marks, { median: null, p95: link.p95 }));
    } finally {
      await viewing.close();
      await slow.close();
    }
  }
  return rows;
}
