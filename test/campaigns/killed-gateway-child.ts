/** What the process of `killed-gateway.ts` loads: the definition of a gateway that will be killed: its store lives on elsewhere, at SHOPKEY_TEST_STORE. */
import { vtex } from "@shopkey/adapter-vtex";
import { defineGateway } from "../../src/gateway-definition.js";

const url = process.env.SHOPKEY_TEST_STORE ?? "";

export default defineGateway({
  adapters: [vtex()],
  sandboxes: { vtex: async () => ({ url, close: async () => undefined }) },
});
