/**
 * A VTEX shop lets anyone buy as a guest, so connecting it opens nothing and keeps nothing: the shopper's profile in the
 * vault is the connection. Asking whether the store knows the e-mail tells early whether a login will be in the way.
 */
import { AdapterError, type Call, type Connect, type Health, type Readiness } from "@shopkey/adapter-sdk";
import { expectPlace, readProfileIsComplete } from "./answers.js";
import { findProfile, probe } from "./api.js";
import { refuse } from "./errors.js";
import { openLine } from "./line.js";
import type { VtexKept } from "./settings.js";

export const connect: Connect<VtexKept> = {
  start: async (call, { identity }) => {
    const email = identity["buyer.email"];
    const storeKnowsEmail = email === undefined ? null : await knowsEmail(call, email);
    return { kind: "connected", secret: { storeKnowsEmail }, account: { id: null, label: null } };
  },
  finish: async () => {
    throw refuse("NOT_SUPPORTED", "Connecting a guest checkout has one step; there is nothing to answer.");
  },
  verify: async (call) => health(call),
  disconnect: async () => ({
    storeAgreed: true,
    note: "Nothing to end at the store: a guest checkout keeps no login. What the store learned in earlier orders stays there until it is asked to forget it.",
  }),
};

/** Never says revoked: there is no login that a store could revoke. */
async function health(call: Call<VtexKept>): Promise<Health> {
  try {
    expectPlace(await openLine(call).ask(probe(call.store.settings.country)));
    return { kind: "live" };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    // A JSON refusal ("no such postal code") is an answer of a checkout that works.
    if (error.code === "REFUSED_BY_STORE" || error.code === "IDENTITY_INCOMPLETE") return { kind: "live" };
    return { kind: "inconclusive", why: error.message };
  }
}

/**
 * Whether the store has a complete profile for this e-mail. It answers a stranger with masked values, which are not
 * read: only the fact is.
 */
async function knowsEmail(call: Call<VtexKept>, email: string): Promise<boolean> {
  return readProfileIsComplete(await openLine(call).ask(findProfile(email)));
}

/** A shopper whom the store knows with a complete profile is asked to log in: the cart would come back masked. */
export async function readiness(call: Call<VtexKept>, email: string | undefined): Promise<Readiness> {
  if (email === undefined) return { kind: "ready" };
  try {
    if (!(await knowsEmail(call, email))) return { kind: "ready" };
    return {
      kind: "blocked",
      code: "LOGIN_REQUIRED",
      why: "The store knows this e-mail address with a complete profile and asks the shopper to log in.",
    };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === "STORE_UNAVAILABLE" || error.code === "PERMISSION_MISSING") {
      return { kind: "blocked", code: error.code, why: error.message };
    }
    throw error;
  }
}
