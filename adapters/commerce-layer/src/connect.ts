/**
 * Connecting makes the shopper a customer of the organization, or finds the one that is there: the org's own record, so the
 * shopper has nothing to log in to. The id is kept; it opens nothing without the org's credentials.
 */
import { AdapterError, type Connect, type Health } from "@shopkey/adapter-sdk";
import { setShopperReference } from "./api.js";
import { accountOf, expectSelf, findOrCreate, getCustomer } from "./customers.js";
import { errorOfAnswer, refuse } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import type { Line, OpenLine } from "./line.js";
import { readCustomer } from "./records.js";
import type { CommerceLayerKept } from "./settings.js";

export function connector(open: OpenLine): Connect<CommerceLayerKept> {
  return {
    start: async (call, { identity, shopperReference }) => {
      const email = identity["buyer.email"];
      if (email === undefined || email === "") {
        throw refuse("IDENTITY_INCOMPLETE", "The store knows its customers by e-mail address.", ["buyer.email"]);
      }
      const line = open(call);
      const found = await findOrCreate(call, line, email, shopperReference);
      const isNews = shopperReference !== undefined && found.shopperReference !== shopperReference;
      const customer = isNews ? await pushReference(call, line, found.id, shopperReference) : found;
      return { kind: "connected", secret: { kind: "customer", customerId: customer.id }, account: accountOf(customer) };
    },
    finish: async () => {
      throw refuse("NOT_SUPPORTED", "Connecting a customer record has one step; there is nothing to answer.");
    },
    verify: (call, secret) => inspect(call, () => health(call, open(call), secret.customerId)),
    rename: async (call, { customerId }, shopperReference) =>
      accountOf(await pushReference(call, open(call), customerId, shopperReference)),
    disconnect: async () => ({
      storeAgreed: true,
      note: "Nothing to end at the store: no login is kept. The customer record stays there until it is asked to forget it.",
    }),
  };
}

async function pushReference(call: LayerCall, line: Line, id: string, shopperReference: string) {
  const answer = await line.tell(setShopperReference(id, shopperReference));
  if (answer.status >= 200 && answer.status <= 299) return expectSelf(readCustomer(answer.json), id);
  if (answer.status !== 422) throw errorOfAnswer(answer, call.now());
  throw new AdapterError("REFUSED_BY_STORE", "The store does not accept this shopper reference.", {
    fields: ["shopperReference"],
  });
}

/** The record is gone, or forgotten: what was connected is no longer there. */
async function health(call: LayerCall, line: Line, id: string): Promise<Health> {
  const customer = await getCustomer(call, line, id);
  if (customer === null || customer.anonymization === "completed") return { kind: "revoked" };
  return { kind: "live", account: accountOf(customer) };
}

/** A store that cannot be asked, or that refuses our own key, says nothing about the shopper. */
export async function inspect(call: LayerCall, look: () => Promise<Health>): Promise<Health> {
  try {
    return await look();
  } catch (error) {
    if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
    return { kind: "inconclusive", why: error.message };
  }
}
