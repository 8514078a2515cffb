/** What the limit and the stock server are started with. */
import { join } from "node:path";
import { fileKms, folderKeystore, openVault, type Vault } from "#dist/vault/index.js";

const read = (variable: string): string => {
  const value = process.env[variable];
  if (value === undefined) throw new Error(`${variable} is not set`);
  return value;
};

export const port = Number(read("PORT"));
/** A role that row-level security does not hold. */
export const databaseUrl = read("DATABASE_URL");
export const POOL_SIZE = 16;

/** The same keys as the gateway's. */
export const openSharedVault = (): Promise<Vault> => {
  const dir = read("SHOPKEY_DATA_DIR");
  return openVault({ kms: fileKms(join(dir, "root.key")), keystore: folderKeystore(join(dir, "keystore")) });
};
