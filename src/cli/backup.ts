import { join, resolve } from "node:path";
import type { Config } from "../config.js";
import { UsageWrong } from "./failure.js";
import { commandLog, requireDatabase, withIdentity } from "./house.js";
import type { Output } from "./output.js";

const options = (config: Config) => ({ config, log: commandLog(config), onStep: () => undefined, beside: true });

/** Two files, each whole or not there. The keystore and the root key are not among them, on purpose. */
export async function backup(
  config: Config,
  { to, keysOnly = false }: { readonly to: string; readonly keysOnly?: boolean },
  out: Output,
): Promise<void> {
  await requireDatabase(config);
  const { backupTo } = await import("../strongroom.js");
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const files = {
    data: keysOnly ? null : join(resolve(to), `shopkey-${stamp}-data.jsonl.gz`),
    keys: join(resolve(to), `shopkey-${stamp}-keys.jsonl.gz`),
  };
  const counts = await backupTo(options(config), files);
  const text = [
    ...(files.data === null ? [] : [`${files.data}: ${counts.data} rows`]),
    `${files.keys}: ${counts.keys} keys; keep it no longer than one key epoch, and apart from the data`,
    `not in here: the keystore (${join(config.dataDir, "keystore")}) and the root key; keep them apart from both`,
  ].join("\n");
  out.print({ ...files, rows: counts }, text);
}

export async function restore(
  config: Config,
  { data, keys }: { readonly data?: string; readonly keys?: string },
  out: Output,
): Promise<void> {
  if (data === undefined || keys === undefined) throw new UsageWrong("Name --data and --keys.");
  const { restoreFrom } = await import("../strongroom.js");
  const {
    rows,
    keys: opened,
    forgotten,
    receipts,
  } = await restoreFrom(options(config), {
    dataPath: resolve(data),
    keysPath: resolve(keys),
  });
  const indexed = await withIdentity(config, (identity) => identity.mendIndexes());
  const text = `${rows} rows; ${opened} shoppers' keys, each opened; ${forgotten} rows of forgotten shoppers left out or blanked, and ${receipts} receipts of them; ${indexed} shoppers indexed anew`;
  out.print({ rows, keys: opened, forgotten, receipts, indexed }, text);
}
