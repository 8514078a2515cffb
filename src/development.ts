/** What `npm start` makes on a developer's machine: one org, one key with every scope, and sandbox Stores. */
import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Caller, type Identity, SCOPES } from "./identity/index.js";
import { asId } from "./kernel/ids.js";

export interface Development {
  readonly key: string;
  readonly keyPath: string;
  /** True when this start made the key: the only time that it is shown. */
  readonly isNew: boolean;
}

const vtex = (slug: string, title: string) => ({ adapter: "vtex", slug, title, settings: { account: slug } });

const STORES = [
  vtex("cobasi", "Cobasi"),
  vtex("animale", "Animale"),
  vtex("lojaspompeia", "Lojas Pompeia"),
  { adapter: "meli", slug: "mercadolivre", title: "Mercado Livre", settings: { site: "MLB" } },
  { adapter: "ifood", slug: "ifood", title: "iFood", settings: {} },
  {
    ...{ adapter: "commerce-layer", slug: "caneca", title: "Caneca (Commerce Layer)" },
    settings: { slug: "caneca", scope: "market:id:mrkBrazil1", userId: "user_caneca" },
    credentials: {
      integration: { clientId: "integration_caneca", clientSecret: "secret_caneca" },
      salesChannel: { clientId: "sales_channel_caneca", clientSecret: "secret_caneca" },
    },
  },
] as const;

/** Idempotent: the second start finds what the first one made. */
export async function prepareDevelopment(identity: Identity, dataDir: string): Promise<Development> {
  const keyPath = join(dataDir, "dev.key");
  const kept = await readText(keyPath);
  if (kept !== null && (await isAccepted(identity, kept))) return { key: kept, keyPath, isNew: false };

  const caller = await developer(identity, join(dataDir, "dev.org"));
  const made = await identity.createApiKey(caller, {
    name: "development",
    scopes: SCOPES,
    ownerKind: "USER",
    ownerName: "Developer",
  });
  if (made.secret === null) throw new Error("the development key was not made");
  await writePrivately(keyPath, made.secret);
  const installed = new Set(identity.adapters(caller).map(({ id }) => id));
  for (const store of STORES) {
    if (!installed.has(store.adapter) || (await identity.findStore(caller, { slug: store.slug }))) continue;
    await identity.registerStore(caller, store);
  }
  return { key: made.secret, keyPath, isNew: true };
}

async function isAccepted(identity: Identity, key: string): Promise<boolean> {
  const request = { requestId: randomUUID(), signal: new AbortController().signal };
  return identity.authenticate(`Bearer ${key}`, request).then(
    () => true,
    () => false,
  );
}

/** The development org, found again by its id when only the key was lost. */
async function developer(identity: Identity, orgPath: string): Promise<Caller> {
  const kept = await readText(orgPath);
  const known = kept === null ? null : await identity.consoleCaller(asId("org", kept), "test").catch(() => null);
  if (known) return known;
  const { orgId } = await identity.createOrg({ name: "Development" });
  await writePrivately(orgPath, orgId);
  return identity.consoleCaller(orgId, "test");
}

async function readText(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function writePrivately(path: string, text: string): Promise<void> {
  const half = `${path}.${process.pid}`;
  await writeFile(half, `${text}\n`, { mode: 0o600, flag: "wx" });
  await rename(half, path);
}
