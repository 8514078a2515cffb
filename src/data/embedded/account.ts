/**
 * Which account of the operating system PostgreSQL runs as. It refuses to run as root, so a gateway that is root lends
 * it `nobody`, and changes nothing on the machine.
 */
import { existsSync, lchownSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.js";
import { DatabaseUnusable } from "./unusable.js";

/** How to start PostgreSQL's programs. */
export interface Account {
  /** Words put in front of the command. */
  readonly prefix: readonly string[];
  /** For `child_process.spawn`; absent = the gateway's own account. */
  readonly spawn: { readonly uid?: number; readonly gid?: number };
  /** Whom the cluster's files belong to on disk; null = whoever makes them. */
  readonly files: { readonly uid: number; readonly gid: number } | null;
}

const OWN: Account = { prefix: [], spawn: {}, files: null };

/**
 * The account for a cluster's folder. Not root: the gateway's own. Root: whoever owns the cluster already, else
 * `nobody`; and where that account cannot come by because a folder above is closed to it (a project below `/root`),
 * root itself behind a user namespace in which it is called `nobody`.
 * @param dir the folder, there already; `cluster` is the data directory in it, there or not
 * @throws DatabaseUnusable `NO_ACCOUNT`
 */
export function chooseAccount(dir: string, cluster: string, binaries: Binaries): Account {
  if (process.getuid?.() !== 0) return OWN;
  const nobody = findNobody();
  const owner = existsSync(cluster) ? statSync(cluster) : null;
  const lent = owner !== null && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody;
  const files = [binaries.postgres, join(binaries.native, "lib"), join(binaries.native, "share")];
  const reachable = [dir, ...files].every((path) => canReach(lent, path));
  if (reachable && owner?.uid !== 0) return { prefix: [], spawn: lent, files: lent };
  return {
    prefix: ["unshare", "--user", `--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`, "--"],
    spawn: {},
    files: { uid: 0, gid: 0 },
  };
}

/** `nobody` of this machine: 65534 on Linux, -2 on macOS. PostgreSQL wants an account that has an entry. */
function findNobody(): { uid: number; gid: number } {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new DatabaseUnusable(
      "NO_ACCOUNT",
      "PostgreSQL does not run as root, and this machine has no account nobody.",
      {
        nextAction: "Start the gateway as a user that is not root, or set DATABASE_URL.",
      },
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** Whether every folder on the way lets the account pass, and the end itself can be opened. Mode bits only; no ACLs. */
function canReach(who: { uid: number; gid: number }, path: string): boolean {
  if (!allows(who, statSync(path), path.endsWith("postgres") ? 0o5 : 0o1)) return false;
  for (let at = dirname(path); ; at = dirname(at)) {
    if (!allows(who, statSync(at), 0o1)) return false;
    if (at === dirname(at)) return true;
  }
}

function allows(who: { uid: number; gid: number }, entry: Stats, wanted: number): boolean {
  const shift = entry.uid === who.uid ? 6 : entry.gid === who.gid ? 3 : 0;
  return ((entry.mode >> shift) & wanted) === wanted;
}

/**
 * Gives a file, or a folder with everything below it, to the account, where it is somebody else's. The top goes last:
 * as long as it is not the account's, the work is not done.
 */
export function handOver(account: Account, path: string): void {
  const top = statSync(path);
  if (account.files === null || top.uid === account.files.uid) return;
  const { uid, gid } = account.files;
  const below = top.isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  for (const name of below) lchownSync(join(path, name), uid, gid);
  lchownSync(path, uid, gid);
}
