/** What the process of `killed-gateway.ts` loads for the doors of physical stores: Amazon's connector and nothing else. */
import { amazonConnector } from "@shopkey/adapter-amazon-connector";
import { startSandbox } from "@shopkey/adapter-amazon-connector/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox as startVtex } from "@shopkey/adapter-vtex/sandbox";
import { defineGateway } from "../../src/gateway-definition.js";

export default defineGateway({
  adapters: [vtex(), amazonConnector()],
  sandboxes: { vtex: startVtex, "amazon-connector": startSandbox },
});
