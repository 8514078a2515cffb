/** The gateway as it comes. Point SHOPKEY_CONFIG at a file of your own to install other adapters. */
import { amazonConnector } from "@shopkey/adapter-amazon-connector";
import { startSandbox as startAmazon } from "@shopkey/adapter-amazon-connector/sandbox";
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import { startSandbox as startCommerceLayer } from "@shopkey/adapter-commerce-layer/sandbox";
import { ifood } from "@shopkey/adapter-ifood";
import { startSandbox as startIfood } from "@shopkey/adapter-ifood/sandbox";
import { meli } from "@shopkey/adapter-meli";
import { startSandbox as startMeli } from "@shopkey/adapter-meli/sandbox";
import { pretend } from "@shopkey/adapter-pretend";
import { startSandbox as startPretend } from "@shopkey/adapter-pretend/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox as startVtex } from "@shopkey/adapter-vtex/sandbox";
import { defineGateway } from "./gateway-definition.js";

export default defineGateway({
  adapters: [vtex(), commerceLayer(), pretend(), meli(), ifood(), amazonConnector()],
  sandboxes: {
    vtex: startVtex,
    "commerce-layer": startCommerceLayer,
    pretend: startPretend,
    meli: startMeli,
    ifood: startIfood,
    "amazon-connector": startAmazon,
  },
});
