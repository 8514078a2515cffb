/** Amazon's side: nothing is ever asked of it, so there is nothing to serve. It plays the stores: see play.ts. */
import type { SandboxOptions } from "@shopkey/adapter-sdk";
import { json, type ServedSandbox, serveSandbox } from "@shopkey/adapter-sdk/sandbox";

export function startSandbox(options: SandboxOptions = {}): Promise<ServedSandbox> {
  return serveSandbox({
    port: options.port ?? 0,
    accountOf: () => "amazon",
    router: () => json(404, { error: "Amazon asks; nobody asks it" }),
    lens: () => ({}),
  });
}
