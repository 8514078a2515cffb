/** What a deployment has installed: its definition read, and the sandboxes of its adapters started. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Sandbox } from "@shopkey/adapter-sdk";
import type { Config } from "./config.js";
import type { GatewayDefinition } from "./gateway-definition.js";
import type { Clock } from "./kernel/clock.js";

/** The gateway's own, or the one of SHOPKEY_CONFIG. */
export async function readDefinition(config: Config): Promise<GatewayDefinition> {
  if (config.definition === null) return (await import("./shopkey.config.js")).default;
  const module = (await import(pathToFileURL(resolve(config.definition)).href)) as { default: GatewayDefinition };
  return module.default;
}

/** Beside the gateway's port, so that their addresses stay the same between starts; anywhere when those are taken. */
export async function startSandboxes(
  definition: GatewayDefinition,
  config: Config,
  clock: Clock,
  onOpen: (close: () => Promise<unknown>) => void,
): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  let port = config.port;
  for (const [adapterId, start] of Object.entries(definition.sandboxes)) {
    if (port !== 0) port += 1;
    const sandbox: Sandbox = await start({ port, now: clock.now }).catch(() => start({ port: 0, now: clock.now }));
    onOpen(() => sandbox.close());
    urls.set(adapterId, sandbox.url);
  }
  return urls;
}
