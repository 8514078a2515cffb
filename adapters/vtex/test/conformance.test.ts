import { test } from "@jest/globals";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { settingsSchema } from "../src/settings.js";
import { itemsOf } from "./bench.js";

const noLogin = "a guest checkout has no login: the vaulted profile is the connection";
adapterConformance(test, {
  adapter: vtex(),
  startSandbox,
  settings: settingsSchema.parse({ account: "cobasi", userRights: true }),
  credentials: { appKey: "vtexappkey-cobasi-CONFORM", appToken: "conformance-token" },
  cart: () => itemsOf("1001", "1003"),
  holds: (sandbox, value) => JSON.stringify(sandbox.state("cobasi")).includes(JSON.stringify(value)),
  forgetting: { takesMs: 60_000 },
  login: {
    ...{ answer: () => ({}), wrongAnswer: () => ({}), isLive: () => true, revoke: () => {} },
    ...{ answerWithinMs: { none: noLogin }, lastsMs: { none: noLogin }, stillborn: { none: noLogin } },
  },
  tolerances: {
    ...{ "connects/personal": noLogin, "connects/wrong-answer": noLogin, "connects/empty-answer": noLogin },
    ...{ "connects/replay": noLogin, "verifies/revoked": noLogin, "disconnects/once": noLogin },
    "disconnects/down": "there is nothing at the store to end, so nothing is asked of it",
    "forgets/same-key":
      "VTEX has no idempotency key for erasure jobs; the checkpoint keeps a repetition from making two",
  },
});
