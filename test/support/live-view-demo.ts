/**
 * A live view to look at and to build the page with: one session on a small login page of this machine. Prints its link.
 * `node --conditions=shopkey-source --import tsx test/support/live-view-demo.ts [port]`
 */

import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import { openLog } from "../../src/kernel/log.js";
import { openLiveSession } from "./live-session.js";

const log = openLog({ level: "debug" });
const port = Number(process.argv[2] ?? 0);
const server = await openLiveViewServer({ host: "127.0.0.1", port, log });
const live = await openLiveSession(server, { path: "/login" });
const tenMinutes = (): Date => new Date(Date.now() + 10 * 60_000);
process.stdout.write(`\n${live.view.mintLink(tenMinutes())}\n\nEnter: another link. Ctrl+C: the end.\n`);
process.stdin.on("data", () => process.stdout.write(`${live.view.mintLink(tenMinutes())}\n`));
process.on("SIGINT", () => {
  void live
    .close()
    .then(() => server.close())
    .then(() => process.exit(0));
});
