/** The definition of a gateway whose live stores are never asked, not even for their address: they are down. */
import { AdapterError, type Call } from "@shopkey/adapter-sdk";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { defineGateway } from "../../src/gateway-definition.js";

type Ability = Readonly<Record<string, (call: Call<never>, ...rest: never[]) => Promise<unknown>>>;

/** Every ability of an adapter, refused in the live environment. */
function silent<A extends object>(ability: A): A {
  const silenced = Object.entries(ability as Ability).map(([name, ask]) => [
    name,
    async (call: Call<never>, ...rest: never[]) => {
      if (call.environment === "live") throw new AdapterError("STORE_UNAVAILABLE", "Live stores are down here.");
      return ask(call, ...rest);
    },
  ]);
  return Object.fromEntries(silenced) as A;
}

const adapter = vtex();

export default defineGateway({
  adapters: [
    {
      ...adapter,
      connect: silent(adapter.connect),
      checkoutIdentity: silent(adapter.checkoutIdentity),
      anonymize: silent(adapter.anonymize),
    },
  ],
  sandboxes: { vtex: startSandbox },
});
