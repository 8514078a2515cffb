// The corner shop as a local server: every shop `<name>.corner.example` is there as soon as it is asked for.
import type { SandboxOptions } from "@shopkey/adapter-sdk";
import { type ServedSandbox, serveSandbox } from "@shopkey/adapter-sdk/sandbox";
import { openDesk } from "./desk.js";
import { openShop, type Shop } from "./shop.js";

export { LASTS, type Shop, signHook } from "./shop.js";

export interface CornerSandbox extends ServedSandbox {
  /** A shop as it is at this moment: the lens of the tests. */
  readonly shop: (name: string) => Shop;
}

/** Its own switch besides the common ones: `stillborn` (a login is accepted and does not work). */
export async function startSandbox(options: SandboxOptions = {}): Promise<CornerSandbox> {
  const shops = new Map<string, Shop>();
  const now = options.now ?? (() => new Date());
  const shop = (name: string): Shop => {
    const found = shops.get(name) ?? openShop(name);
    shops.set(name, found);
    return found;
  };
  const served = await serveSandbox({
    port: options.port ?? 0,
    accountOf: (host) => /^([a-z][a-z0-9-]{0,30})\.corner\.example$/.exec(host)?.[1] ?? null,
    router: openDesk(shop, () => now().getTime()),
    lens: (account) => (account === null ? [...shops.values()].map(plain) : plain(shop(account))),
    reset: (account) => (account === null ? shops.clear() : shops.delete(account)),
  });
  return { ...served, shop };
}

/** Maps read as objects, for JSON. */
function plain(shop: Shop): unknown {
  return Object.fromEntries(
    Object.entries(shop).map(([name, held]) => [name, held instanceof Map ? Object.fromEntries(held) : held]),
  );
}
