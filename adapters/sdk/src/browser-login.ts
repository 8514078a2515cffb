/** Logins that are made on the store's own pages and stay in the hosted browser: one look at the store's pages says all there is to say. */
import type { Call, Connect, Farewell, Health } from "./contract.js";
import { AdapterError } from "./errors.js";
import { type Page, usePage } from "./page.js";

/** What is kept of such a login: a fingerprint of the account, to tell it from any other. */
export interface BrowserKept<Settings> {
  readonly settings: Settings;
  readonly credentials: Record<string, never>;
  readonly secret: { readonly account: string };
  readonly pending: Record<string, never>;
}

/** Somebody is logged in. */
export interface LoggedIn {
  readonly kind: "in";
  /** The account's fingerprint. */
  readonly account: string;
  /** Masked, for people. */
  readonly label: string | null;
}

/** What a store's adapter knows about its pages. `Other` is all that can be seen instead of a login. */
export interface BrowserLogin<Settings, Other extends { readonly kind: string }> {
  /** Goes to the page that proves a login. Throws AdapterError where the store could not be asked. */
  readonly lookAt: (page: Page, call: Call<BrowserKept<Settings>>) => Promise<LoggedIn | Other>;
  /** What it is called where only a login will do. CHALLENGE_REQUIRED: the shopper can go on. */
  readonly refusalOf: (sight: Other) => AdapterError;
  /** What it says of a login that was there. */
  readonly healthOf: (sight: Other) => Health;
  /** Throws AdapterError where the store could not be asked. */
  readonly logOut: (page: Page, call: Call<BrowserKept<Settings>>) => Promise<Farewell>;
  /** Follows every farewell's note: what a logout here does not reach. */
  readonly reminder: (settings: Settings) => string;
}

const isLoggedIn = <Other extends { readonly kind: string }>(sight: LoggedIn | Other): sight is LoggedIn =>
  sight.kind === "in";

/** `connect` of a store whose shoppers log in through the live view. */
export function connectInBrowser<Settings, Other extends { readonly kind: string }>({
  lookAt,
  refusalOf,
  healthOf,
  logOut,
  reminder,
}: BrowserLogin<Settings, Other>): Connect<BrowserKept<Settings>> {
  const look = (call: Call<BrowserKept<Settings>>) => usePage(call, (page) => lookAt(page, call));
  return {
    start: async () => ({ kind: "liveView", pending: {} }),

    finish: async (call, pending) => {
      const sight = await look(call);
      if (isLoggedIn(sight)) {
        const { account, label } = sight;
        return { kind: "connected", secret: { account }, account: { id: account, label } };
      }
      const refusal = refusalOf(sight);
      if (refusal.code !== "CHALLENGE_REQUIRED") throw refusal;
      return { kind: "liveView", pending, why: refusal.message };
    },

    verify: async (call, secret) => {
      try {
        const sight = await look(call);
        if (!isLoggedIn(sight)) return healthOf(sight);
        return { kind: sight.account === secret.account ? "live" : "expired" };
      } catch (error) {
        return { kind: "inconclusive", why: expected(call, error).message };
      }
    },

    disconnect: async (call) => {
      const remind = (note: string) => `${note} ${reminder(call.store.settings)}`;
      try {
        const { storeAgreed, note } = await usePage(call, (page) => logOut(page, call));
        return { storeAgreed, note: remind(note) };
      } catch (error) {
        return { storeAgreed: false, note: remind(expected(call, error).message) };
      }
    },
  };
}

/** The login that was seen, when it is the connected account's; throws what it is instead. */
export function expectAccount<Login extends LoggedIn, Other extends { readonly kind: string }>(
  sight: Login | Other,
  { account }: { readonly account: string },
  refusalOf: (sight: Other) => AdapterError,
): Login {
  const isIn = (one: Login | Other): one is Login => one.kind === "in";
  if (!isIn(sight)) throw refusalOf(sight);
  if (sight.account === account) return sight;
  throw new AdapterError("CONNECTION_EXPIRED", "Another account than the connected one is logged in.");
}

/** A call that was given up, or a bug, is nothing that a store said. */
function expected({ signal }: Pick<Call, "signal">, error: unknown): AdapterError {
  if (signal.aborted || !(error instanceof AdapterError)) throw error;
  return error;
}
