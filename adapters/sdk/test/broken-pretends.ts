import { setTimeout as wait } from "node:timers/promises";
import { type CornerKept, pretend } from "@shopkey/adapter-pretend";
import { type Adapter, AdapterError, type Anonymize, type Call, type CheckoutIdentity } from "@shopkey/adapter-sdk";
import { brokenLogins } from "./broken-logins.js";

type Corner = Adapter<CornerKept>;
type Apply = CheckoutIdentity<CornerKept>["apply"];
const whole = pretend();

/** The corner shop with one promise of the contract broken. */
export interface Broken {
  readonly how: string;
  /** The one group that must turn red. */
  readonly group: string;
  readonly adapter: Corner;
}

const broken = (group: string, how: string, part: Partial<Corner>): Broken => ({
  ...{ group, how },
  adapter: { ...whole, ...part },
});
const applying = (apply: Apply): Partial<Corner> => ({ checkoutIdentity: { ...whole.checkoutIdentity, apply } });
const forgetting = (part: Partial<Anonymize<CornerKept>>): Partial<Corner> => ({
  anonymize: { ...whole.anonymize, ...part },
});
const applyWell = whole.checkoutIdentity.apply;

/** Runs a function of the adapter and rewrites what it throws. */
async function rethrown<T>(work: Promise<T>, rewrite: (error: AdapterError) => Error): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof AdapterError ? rewrite(error) : error;
  }
}

const declares: Broken[] = [
  broken("declares", "its id is not kebab-case", { id: "Corner Shop" }),
  broken("declares", "it names a host with a wildcard", {
    hosts: ({ shop }) => [`${shop}.corner.example`, "*.corner.example"],
  }),
  broken("declares", "it needs one field twice", {
    needs: {
      ...whole.needs,
      checkout: {
        required: ["buyer.email", "buyer.firstName", "buyer.lastName"],
        optional: ["buyer.phone", "buyer.email"],
      },
    },
  }),
];

const applies: Broken[] = [
  broken(
    "applies",
    "its cart's address carries the e-mail",
    applying(async (call, secret, identity, cart) => {
      const applied = await applyWell(call, secret, identity, cart);
      const url = `${applied.cart.url}?for=${encodeURIComponent(identity["buyer.email"] ?? "")}`;
      return { ...applied, cart: { ...applied.cart, url } };
    }),
  ),
  broken(
    "applies",
    "it sends the document, which it did not declare",
    applying((call, secret, identity, cart) =>
      applyWell(withHeader(call, "x-document", identity["buyer.document"]), secret, identity, cart),
    ),
  ),
  broken(
    "applies",
    "it claims fields that the store never got",
    applying(async (call, secret, { "buyer.phone": _, ...identity }, cart) => {
      const applied = await applyWell(call, secret, identity, cart);
      return { ...applied, fields: [...applied.fields, "buyer.phone"] };
    }),
  ),
  broken(
    "applies",
    "every attempt makes a cart of its own",
    applying((call, secret, identity, cart) =>
      applyWell({ ...call, idempotencyKey: String(Math.random()), resume: null }, secret, identity, cart),
    ),
  ),
  broken("applies", "what is abandoned stays at the store", {
    checkoutIdentity: { ...whole.checkoutIdentity, abandon: async () => {} },
  }),
];

const forgets: Broken[] = [
  broken(
    "forgets",
    "every attempt is a request of its own",
    forgetting({
      request: (call, subject) => whole.anonymize.request({ ...call, idempotencyKey: String(Math.random()) }, subject),
    }),
  ),
  broken(
    "forgets",
    "what was completed begins anew",
    forgetting({
      status: (call, subject, progress) => whole.anonymize.status(call, subject, { ...progress, kind: "requested" }),
    }),
  ),
  broken(
    "forgets",
    "it says completed and nothing was",
    forgetting({
      request: async () => ({ kind: "completed", reference: "none", note: "done" }),
      cancel: async () => {
        throw new AdapterError("TOO_LATE", "done");
      },
      status: async (_call, _subject, progress) => progress,
    }),
  ),
  broken(
    "forgets",
    "its note quotes the e-mail",
    forgetting({
      request: async (call, subject) => ({
        ...(await whole.anonymize.request(call, subject)),
        note: `asked for ${subject.identity["buyer.email"]}`,
      }),
    }),
  ),
];

