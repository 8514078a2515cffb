/** Amazon's physical stores: the four endpoints of an identity connector. It speaks to nobody; Amazon asks. */
import type { Adapter } from "@shopkey/adapter-sdk";
import { anonymize } from "./anonymize.js";
import { checkoutIdentity } from "./checkout.js";
import { connect } from "./connect.js";
import { type AmazonKept, credentialsSchema, pendingSchema, secretSchema, settingsSchema } from "./kept.js";
import { routes } from "./routes.js";

/** The adapter of Amazon's identity connector; which stores stand behind it is in the Store's settings. */
export function amazonConnector(): Adapter<AmazonKept> {
  return {
    id: "amazon-connector",
    title: "Amazon stores",
    contract: 1,
    hosts: () => [],
    keeps: { settings: settingsSchema, credentials: credentialsSchema, secret: secretSchema, pending: pendingSchema },
    needs: { checkout: { required: [], optional: [] }, readiness: [], anonymize: [] },
    connect,
    checkoutIdentity,
    anonymize,
    routes,
  };
}

export default amazonConnector;
export type { AmazonKept } from "./kept.js";
