/** What is done to keys and rows as a whole, with the rest of the house shut: backups, restores, migrations. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { BackupUnusable, type Forgotten, migrate, type Restored, restoreBackup, writeBackup } from "./data/index.js";
import { forgottenOf } from "./identity/index.js";
import type { OrgId } from "./kernel/ids.js";
import { closing, type OpenOptions, openDatabase, openKeys } from "./opening.js";
import { EnvelopeRejected, type OrgVault, openVault, type Vault } from "./vault/index.js";

/** The strongroom and the database's owner, for commands that need no more. */
async function withStrongroom<T>(
  options: OpenOptions,
  work: (rooms: { readonly vault: Vault; readonly ownerUrl: string }) => Promise<T>,
): Promise<T> {
  const { config } = options;
  const rooms = closing(options.log);
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    const vault = await openVault(openKeys(config));
    rooms.add(async () => vault.close());
    const { ownerUrl } = await openDatabase(options, rooms.add);
    await migrate(ownerUrl);
    return await work({ vault, ownerUrl });
  } finally {
    await rooms.close();
  }
}

/** Writes the data (unless null) and the keys, each as it is at one moment; how many rows each has. */
export const backupTo = (options: OpenOptions, files: { readonly data: string | null; readonly keys: string }) =>
  withStrongroom(options, async ({ vault, ownerUrl }) => {
    await mkdir(dirname(files.keys), { recursive: true, mode: 0o700 });
    const orgs = await vault.epochs.orgs();
    const data = files.data === null ? 0 : await writeBackup(ownerUrl, orgs, "data", files.data);
    return { data, keys: await writeBackup(ownerUrl, orgs, "keys", files.keys) };
  });

/** Fills an empty database from both, without whoever was forgotten since; every key that comes back is opened. */
export const restoreFrom = (
  options: OpenOptions,
  files: { readonly dataPath: string; readonly keysPath: string },
): Promise<Restored> =>
  withStrongroom(options, async ({ vault, ownerUrl }) => {
    const erased: Forgotten[] = [];
    const orgs = new Map<OrgId, OrgVault>();
    for (const orgId of await vault.epochs.orgs()) {
      orgs.set(orgId, await vault.org(orgId));
      erased.push(...forgottenOf(await vault.erasures.list(orgId), await vault.receipts.list(orgId)));
    }
    return restoreBackup({
      ...{ ownerUrl, ...files, erased },
      onKey: ({ orgId, consumerId, ...key }) => {
        try {
          orgs.get(orgId)?.withConsumer(consumerId, key, () => undefined);
        } catch (error) {
          if (!(error instanceof EnvelopeRejected)) throw error;
          throw new BackupUnusable("The keys file is of an older key epoch, or not of this keystore: use the latest.", {
            cause: error,
          });
        }
      },
    });
  });

/** Brings the database to this version's shape and stops; the names of what was applied. */
export async function migrateOnly(options: OpenOptions): Promise<readonly string[]> {
  const rooms = closing(options.log);
  try {
    await mkdir(options.config.dataDir, { recursive: true, mode: 0o700 });
    const urls = await openDatabase(options, rooms.add);
    return await migrate(urls.ownerUrl);
  } finally {
    await rooms.close();
  }
}
