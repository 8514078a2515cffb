/** A second street door on the same database, with a room that has been broken on purpose: what the campaigns must notice. */
import { join } from "node:path";
import { type Data, openData } from "../../src/data/index.js";
import { openHttp } from "../../src/http/index.js";
import { type Identity, openIdentity } from "../../src/identity/index.js";
import { systemClock } from "../../src/kernel/clock.js";
import { openLog } from "../../src/kernel/log.js";
import definition from "../../src/shopkey.config.js";
import { openStores } from "../../src/stores/index.js";
import { fileKms, folderKeystore, openVault } from "../../src/vault/index.js";
import type { TestGateway } from "../support/gateway.js";

export interface Breakage {
  readonly data?: (data: Data) => Data;
  readonly identity?: (identity: Identity) => Identity;
}

export interface BrokenGateway {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function openBroken(gateway: TestGateway, breakage: Breakage): Promise<BrokenGateway> {
  const { config } = gateway;
  if (config.rootKey.kind !== "file" || config.databaseRoles === null) throw new Error("a test's gateway is expected");
  const log = openLog({ level: "silent" });
  const vault = await openVault({
    kms: fileKms(config.rootKey.path),
    keystore: folderKeystore(join(config.dataDir, "keystore")),
    clock: systemClock,
  });
  const data = await openData({ ...config.databaseRoles, poolSize: 4, log });
  const stores = openStores({
    adapters: definition.adapters,
    sandboxes: gateway.sandboxes,
    clock: systemClock,
    log,
    deadlineMs: 5_000,
  });
  const whole = openIdentity({ data: breakage.data?.(data) ?? data, vault, stores, clock: systemClock, log });
  const identity = breakage.identity?.(whole) ?? whole;
  const http = await openHttp({
    ...{
      identity,
      ready: () => data.ping(),
      host: "127.0.0.1",
      port: 0,
      log,
      playground: null,
      trustedDocuments: null,
    },
  });
  return {
    url: http.url,
    close: async () => {
      await http.close();
      await identity.close();
      await stores.close();
      await data.close();
    },
  };
}
