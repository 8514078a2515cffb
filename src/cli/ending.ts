import type { Log } from "../kernel/log.js";

/** Closes at SIGTERM or Ctrl-C, and ends the process; further signals meanwhile are heard and ignored. */
export function closeWhenTold(log: Log, close: () => Promise<void>): void {
  let isClosing = false;
  // Under `npm start` a Ctrl-C arrives twice, from the terminal and from npm: `once` would let the second one kill.
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isClosing) return;
    isClosing = true;
    log.info("closing", { signal });
    await close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end(signal));
}
