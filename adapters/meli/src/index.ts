/** Mercado Livre: the shopper logs in once, in the hosted browser, and buys there with a product already open. */
import type { Adapter } from "@shopkey/adapter-sdk";
import { anonymize } from "./anonymize.js";
import { checkoutIdentity } from "./checkout.js";
import { connect } from "./connect.js";
import { keeps, type MeliKept } from "./kept.js";
import { GREETS } from "./sight.js";
import { hostsOf, loginUrl, siteOf } from "./sites.js";

export type { MeliKept } from "./kept.js";

/** The adapter of every Mercado Livre country site; which one is in the Store's settings. */
export function meli(): Adapter<MeliKept> {
  return {
    id: "meli",
    title: "Mercado Livre",
    contract: 1,
    hosts: ({ site }) => hostsOf(siteOf(site)),
    keeps,
    /** The account has it all. */
    needs: { checkout: { required: [], optional: [] }, readiness: [], anonymize: [] },
    browser: {
      locale: ({ site }) => siteOf(site).locale,
      timezone: ({ site }) => siteOf(site).timezone,
      loginUrl: ({ site }) => loginUrl(siteOf(site)),
      looksDone: ({ site }) => `location.hostname.endsWith(${JSON.stringify(`.${siteOf(site).domain}`)}) && ${GREETS}`,
    },
    connect,
    checkoutIdentity,
    anonymize,
  };
}

export default meli;