const manners: Broken[] = [
  broken(
    "manners",
    "it goes on after an abort",
    applying(async (call, secret, identity, cart) => {
      try {
        return await applyWell(call, secret, identity, cart);
      } catch (error) {
        if (call.signal.aborted) await wait(3000, undefined, { ref: false });
        throw error;
      }
    }),
  ),
  broken(
    "manners",
    "it tells another host",
    applying(async (call, secret, identity, cart) => {
      await call.fetch("https://metrics.example/hit").catch(() => {});
      return applyWell(call, secret, identity, cart);
    }),
  ),
  broken(
    "manners",
    "it goes past call.fetch",
    applying(async (call, secret, identity, cart) => {
      await fetch("http://127.0.0.1:9/").catch(() => {});
      return applyWell(call, secret, identity, cart);
    }),
  ),
  broken(
    "manners",
    "it logs the phone number",
    applying((call, secret, identity, cart) => {
      call.log("applying", { phone: identity["buyer.phone"] ?? "" });
      return applyWell(call, secret, identity, cart);
    }),
  ),
  broken(
    "manners",
    "its error quotes the e-mail",
    applying((call, secret, identity, cart) =>
      rethrown(
        applyWell(call, secret, identity, cart),
        ({ code, message, retryAfterMs }) =>
          new AdapterError(
            code,
            `${message} (${identity["buyer.email"]})`,
            retryAfterMs === undefined ? {} : { retryAfterMs },
          ),
      ),
    ),
  ),
  broken("manners", "its checkpoint holds the name", {
    checkoutIdentity: {
      ...whole.checkoutIdentity,
      apply: (call, secret, identity, cart) =>
        applyWell(withCheckpoints(call, `${identity["buyer.firstName"]}/`), secret, identity, cart),
      abandon: (call) => whole.checkoutIdentity.abandon(withCheckpoints(call, "/")),
    },
  }),
];

const troubles: Broken[] = [
  broken(
    "troubles",
    "it throws a bare Error",
    applying((call, secret, identity, cart) =>
      rethrown(applyWell(call, secret, identity, cart), ({ message }) => new Error(message)),
    ),
  ),
  broken(
    "troubles",
    "it forgets how long to wait",
    applying((call, secret, identity, cart) =>
      rethrown(applyWell(call, secret, identity, cart), ({ code, message }) => new AdapterError(code, message)),
    ),
  ),
  broken(
    "troubles",
    "it sends the shopper to mend a store that is down",
    applying((call, secret, identity, cart) =>
      rethrown(
        applyWell(call, secret, identity, cart),
        ({ message, retryAfterMs }) =>
          new AdapterError("CHALLENGE_REQUIRED", message, retryAfterMs === undefined ? {} : { retryAfterMs }),
      ),
    ),
  ),
];

/** Puts something before each checkpoint, and takes it off again. */
function withCheckpoints(call: Call<CornerKept>, prefix: string): Call<CornerKept> {
  const checkpoint: typeof call.checkpoint = (value) => call.checkpoint(prefix + value);
  return { ...call, checkpoint, resume: call.resume?.split("/")[1] ?? null };
}

function withHeader(call: Call<CornerKept>, name: string, value: string | undefined): Call<CornerKept> {
  if (value === undefined) return call;
  const withIt: Call<CornerKept>["fetch"] = (url, init = {}) =>
    call.fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), [name]: value } });
  return { ...call, fetch: withIt };
}

export const BROKEN: readonly Broken[] = [
  ...declares,
  ...brokenLogins(whole),
  ...applies,
  ...forgets,
  ...manners,
  ...troubles,
];
