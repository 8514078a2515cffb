// A corner shop that does not exist: every member of the contract once, each as small as it can be. Read it first.
import type { Adapter } from "@shopkey/adapter-sdk";
import { anonymize } from "./anonymize.js";
import { hostOf } from "./api.js";
import { checkoutIdentity, needs } from "./checkout.js";
import { connect } from "./connect.js";
import { impersonate } from "./impersonate.js";
import { type CornerKept, keeps } from "./kept.js";
import { orderPlaced } from "./routes.js";

export type { CornerKept } from "./kept.js";

/** The adapter of the corner shop: `defineGateway({ adapters: [pretend()] })`. */
export function pretend(): Adapter<CornerKept> {
  return {
    id: "pretend",
    title: "Corner shop (pretend)",
    contract: 1,
    hosts: ({ shop }) => [hostOf(shop)],
    keeps,
    needs,
    connect,
    checkoutIdentity,
    anonymize,
    impersonate,
    routes: [orderPlaced],
  };
}
