import { AdapterError, type CheckoutIdentity } from "@shopkey/adapter-sdk";
import type { AmazonKept } from "./kept.js";

/** There is no cart to fill in: Amazon's store asks us who is there, and is told an opaque id by `routes`. */
export const checkoutIdentity: CheckoutIdentity<AmazonKept> = {
  readiness: async (_call, secret) =>
    secret === null
      ? { kind: "blocked", code: "LOGIN_REQUIRED", why: "The shopper is not known at the gate yet." }
      : { kind: "ready" },
  apply: async () => {
    throw new AdapterError("NOT_SUPPORTED", "The shopper shows a code at the gate; there is no cart to fill in.");
  },
  abandon: async () => {},
};
