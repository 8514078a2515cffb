import { readFile } from "node:fs/promises";
import type { Config } from "../config.js";
import { Refusal } from "../kernel/refusal.js";
import { type Where, withCaller } from "./house.js";
import type { Output } from "./program.js";

interface StoreOptions extends Where {
  readonly adapter: string;
  readonly title: string;
  readonly settings: string;
  readonly credentialsFile?: string;
}

export const registerStore = (config: Config, slug: string, options: StoreOptions, out: Output): Promise<void> =>
  withCaller(config, options, async (identity, caller) => {
    const credentials =
      options.credentialsFile === undefined
        ? undefined
        : readJson(await readFile(options.credentialsFile, "utf8"), "--credentials-file");
    const settings = readJson(options.settings, "--settings");
    const { store } = await identity.registerStore(caller, {
      adapter: options.adapter,
      slug,
      title: options.title,
      settings,
      credentials,
    });
    out.print(store, `registered ${store.slug} · ${store.id}`);
  });

export const listStores = (config: Config, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const { nodes } = await identity.listStores(caller, { first: 100 });
    out.print(
      nodes,
      nodes.map((store) => [store.slug, store.adapter.id, store.id, store.title].join("  ")).join("\n") || "no stores",
    );
  });

export const removeStore = (config: Config, slug: string, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const { store } = await identity.removeStore(caller, { store: { slug } });
    out.print(store, `removed ${store.slug}`);
  });

/** A credential must not be quoted by the parser's own message. */
function readJson(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("INVALID", `${option} is not JSON.`);
  }
}
