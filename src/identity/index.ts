/** Every decision: who calls, consumers and profiles, connections, checkout, operators, being forgotten, stores, keys, the ledger. */

import { openActing } from "./acts/acting.js";
import { type AnonymizationActs, anonymizationActs } from "./acts/anonymizations.js";
import { type CheckoutActs, checkoutActs } from "./acts/checkouts.js";
import { type ConnectionActs, connectionActs } from "./acts/connections.js";
import { type ConsumerActs, consumerActs } from "./acts/consumers.js";
import { type ImpersonationActs, impersonationActs } from "./acts/impersonations.js";
import { type KeyActs, keyActs } from "./acts/keys.js";
import { type OrgActs, orgActs } from "./acts/orgs.js";
import { type StoreActs, storeActs } from "./acts/stores.js";
import { openAuthentication } from "./authentication.js";
import type { Caller, RequestFacts } from "./caller.js";
import { type Door, openDoor } from "./door/index.js";
import type { Rooms } from "./rooms.js";

export type * from "./anonymization-inputs.js";
export type * from "./anonymization-views.js";
export type * from "./caller.js";
export type * from "./connection-views.js";
export type { Door, StoreAnswer, StoreRequest } from "./door/index.js";
export { forgottenOf } from "./forgotten.js";
export type * from "./impersonation-views.js";
export type * from "./inputs.js";
export { type RotationOptions, type RotationProgress, SETTLE_MS } from "./key-rotation.js";
export type * from "./operator-login-views.js";
export type { Rooms as IdentityOptions } from "./rooms.js";
export { isScope, requireScope, SCOPES, type ScopeName } from "./scopes.js";
export type { StoreAccountView } from "./store-account-views.js";
export type * from "./views.js";

/**
 * What can be asked of this room, by nouns (see `acts/`). Everything throws Refusal or Refusals for an expected no (see
 * GATEWAY_REFUSALS and the adapters' table); anything else thrown is a bug. An unknown, foreign or erased thing is the same
 * NOT_FOUND, or null from a `find…`.
 */
export interface Identity
  extends ConsumerActs,
    CheckoutActs,
    ConnectionActs,
    AnonymizationActs,
    ImpersonationActs,
    StoreActs,
    KeyActs,
    OrgActs {
  /** Who is behind an `Authorization` header (`Bearer shk_…`). Always the same UNAUTHENTICATED when it is nobody. */
  readonly authenticate: (authorization: string | undefined, request: RequestFacts) => Promise<Caller>;
  /** For the clock: writes when keys were last used, in one go for many requests. */
  readonly writeKeyUses: () => Promise<void>;
  /** What stores call us for, each at its own address. */
  readonly door: Door;
  /** Waits a few seconds for what is at a store, writes what is pending and lets go of listeners. */
  readonly close: () => Promise<void>;
}

export function openIdentity(rooms: Rooms): Identity {
  const authentication = openAuthentication(rooms);
  // Keys that another process rotated are read anew at once.
  const stopHearing = rooms.data.onApiKeyChange((what) => {
    if (what === "all") rooms.vault.refresh();
  });
  const acting = openActing(rooms);
  const door = openDoor(rooms);
  return {
    ...consumerActs(acting),
    ...checkoutActs(acting),
    ...connectionActs(acting),
    ...anonymizationActs(acting),
    ...impersonationActs(acting),
    ...storeActs(acting),
    ...keyActs(acting),
    ...orgActs(acting),
    ...authentication,
    door,
    close: async () => {
      await acting.settle();
      door.close();
      stopHearing();
      await authentication.close();
    },
  };
}
