/** A gateway's definition with every store; the Mercado Livre among them outlives gateways. */
import { defineGateway } from "../../src/gateway-definition.js";
import standard from "../../src/shopkey.config.js";
import lasting from "./lasting-meli.js";

export default defineGateway({
  adapters: standard.adapters,
  sandboxes: { ...standard.sandboxes, ...lasting.sandboxes },
});
