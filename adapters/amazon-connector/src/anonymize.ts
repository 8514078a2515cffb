/**
 * Being forgotten at the gate. Keys, ids, replayed answers and noted refusals are the gateway's, which drops them with the
 * connection; a shopper who comes back gets another id. What happened in Amazon's stores has no interface for erasure.
 */
import { type Anonymize, askedByShopper } from "@shopkey/adapter-sdk";
import type { AmazonKept } from "./kept.js";

export const anonymize: Anonymize<AmazonKept> = askedByShopper(() => ({
  note: "The gate forgets the shopper with the connection. Trips and receipts that Amazon holds are asked of Amazon.",
  tasks: [
    {
      code: "ASK_AMAZON",
      title: "Ask Amazon for the deletion of the data of your visits, if you gave any",
      url: "https://www.amazon.com/hz/privacy-central/data-requests/preview.html",
      optional: true,
      warnings: ["Receipts that the law asks for are kept."],
      blockers: [],
    },
  ],
  cancelled: "The gate knows the shopper as before.",
}));
