/**
 * Users that browsers run as where the worker is root: one per slot, and one alone on the machine, whichever gateways and workers
 * share it, because everything of a user's is killed when its session ends. A number is taken by listening on a socket of its
 * name in the abstract namespace: the kernel lets one process have it, and gives it back when that process dies.
 */
import { createServer, type Server } from "node:net";
import { killAllOf } from "./processes.js";
import { BrowserUnavailable } from "./unavailable.js";

export interface SlotUser {
  readonly uid: number;
  /** After everything of it was killed. */
  readonly giveBack: () => Promise<void>;
}

/** uids that neither distributions nor systemd give away. */
const FIRST = 60_600;
const COUNT = 500;

export const hasSlotUsers = (): boolean => process.platform === "linux" && process.getuid?.() === 0;

/** A user of whom nothing runs. Throws BrowserUnavailable `no-free-slot`. */
export async function takeSlotUser(): Promise<SlotUser> {
  for (let uid = FIRST; uid < FIRST + COUNT; uid++) {
    const user = await tryUser(uid);
    if (!user) continue;
    // What a killed worker left; whoever had the number before is gone.
    await killAllOf(uid);
    return user;
  }
  throw new BrowserUnavailable("no-free-slot", "Every user that a browser could run as is taken.");
}

/** Null where somebody has it. */
async function tryUser(uid: number): Promise<SlotUser | null> {
  const server = await listen(`\0shopkey-browser-user-${uid}`);
  return server && { uid, giveBack: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

/** Kills what a dead worker's user still runs, unless the number is somebody else's by now: then that was done. */
export async function clearSlotUser(uid: number): Promise<void> {
  const user = await tryUser(uid);
  if (!user) return;
  await killAllOf(uid);
  await user.giveBack();
}

async function listen(path: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy()).unref();
  return await new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(null) : reject(error),
    );
    server.listen({ path }, () => resolve(server));
  });
}
