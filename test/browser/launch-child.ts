/** Starts a browser in the folder that its first argument names, says so, and waits to be killed. */
import { DESKTOP, NO_WAY_OUT, openTestHost } from "./browser-host.js";

const { host } = await openTestHost(2, process.argv[2]);
const slot = await host.claim();
await host.start(slot, { ...DESKTOP, proxyUrl: NO_WAY_OUT, trustedKey: null });
process.stdout.write(`started ${slot.number} ${slot.uid}\n`);
setInterval(() => undefined, 60_000);
