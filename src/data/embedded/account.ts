/**
 * Which account of the operating system PostgreSQL runs as. It refuses to run as root, so a gateway that is root lends
 * it `nobody`, and changes nothing on the machine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, lchownSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.js";
import { bareEnvironment } from "./settings.js";
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
  const closed = [dir, ...files].map((path) => findClosed(lent, path)).find((path) => path !== null) ?? null;
  if (closed === null && owner?.uid !== 0) return { prefix: [], spawn: lent, files: lent };
  const prefix = ["unshare", "--user", `--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`, "--"];
  if (canRun([...prefix, binaries.postgres, "--version"], binaries)) {
    return { prefix, spawn: {}, files: { uid: 0, gid: 0 } };
  }
  // Without namespaces (Docker's default) a cluster that root owns is given to nobody.
  if (closed === null) return { prefix: [], spawn: nobody, files: nobody };
  throw new DatabaseUnusable("NO_ACCOUNT", `PostgreSQL does not run as root, and nobody else may enter ${closed}.`, {
    closedFolder: closed,
    nextAction: `Run chmod o+x ${closed} (others may then pass through, not list it), start the gateway as a user that is not root, or set DATABASE_URL.`,
  });
}

function canRun([command = "", ...args]: readonly string[], binaries: Binaries): boolean {
  return spawnSync(command, args, { env: bareEnvironment(binaries.env), cwd: "/", stdio: "ignore" }).status === 0;
}

/** `nobody` of this machine: 65534 on Linux, -2 on macOS. PostgreSQL wants an account that has an entry. */
function findNobody(): { uid: number; gid: number } {
  const accounts = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8") : "";
  const line = accounts.split("\n").find((entry) => entry.startsWith("nobody:"));
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

/** The first folder on the way, from the root, that does not let the account pass; null = none. Mode bits only; no ACLs. */
function findClosed(who: { uid: number; gid: number }, path: string): string | null {
  const above = dirname(path) === path ? null : findClosed(who, dirname(path));
  return above ?? (allows(who, statSync(path), 0o1) ? null : path);
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
