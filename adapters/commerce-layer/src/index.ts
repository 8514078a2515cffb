/** Commerce Layer organizations: profiles at checkout, customers' own tokens, anonymization. */
import type { Adapter, Needs } from "@shopkey/adapter-sdk";
import { anonymizer } from "./anonymize.js";
import { cashier } from "./checkout.js";
import { connector } from "./connect.js";
import { impersonator } from "./impersonate.js";
import { lineOpener } from "./line.js";
import {
  type CommerceLayerKept,
  credentialsSchema,
  hosts,
  pendingSchema,
  secretSchema,
  settingsSchema,
} from "./settings.js";
import { openTokenBook } from "./token-book.js";
import { customerChanged } from "./webhooks.js";

/** What an address of Commerce Layer needs in Brazil; the rest is passed on where it is known. */
const NEEDS: Needs = {
  checkout: {
    required: [
      "buyer.firstName",
      "buyer.lastName",
      "buyer.email",
      "buyer.phone",
      "address.postalCode",
      "address.street",
      "address.number",
      "address.city",
      "address.state",
    ],
    optional: [
      "buyer.document",
      "buyer.documentType",
      "buyer.corporateName",
      "buyer.corporateDocument",
      "address.complement",
      "address.neighborhood",
      "address.country",
      "address.reference",
      "address.receiver",
    ],
  },
  readiness: ["buyer.email"],
  anonymize: ["buyer.email"],
};

/** The adapter for every organization on Commerce Layer. Its stores share what it remembers of their own keys' tokens. */
export function commerceLayer(book = openTokenBook()): Adapter<CommerceLayerKept> {
  const open = lineOpener(book);
  return {
    id: "commerce-layer",
    title: "Commerce Layer",
    contract: 1,
    hosts,
    keeps: { settings: settingsSchema, credentials: credentialsSchema, secret: secretSchema, pending: pendingSchema },
    needs: NEEDS,
    connect: connector(open),
    checkoutIdentity: cashier(open, book),
    anonymize: anonymizer(open),
    impersonate: impersonator(open, book),
    routes: [customerChanged],
  };
}

export default commerceLayer;
export type { CommerceLayerKept } from "./settings.js";
