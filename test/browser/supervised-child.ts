/** A gateway with nothing but a browser worker: opens one session, says the worker's number, and waits to be killed. */
import { text } from "node:stream/consumers";
import { openBrowserClient } from "../../src/browser/client/client.js";
import type { WorkerSettings } from "../../src/browser/worker/start.js";
import { superviseWorker } from "../../src/browser/worker/supervisor.js";
import { openLog } from "../../src/kernel/log.js";
import { sessionAt } from "./worker-bench.js";

const { settings, site } = JSON.parse(await text(process.stdin)) as { settings: WorkerSettings; site: string };
const log = openLog({ level: "silent" });
const supervised = superviseWorker({ settings, logLevel: "debug", log });
const layer = openBrowserClient({ workers: [supervised.worker], log });
await layer.openSession(sessionAt(site), new AbortController().signal);
process.stdout.write(`${supervised.pid()}\n`);
setInterval(() => undefined, 60_000);
