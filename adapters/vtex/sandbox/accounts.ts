/** Every VTEX account that was asked for, each with its own catalogue, carts, profiles and erasure jobs. */
import { type Cart, openCart } from "./cart.js";
import { catalogueOf, type Sku } from "./catalogue.js";
import type { LoginAttempt } from "./logins.js";
import type { UserToken } from "./operators.js";
import { type Profile, seedProfiles } from "./profiles.js";
import type { StoreSession } from "./sessions.js";

export interface Job {
  readonly id: string;
  /** Gone once the job has succeeded. */
  email: string;
  readonly startedAt: number;
  readonly endsAt: number;
  status: "InProgress" | "Success" | "Failed";
}

export interface Account {
  readonly name: string;
  readonly catalogue: readonly Sku[];
  readonly carts: Map<string, Cart>;
  /** By lower-case e-mail. */
  readonly profiles: Map<string, Profile>;
  readonly jobs: Map<string, Job>;
  readonly sessions: Map<string, StoreSession>;
  /** Logins that this account has issued. */
  readonly tokens: Map<string, UserToken>;
  /** Logins under way, by their `_vss`. */
  readonly logins: Map<string, LoginAttempt>;
}

export interface Accounts {
  readonly of: (name: string) => Account;
  /** A cart wherever it is: its id is unique over all accounts. */
  readonly find: (cartId: string) => { readonly account: Account; readonly cart: Cart } | undefined;
  readonly reset: (name: string | null) => void;
  readonly lens: (name: string | null) => unknown;
}

export function openAccounts(): Accounts {
  const accounts = new Map<string, Account>();
  const of = (name: string): Account => {
    const known = accounts.get(name);
    if (known !== undefined) return known;
    const opened = openAccount(name);
    accounts.set(name, opened);
    return opened;
  };
  return {
    of,
    find: (cartId) => {
      for (const account of accounts.values()) {
        const cart = account.carts.get(cartId);
        if (cart !== undefined) return { account, cart };
      }
      return undefined;
    },
    reset: (name) => void (name === null ? accounts.clear() : accounts.delete(name)),
    lens: (name) =>
      name === null
        ? Object.fromEntries([...accounts].map(([key, one]) => [key, showAccount(one)]))
        : showAccount(of(name)),
  };
}

function openAccount(name: string): Account {
  const empty = { carts: new Map(), jobs: new Map(), sessions: new Map(), tokens: new Map(), logins: new Map() };
  return { name, catalogue: catalogueOf(name), profiles: seedProfiles(), ...empty };
}

export function addCart(account: Account, salesChannel: string, sessionId: string | null = null): Cart {
  const cart = openCart(salesChannel, sessionId);
  account.carts.set(cart.id, cart);
  return cart;
}

/** What the store holds, plainly. */
function showAccount(account: Account) {
  return {
    carts: Object.fromEntries(account.carts),
    profiles: Object.fromEntries(account.profiles),
    jobs: Object.fromEntries(account.jobs),
    sessions: [...account.sessions.values()].map(showSession),
  };
}

/** Without the tokens: those are for their bearers. */
const showSession = ({ id, admin, impersonate, isDropped }: StoreSession) => ({
  ...{ id, operator: admin?.email ?? null, isDropped },
  impersonated: impersonate?.customer?.email ?? null,
});
