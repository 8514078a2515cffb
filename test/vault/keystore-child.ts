/** Run as a process: opens a vault at the given moment, asks for each org, prints what identifies their keys. */
import { setTimeout } from "node:timers/promises";
import { asId } from "../../src/kernel/ids.js";
import { fileKms, folderKeystore, openVault } from "../../src/vault/index.js";

const [rootKeyPath, keystoreDir, startAt, ...orgs] = process.argv.slice(2) as [string, string, string, ...string[]];
await setTimeout(Number(startAt) - Date.now());
const vault = await openVault({ kms: fileKms(rootKeyPath), keystore: folderKeystore(keystoreDir) });
const seen: string[] = [];
for (const id of orgs) {
  const org = await vault.createOrg(asId("org", id));
  seen.push(`${org.fingerprint("ana@example.com").toString("hex")} ${org.sealSecret("probe", id).toString("hex")}`);
}
vault.close();
process.stdout.write(seen.join("\n"));
