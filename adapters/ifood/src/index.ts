/** iFood: the shopper logs in once, in the hosted browser, and orders there with a dish already open. */
import type { Adapter } from "@shopkey/adapter-sdk";
import { anonymize } from "./anonymize.js";
import { checkoutIdentity } from "./checkout.js";
import { connect } from "./connect.js";
import { type IfoodKept, keeps } from "./kept.js";
import { HOSTS, LOGIN } from "./places.js";
import { KNOWS_ACCOUNT_AND_ADDRESS } from "./sight.js";

export type { IfoodKept } from "./kept.js";

/** The adapter of iFood in Brazil. */
export function ifood(): Adapter<IfoodKept> {
  return {
    id: "ifood",
    title: "iFood",
    contract: 1,
    hosts: () => HOSTS,
    keeps,
    /** The account has it all. */
    needs: { checkout: { required: [], optional: [] }, readiness: [], anonymize: [] },
    browser: {
      locale: () => "pt-BR",
      timezone: () => "America/Sao_Paulo",
      loginUrl: () => LOGIN,
      looksDone: () => `location.hostname === "www.ifood.com.br" && ${KNOWS_ACCOUNT_AND_ADDRESS}`,
    },
    connect,
    checkoutIdentity,
    anonymize,
  };
}

export default ifood;
