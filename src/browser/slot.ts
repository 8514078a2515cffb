/**
 * A slot: one session's folder on disk, and, where the worker is root, a user of its own. Its name is claimed by making
 * the folder, so that several workers can share one parent; what a dead worker left is found by its holder's mark.
 *
 *     <folder>/slot-3/             0711
 *       holder      0600  {"pid":…,"started":…} of the worker, and the slot's "uid"
 *       start       0755  starts Chromium, as the slot's user
 *       pid         0600  the Chromium
 *       profile/ home/    0700, the slot's user's
 */
import { chmod, chown, lchown, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, killAllOf, killGroup, markProcess, type ProcessMark } from "./processes.js";
import { clearSlotUser, hasSlotUsers, type SlotUser, takeSlotUser } from "./slot-users.js";
import { BrowserUnavailable } from "./unavailable.js";

export interface Slot {
  readonly number: number;
  /** The profile's folder: empty until a bundle is restored into it or a Chromium is started on it. */
  readonly profile: string;
  /** HOME and TMPDIR of the Chromium. */
  readonly home: string;
  /** Null: the Chromium runs as the worker's own user. */
  readonly uid: number | null;
  /** Writes the program that Playwright starts in Chromium's place; answers its path. */
  readonly writeStarter: (executablePath: string) => Promise<string>;
  /** The profile belongs to the slot's user from here on: call after writing into it. */
  readonly hand: () => Promise<void>;
  /** Kills what runs here and removes the folder. Any number of times. */
  readonly release: () => Promise<void>;
}

/** What is known of a slot from the outside. */
interface Holder extends ProcessMark {
  readonly uid: number | null;
}

/** Takes the first free of `slots` numbers. Throws BrowserUnavailable `no-free-slot`. */
export async function claimSlot(folder: string, slots: number): Promise<Slot> {
  const mark = await markProcess(process.pid);
  for (let number = 0; number < slots; number++) {
    const home = join(folder, `slot-${number}`);
    try {
      await mkdir(home, { mode: 0o711 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    return await move(home, number, mark).catch(async (error: unknown) => {
      await rm(home, { recursive: true, force: true });
      throw error;
    });
  }
  throw new BrowserUnavailable("no-free-slot", "Every browser of this worker is in use.");
}

/** Removes the slots whose worker is gone, with everything that still runs in them; answers how many. */
export async function sweepSlots(folder: string): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder)) {
    if (!/^slot-\d+$/.test(name)) continue;
    const holder = await readHolder(join(folder, name, "holder"));
    // Without a holder's mark it was claimed this instant, or its worker died in that instant: age decides.
    if (holder ? await isAlive(holder) : await isYoung(join(folder, name))) continue;
    if (holder?.uid) await clearSlotUser(holder.uid);
    await emptySlot(join(folder, name), null);
    swept++;
  }
  return swept;
}

async function move(home: string, number: number, mark: ProcessMark): Promise<Slot> {
  const user = hasSlotUsers() ? await takeSlotUser() : null;
  try {
    const holder: Holder = { ...mark, uid: user?.uid ?? null };
    await writeFile(join(home, "holder"), JSON.stringify(holder), { mode: 0o600 });
    return await furnish(home, number, user);
  } catch (error) {
    await user?.giveBack();
    throw error;
  }
}

async function furnish(folder: string, number: number, user: SlotUser | null): Promise<Slot> {
  const uid = user?.uid ?? null;
  const [profile, home] = [join(folder, "profile"), join(folder, "home")];
  for (const path of [profile, home]) {
    await mkdir(path, { mode: 0o700 });
    if (uid !== null) await chown(path, uid, uid);
  }
  await chmod(folder, 0o711);
  let released: Promise<void> | null = null;
  return {
    number,
    profile,
    home,
    uid,
    writeStarter: async (executablePath) => {
      const path = join(folder, "start");
      await writeFile(path, starter(executablePath, join(folder, "pid"), uid), { mode: 0o755 });
      return path;
    },
    hand: async () => {
      if (uid !== null) await chownTree(profile, uid);
    },
    release: async () => {
      // Its user may be another's afterwards: once is all.
      released ??= emptySlot(folder, uid).finally(() => user?.giveBack());
      await released;
    },
  };
}

/** The shell replaces itself: the number that it wrote down is Chromium's. */
function starter(executablePath: string, pidFile: string, uid: number | null): string {
  const drop =
    uid === null
      ? ""
      : `setpriv --reuid=${uid} --regid=${uid} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- `;
  return `#!/bin/sh\numask 077\necho $$ > ${quote(pidFile)}\nexec ${drop}${quote(executablePath)} "$@"\n`;
}

function quote(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

async function emptySlot(folder: string, uid: number | null): Promise<void> {
  const pid = Number(await readFile(join(folder, "pid"), "utf8").catch(() => ""));
  if (uid !== null) await killAllOf(uid);
  else if (pid > 1 && (await runsIn(pid, folder))) await killGroup(await markProcess(pid));
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
}

/** A number that was written down long ago may name another program by now: ours has the slot in its arguments. */
async function runsIn(pid: number, folder: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  return command?.includes(`--user-data-dir=${folder}/`) ?? false;
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    const { pid, started, uid } = JSON.parse(await readFile(path, "utf8")) as Holder;
    const isOne = Number.isInteger(pid) && typeof started === "string" && (uid === null || Number.isInteger(uid));
    return isOne ? { pid, started, uid } : null;
  } catch {
    return null;
  }
}

async function isYoung(folder: string): Promise<boolean> {
  const facts = await stat(folder).catch(() => null);
  return facts !== null && Date.now() - facts.ctimeMs < 10_000;
}

async function chownTree(folder: string, uid: number): Promise<void> {
  await lchown(folder, uid, uid);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await chownTree(path, uid);
    else await lchown(path, uid, uid);
  }
}
