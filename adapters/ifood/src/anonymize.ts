/** Being forgotten by iFood is asked for by the shopper and by nobody else: no API does it, and a merchant's knows no shoppers. */
import { type Anonymize, askedByShopper, type ShopperTask } from "@shopkey/adapter-sdk";
import type { IfoodKept } from "./kept.js";
import { PRIVACY } from "./places.js";

const TASKS: readonly ShopperTask[] = [
  {
    code: "ASK_PRIVACY_PORTAL",
    title: "Ask for the deletion of your personal data in iFood's privacy portal",
    url: PRIVACY,
    optional: false,
    warnings: [
      "The store has named up to 45 days for it (2021).",
      "The store keeps what the law obliges it to keep, such as invoices.",
    ],
    blockers: [],
  },
  {
    code: "CLOSE_ACCOUNT",
    title: "Delete the account in the help section of iFood's app, if you want that, too",
    url: PRIVACY,
    optional: true,
    warnings: ["Order history, coupons, benefits and a balance in the account are lost."],
    blockers: ["Orders on their way", "A subscription or a payment that is still running"],
  },
];

export const anonymize: Anonymize<IfoodKept> = askedByShopper(() => ({
  note: `The shopper asks the store itself at ${PRIVACY}, and then confirms it here.`,
  tasks: TASKS,
}));
