import { readFile } from "node:fs/promises";
import type { Config } from "../config.js";
import type { StoreView } from "../identity/index.js";
import { UsageWrong } from "./failure.js";
import { listAll, type Where, withCaller } from "./house.js";
import { columns, type Output } from "./output.js";

interface RegisterOptions extends Where {
  readonly adapter: string;
  readonly title: string;
  readonly settings: string;
  readonly credentialsFile?: string;
}

interface UpdateOptions extends Where {
  readonly title?: string;
  readonly settings?: string;
  readonly credentialsFile?: string;
}

export async function registerStore(
  config: Config,
  slug: string,
  options: RegisterOptions,
  out: Output,
): Promise<void> {
  const settings = readJson(options.settings, "--settings");
  const credentials = await readCredentials(options.credentialsFile);
  await withCaller(config, options, async (identity, caller) => {
    const { adapter, title } = options;
    const { store } = await identity.registerStore(caller, { adapter, slug, title, settings, credentials });
    out.print(rowOf(store), `registered ${store.slug} · ${store.id}`);
  });
}

export async function updateStore(config: Config, slug: string, options: UpdateOptions, out: Output): Promise<void> {
  const settings = options.settings === undefined ? undefined : readJson(options.settings, "--settings");
  const credentials = await readCredentials(options.credentialsFile);
  await withCaller(config, options, async (identity, caller) => {
    const { title } = options;
    const { store } = await identity.updateStore(caller, { store: { slug }, title, settings, credentials });
    out.print(rowOf(store), `updated ${store.slug} · ${store.id}`);
  });
}

export const listStores = (config: Config, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const stores = await listAll((query) => identity.listStores(caller, query));
    const rows = stores.map(({ slug, adapter, id, hasCredentials, title }) => [
      slug,
      adapter.id,
      id,
      hasCredentials ? "with credentials" : "no credentials",
      title,
    ]);
    out.print(stores.map(rowOf), columns(rows) || "no Stores");
  });

export const removeStore = (config: Config, slug: string, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const { store } = await identity.removeStore(caller, { store: { slug } });
    out.print(rowOf(store), `removed ${store.slug}`);
  });

/** The adapter by its id: its schemas are the same for every Store. */
const rowOf = ({ adapter, ...store }: StoreView) => ({ ...store, adapter: adapter.id });

async function readCredentials(path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  const text = await readFile(path, "utf8").catch(() => {
    throw new UsageWrong("--credentials-file cannot be read.");
  });
  return readJson(text, "--credentials-file");
}

/** A credential must not be quoted by the parser's own message. */
function readJson(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageWrong(`${option} is not JSON.`);
  }
}
