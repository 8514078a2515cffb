/**
 * A gateway's stand-in that can be killed: starts a durable cluster on the folder of its argument, prints one line of
 * JSON, and does nothing for ever.
 */
import { startCluster } from "../../src/data/embedded/index.js";
import { openLog } from "../../src/kernel/log.js";

const dir = process.argv[2] ?? "";
const { ownerUrl, adminUrl, pid } = await startCluster({ dir, durable: true, log: openLog({ level: "silent" }) });
process.stdout.write(`${JSON.stringify({ ownerUrl, adminUrl, pid })}\n`);
setInterval(() => {}, 60_000);
