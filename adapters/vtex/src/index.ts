/** VTEX stores: guest checkout with a vaulted profile, and telesales operators in a customer's place. */
import type { Adapter, Needs } from "@shopkey/adapter-sdk";
import { anonymize } from "./anonymize.js";
import { checkoutIdentity } from "./checkout.js";
import { connect } from "./connect.js";
import { impersonate } from "./impersonate.js";
import { adminHosts } from "./login.js";
import { apiHost, credentialsSchema, pendingSchema, secretSchema, settingsSchema, type VtexKept } from "./settings.js";

/** What VTEX's SmartCheckout takes for a whole profile and address; the rest is passed on where it is known. */
const NEEDS: Needs = {
  checkout: {
    required: [
      "buyer.firstName",
      "buyer.lastName",
      "buyer.email",
      "buyer.document",
      "buyer.phone",
      "address.postalCode",
      "address.street",
      "address.number",
      "address.city",
      "address.state",
    ],
    optional: [
      "buyer.documentType",
      "buyer.corporateName",
      "buyer.tradeName",
      "buyer.corporateDocument",
      "buyer.corporatePhone",
      "buyer.stateInscription",
      "address.neighborhood",
      "address.complement",
      "address.country",
      "address.reference",
      "address.receiver",
    ],
  },
  readiness: ["buyer.email"],
  anonymize: ["buyer.email"],
};

/** The adapter for every store on VTEX; which one is in the Store's settings. */
export function vtex(): Adapter<VtexKept> {
  return {
    id: "vtex",
    title: "VTEX",
    contract: 1,
    hosts: (settings) => [
      apiHost(settings),
      ...adminHosts(settings),
      ...(settings.host === undefined ? [] : [settings.host]),
    ],
    keeps: { settings: settingsSchema, credentials: credentialsSchema, secret: secretSchema, pending: pendingSchema },
    needs: NEEDS,
    connect,
    checkoutIdentity,
    anonymize,
    impersonate,
  };
}

export default vtex;
export type { VtexKept } from "./settings.js";
