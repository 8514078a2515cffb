/** A gateway's definition with one store, whose sandbox outlives gateways: a real store does not stop with us either. */
import { meli } from "@shopkey/adapter-meli";
import { type MeliSandbox, startSandbox } from "@shopkey/adapter-meli/sandbox";
import { defineGateway } from "../../src/gateway-definition.js";

let started: Promise<MeliSandbox> | null = null;

/** The same one for as long as this process lives, or until it is ended. */
export function lastingSandbox(): Promise<MeliSandbox> {
  started ??= startSandbox();
  return started;
}

export async function endLastingSandbox(): Promise<void> {
  await (await started)?.close();
  started = null;
}

export default defineGateway({
  adapters: [meli()],
  sandboxes: { meli: async () => ({ url: (await lastingSandbox()).url, close: async () => undefined }) },
});
