/** A vault on a folder of its own, for one test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asId, type ConsumerId, type OrgId } from "../../src/kernel/ids.js";
import { fileKms, folderKeystore, type Keystore, type KmsProvider } from "../../src/vault/index.js";

export const ORG: OrgId = asId("org", "01900000-0000-7000-8000-000000000001");
export const OTHER_ORG: OrgId = asId("org", "01900000-0000-7000-8000-000000000002");
export const ANA: ConsumerId = asId("csm", "01900000-0000-7000-8000-00000000000a");
export const BOB: ConsumerId = asId("csm", "01900000-0000-7000-8000-00000000000b");

export interface VaultFolder {
  readonly dir: string;
  readonly rootKeyPath: string;
  readonly keystoreDir: string;
  readonly kms: KmsProvider;
  readonly keystore: Keystore;
  readonly remove: () => Promise<void>;
}

export async function makeVaultFolder(): Promise<VaultFolder> {
  const dir = await mkdtemp(join(tmpdir(), "shopkey-vault-"));
  const rootKeyPath = join(dir, "root", "root-keys.json");
  const keystoreDir = join(dir, "keystore");
  return {
    dir,
    rootKeyPath,
    keystoreDir,
    kms: fileKms(rootKeyPath),
    keystore: folderKeystore(keystoreDir),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
