import DataLoader from "dataloader";
import type { ApiKeyView, Caller, ConsumerAnonymizationView, Identity, StoreAccountView } from "../identity/index.js";
import type { Log } from "../kernel/log.js";

/** What a resolver has for one request. It is always the first parameter. */
export interface Desk {
  readonly identity: Identity;
  readonly caller: Caller;
  readonly log: Log;
  /** API keys by wire id: one query for all that a level of the answer names. */
  readonly apiKeys: DataLoader<string, ApiKeyView | null>;
  /** Newest requests to be forgotten by the consumer's wire id, in the same way. */
  readonly anonymizations: DataLoader<string, ConsumerAnonymizationView | null>;
  /** What stores say of accounts by the connection's wire id, in the same way. */
  readonly storeAccounts: DataLoader<string, StoreAccountView | null>;
}

export function openDesk(parts: Omit<Desk, "apiKeys" | "anonymizations" | "storeAccounts">): Desk {
  const { identity, caller } = parts;
  // Made when a request first needs it: most never do.
  let apiKeys: Desk["apiKeys"] | undefined;
  let anonymizations: Desk["anonymizations"] | undefined;
  let storeAccounts: Desk["storeAccounts"] | undefined;
  return {
    ...parts,
    get apiKeys() {
      apiKeys ??= new DataLoader((ids) => identity.findApiKeys(caller, ids));
      return apiKeys;
    },
    get anonymizations() {
      anonymizations ??= new DataLoader((ids) => identity.anonymizationsOf(caller, ids));
      return anonymizations;
    },
    get storeAccounts() {
      storeAccounts ??= new DataLoader((ids) => identity.storeAccountsOf(caller, ids));
      return storeAccounts;
    },
  };
}
