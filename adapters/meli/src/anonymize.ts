/**
 * Being forgotten by Mercado Livre is asked for by the shopper, logged in, and by nobody else. Closing the account goes further than
 * that and takes the wallet with it, so it is never what a request means by default: it stands beside it, with its warning.
 */
import { type Anonymize, askedByShopper, type ShopperTask } from "@shopkey/adapter-sdk";
import type { MeliKept } from "./kept.js";
import { closingUrl, privacyUrl, type Site, siteOf } from "./sites.js";

export const anonymize: Anonymize<MeliKept> = askedByShopper((call) => {
  const site = siteOf(call.store.settings.site);
  return {
    note: `The shopper asks the store itself, logged in, at ${privacyUrl(site)}, and then confirms it here.`,
    tasks: [askPrivacyCentre(site), closeAccount(site)],
  };
});

const askPrivacyCentre = (site: Site): ShopperTask => ({
  code: "ASK_PRIVACY_CENTRE",
  title: "Ask for the deletion of your personal data in the store's privacy centre",
  url: privacyUrl(site),
  optional: false,
  warnings: ["The store keeps what the law obliges it to keep, such as invoices."],
  blockers: [],
});

const closeAccount = (site: Site): ShopperTask => ({
  code: "CLOSE_ACCOUNT",
  title: "Close the account at the store, if you want that, too",
  url: closingUrl(site),
  optional: true,
  warnings: [
    ...(site.closesWallet
      ? ["Closing the account closes Mercado Pago with it: move your money out of the wallet before you do."]
      : []),
    "A closed account cannot be opened again, and its nickname and reputation are lost.",
  ],
  blockers: [
    "Purchases or sales that are not finished yet",
    "Payments that are still owed or on their way",
    "A limitation or a blockage of the account",
  ],
});
