import { test } from "@jest/globals";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { settingsSchema } from "../src/settings.js";
import { itemsOf } from "./bench.js";
import { impersonation } from "./impersonation.js";

adapterConformance(test, {
  adapter: vtex(),
  startSandbox,
  settings: settingsSchema.parse({ account: "cobasi", userRights: true }),
  credentials: { appKey: "vtexappkey-cobasi-CONFORM", appToken: "conformance-token" },
  cart: () => itemsOf("1001", "1003"),
  holds: (sandbox, value) => JSON.stringify(sandbox.state("cobasi")).includes(JSON.stringify(value)),
  forgetting: { takesMs: 60_000 },
  login: { none: "a guest checkout has no login: the vaulted profile is the connection" },
  impersonation,
});
