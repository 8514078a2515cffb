/** Every decision: who is calling, consumers, profiles, checkout, stores, API keys, and the reading of the ledger. */
import { setTimeout as wait } from "node:timers/promises";
import type { Data } from "../data/index.js";
import type { Clock } from "../kernel/clock.js";
import type { OrgId } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import type { Stores } from "../stores/index.js";
import type { Vault } from "../vault/index.js";
import { cancelAnonymization } from "./anonymization-cancel.js";
import type {
  AnonymizationQuery,
  CancelAnonymizationInput,
  RequestAnonymizationInput,
  SettleAnonymizationStepInput,
} from "./anonymization-inputs.js";
import { anonymizationsOf, findAnonymization, listAnonymizations } from "./anonymization-reading.js";
import type { AnonymizationView, ConsumerAnonymizationView } from "./anonymization-views.js";
import { tendAnonymization } from "./anonymization-work.js";
import * as anonymizations from "./anonymizations.js";
import * as apiKeys from "./api-keys.js";
import { openAuthentication } from "./authentication.js";
import type { Caller, CpfPolicy, EmailDomainPolicy, Environment, RequestFacts } from "./caller.js";
import * as checkout from "./checkout.js";
import { finishCheckout } from "./checkout-recovery.js";
import { tendConnection } from "./connection-clock.js";
import { disconnect } from "./connection-farewell.js";
import { finishConnection } from "./connection-finish.js";
import { verifyConnection } from "./connection-health.js";
import { findConnection, listConnections } from "./connection-reading.js";
import { tendSession } from "./connection-sessions.js";
import * as connections from "./connections.js";
import * as consumers from "./consumers.js";
import { type Door, openDoor } from "./door/index.js";
import { refreshGatePass } from "./gate-pass.js";
import { renewImpersonation } from "./impersonation-attempt.js";
import { tendImpersonation } from "./impersonation-clock.js";
import { endImpersonation, switchImpersonations } from "./impersonation-end.js";
import { findImpersonation, listImpersonations } from "./impersonation-reading.js";
import * as impersonations from "./impersonations.js";
import type * as input from "./inputs.js";
import { mendIndexes, rotateKeys, rotateRootKey, tendKeyEpochs } from "./key-epoch-clock.js";
import type { RotationOptions } from "./key-rotation.js";
import { listAuditEvents } from "./ledger-reading.js";
import { reportOrder } from "./orders.js";
import * as orgs from "./orgs.js";
import * as profiles from "./profiles.js";
import { readiness } from "./readiness.js";
import type { Rooms } from "./rooms.js";
import * as stores from "./stores.js";
import { removeTokenIssuer, setTokenIssuer, type TokenIssuerInput } from "./token-issuers.js";
import type * as view from "./views.js";

export type * from "./anonymization-inputs.js";
export type * from "./anonymization-views.js";
export type * from "./caller.js";
export type { Door, StoreAnswer, StoreRequest } from "./door/index.js";
export type * from "./inputs.js";
export { type RotationOptions, type RotationProgress, SETTLE_MS } from "./key-rotation.js";
export { isScope, requireScope, SCOPES, type ScopeName } from "./scopes.js";
export type * from "./views.js";

/**
 * Everything throws Refusal or Refusals for an expected no (see GATEWAY_REFUSALS and the adapters' table); anything
 * else thrown is a bug. An unknown, foreign or erased thing is the same NOT_FOUND, or null from a `find…`.
 */
export interface Identity {
  /** Who is behind an `Authorization` header (`Bearer shk_…`). Always the same UNAUTHENTICATED when it is nobody. */
  readonly authenticate: (authorization: string | undefined, request: RequestFacts) => Promise<Caller>;
  readonly viewer: (caller: Caller) => Promise<view.ViewerView>;

  readonly findConsumer: (
    caller: Caller,
    ref: input.ConsumerRef,
    want: input.ConsumerWant,
  ) => Promise<view.ConsumerView | null>;
  readonly listConsumers: (
    caller: Caller,
    query: input.ConsumerQuery,
    want: input.ConsumerPageWant,
  ) => Promise<view.ConsumerPageView>;
  readonly createConsumer: (
    caller: Caller,
    given: input.CreateConsumerInput,
    want?: input.ConsumerWant,
  ) => Promise<{ readonly consumer: view.ConsumerView }>;
  readonly updateConsumer: (
    caller: Caller,
    given: input.UpdateConsumerInput,
    want?: input.ConsumerWant,
  ) => Promise<{ readonly consumer: view.ConsumerView }>;

  /** Null when the consumer is not visible or has no profile. */
  readonly findProfile: (
    caller: Caller,
    ref: input.ConsumerRef,
    parts?: ReadonlySet<input.ProfilePart>,
  ) => Promise<view.ProfileView | null>;
  /** `want` says what `consumer` of the answer carries; `parts` what `profile` carries; all of it by default. */
  readonly saveProfile: (
    caller: Caller,
    given: input.SaveProfileInput,
    want?: { readonly consumer?: input.ConsumerWant; readonly parts?: ReadonlySet<input.ProfilePart> },
  ) => Promise<{
    readonly consumer: view.ConsumerView;
    /** Null when nothing is left of it. */
    readonly profile: view.ProfileView | null;
    readonly created: boolean;
  }>;
  readonly deleteProfile: (
    caller: Caller,
    given: input.DeleteProfileInput,
    want?: input.ConsumerWant,
  ) => Promise<{ readonly consumer: view.ConsumerView }>;

  readonly readiness: (
    caller: Caller,
    consumer: input.ConsumerRef,
    store: input.StoreRef,
  ) => Promise<view.CheckoutReadinessView>;
  /** A failure at the store is thrown as its Refusal; the checkout it left is found by `findCheckout`. */
  readonly applyCheckoutIdentity: (
    caller: Caller,
    given: input.ApplyCheckoutIdentityInput,
    want?: input.ConsumerWant,
  ) => Promise<{ readonly checkoutIdentity: view.CheckoutIdentityView }>;
  readonly findCheckout: (
    caller: Caller,
    id: string,
    want?: input.ConsumerWant,
  ) => Promise<view.CheckoutIdentityView | null>;
  readonly reportOrder: (
    caller: Caller,
    given: input.ReportOrderInput,
    want?: input.ConsumerWant,
  ) => Promise<{
    readonly consumer: view.ConsumerView;
    readonly checkoutIdentity: view.CheckoutIdentityView | null;
  }>;

  /**
   * Begins to connect, or to mend what is there, and says what the shopper has to do. A store whose logins take the
   * hosted browser answers NOT_SUPPORTED.
   */
  readonly startConnection: (caller: Caller, given: input.StartConnectionInput) => Promise<view.ConnectionStepView>;
  /** The shopper's answer; the store may ask again. A wrong one (ANSWER_INVALID) leaves the question standing. */
  readonly finishConnection: (caller: Caller, given: input.FinishConnectionInput) => Promise<view.ConnectionStepView>;
  readonly cancelConnection: (
    caller: Caller,
    given: input.ConnectionInput,
  ) => Promise<{ readonly connection: view.ConnectionView }>;
  readonly verifyConnection: (caller: Caller, given: input.ConnectionInput) => Promise<view.VerifiedConnectionView>;
  /** Ends it for us at once; `storeAgreed` is false while the store is down, and the clock asks again. */
  readonly disconnect: (caller: Caller, given: input.ConnectionInput) => Promise<view.DisconnectedView>;
  /** What the shopper shows at the store's door, anew: built to be called each time the app's screen opens. */
  readonly refreshGatePass: (caller: Caller, given: input.ConnectionInput) => Promise<view.RefreshedGatePassView>;
  readonly findConnection: (caller: Caller, id: string) => Promise<view.ConnectionView | null>;
  readonly listConnections: (
    caller: Caller,
    query: input.ConnectionQuery,
  ) => Promise<view.PageView<view.ConnectionView>>;

  /** Freezes the consumer at once; the clock does the rest when the time to cancel is over. */
  readonly requestAnonymization: (
    caller: Caller,
    given: RequestAnonymizationInput,
  ) => Promise<{ readonly request: AnonymizationView }>;
  /** TOO_LATE once the shopper's keys are to be destroyed; NOT_CANCELLABLE when a store does not stop. */
  readonly cancelAnonymization: (
    caller: Caller,
    given: CancelAnonymizationInput,
  ) => Promise<{ readonly request: AnonymizationView }>;
  readonly settleAnonymizationStep: (
    caller: Caller,
    given: SettleAnonymizationStepInput,
  ) => Promise<{ readonly request: AnonymizationView }>;
  readonly findAnonymization: (caller: Caller, id: string) => Promise<AnonymizationView | null>;
  readonly listAnonymizations: (caller: Caller, query: AnonymizationQuery) => Promise<view.PageView<AnonymizationView>>;
  /** One answer for each consumer, in the order asked: their newest request. */
  readonly anonymizationsOf: (
    caller: Caller,
    consumerIds: readonly string[],
  ) => Promise<readonly (ConsumerAnonymizationView | null)[]>;

  /** A denial of the store is an answer (`state: DENIED`); what goes wrong otherwise is thrown. */
  readonly startImpersonation: (
    caller: Caller,
    given: input.StartImpersonationInput,
  ) => Promise<{ readonly impersonationSession: view.ImpersonationSessionView }>;
  readonly renewImpersonation: (
    caller: Caller,
    given: input.ImpersonationInput,
  ) => Promise<{ readonly impersonationSession: view.ImpersonationSessionView }>;
  readonly endImpersonation: (caller: Caller, given: input.ImpersonationInput) => Promise<view.EndedImpersonationView>;
  readonly switchImpersonations: (
    caller: Caller,
    given: input.SwitchImpersonationsInput,
  ) => Promise<view.SwitchedImpersonationsView>;
  readonly findImpersonation: (caller: Caller, id: string) => Promise<view.ImpersonationSessionView | null>;
  readonly listImpersonations: (
    caller: Caller,
    query: input.ImpersonationQuery,
  ) => Promise<view.PageView<view.ImpersonationSessionView>>;

  readonly adapters: (caller: Caller) => readonly view.AdapterView[];
  readonly listStores: (caller: Caller, query: input.PageQuery) => Promise<view.PageView<view.StoreView>>;
  readonly findStore: (caller: Caller, ref: input.StoreRef) => Promise<view.StoreView | null>;
  readonly registerStore: (
    caller: Caller,
    given: input.RegisterStoreInput,
  ) => Promise<{ readonly store: view.StoreView }>;
  readonly updateStore: (caller: Caller, given: input.UpdateStoreInput) => Promise<{ readonly store: view.StoreView }>;
  readonly removeStore: (caller: Caller, given: input.RemoveStoreInput) => Promise<{ readonly store: view.StoreView }>;

  /** One answer for each id, in the order asked; null where no such key is visible. */
  readonly findApiKeys: (caller: Caller, ids: readonly string[]) => Promise<readonly (view.ApiKeyView | null)[]>;
  readonly listApiKeys: (caller: Caller, query: input.PageQuery) => Promise<view.PageView<view.ApiKeyView>>;
  /** `secret` is shown once: null when the answer is a repetition. A key can give no scope that it lacks itself. */
  readonly createApiKey: (
    caller: Caller,
    given: input.CreateApiKeyInput,
  ) => Promise<{ readonly apiKey: view.ApiKeyView; readonly secret: string | null }>;
  readonly revokeApiKey: (
    caller: Caller,
    given: input.RevokeApiKeyInput,
  ) => Promise<{ readonly apiKey: view.ApiKeyView }>;

  readonly listAuditEvents: (caller: Caller, query: input.AuditQuery) => Promise<view.PageView<view.AuditEventView>>;

  /** For the command line: the org as it is, every scope, no key. NOT_FOUND when there is no such org. */
  readonly consoleCaller: (orgId: OrgId, environment: Environment) => Promise<Caller>;
  /** For the command line. */
  readonly createOrg: (given: {
    readonly name: string;
    readonly cpfPolicy?: CpfPolicy;
    readonly emailDomainPolicy?: EmailDomainPolicy;
  }) => Promise<{ readonly org: view.OrgView; readonly orgId: OrgId }>;

  /** For the clock: finishes or undoes one checkout whose lease ran out. */
  readonly finishCheckout: (
    scope: { readonly orgId: OrgId; readonly environment: Environment },
    checkoutId: string,
  ) => Promise<void>;
  /** For the clock: one connection that is due: not finished, not told to the store, or not verified for long. */
  readonly tendConnection: (
    scope: { readonly orgId: OrgId; readonly environment: Environment },
    connectionId: string,
  ) => Promise<void>;
  /** Finishes and ends what live views come to, as the browser layer tells it. Answers what stops it. */
  readonly watchSessions: () => () => void;
  /** For the clock: one request to be forgotten that is due. */
  readonly tendAnonymization: (
    scope: { readonly orgId: OrgId; readonly environment: Environment },
    requestId: string,
  ) => Promise<void>;
  /** For the clock: one impersonation that is due: its time is over, nobody finished it, or the store has to be asked. */
  readonly tendImpersonation: (
    scope: { readonly orgId: OrgId; readonly environment: Environment },
    impersonationId: string,
  ) => Promise<void>;
  /** For the clock: the next stage of every org's key rotation that is due. */
  readonly tendKeyEpochs: () => Promise<void>;
  /** For the command line: whole rotations of one org's keys, or of all orgs'. False: somebody else is at it. */
  readonly rotateKeys: (options: RotationOptions & { readonly org: OrgId | null }) => Promise<boolean>;
  /** For the command line: by what the org's own tokens are checked in this environment. */
  readonly setTokenIssuer: (caller: Caller, given: TokenIssuerInput) => Promise<void>;
  readonly removeTokenIssuer: (caller: Caller) => Promise<boolean>;
  /** For the command line, after a restore: every index row of a key that is gone is made anew; how many shoppers that were. */
  readonly mendIndexes: () => Promise<number>;
  /** For the command line; how many keys were wrapped anew, null: somebody else is at it. */
  readonly rotateRootKey: (options: RotationOptions) => Promise<number | null>;
  /** For the clock: writes when keys were last used, in one go for many requests. */
  readonly writeKeyUses: () => Promise<void>;
  /** What stores call us for, each at its own address. */
  readonly door: Door;
  /** Waits a few seconds for what is at a store, writes what is pending and lets go of listeners. */
  readonly close: () => Promise<void>;
}

export interface IdentityOptions {
  readonly data: Data;
  readonly vault: Vault;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a login is believed without asking its store, in milliseconds; a day by default. */
  readonly verifyLoginsAfterMs?: number;
  /** How long a request to be forgotten waits before anything is done; 24 hours in live and none in test by default. */
  readonly anonymizationGraceMs?: number | undefined;
  /** How long an org's key is current, in milliseconds; 30 days by default. */
  readonly keyEpochMs?: number | undefined;
}

/** How long closing waits for what is at a store, in milliseconds; what is left then is the clock's after the next start. */
const CLOSING_MS = 5_000;

/** Gives a function the rooms that it works in. */
const inRooms =
  (rooms: Rooms) =>
  <A extends readonly unknown[], T>(decide: (rooms: Rooms, ...args: A) => T) =>
  (...args: A): T =>
    decide(rooms, ...args);

export function openIdentity(rooms: IdentityOptions): Identity {
  const authentication = openAuthentication(rooms);
  // Keys that another process rotated are read anew at once.
  const stopHearing = rooms.data.onApiKeyChange((what) => {
    if (what === "all") rooms.vault.refresh();
  });
  const open = inRooms(rooms);
  const door = openDoor(rooms);
  const underWay = new Set<Promise<unknown>>();
  /** What is at a store when the gateway closes is waited for. */
  const finishing = <A extends readonly unknown[], T>(decide: (rooms: Rooms, ...args: A) => Promise<T>) => {
    const act = open(decide);
    return (...args: A): Promise<T> => {
      const acting = act(...args).finally(() => underWay.delete(acting));
      underWay.add(acting);
      return acting;
    };
  };
  return {
    ...authentication,
    door,
    close: async () => {
      const patience = wait(CLOSING_MS, null, { ref: false });
      await Promise.race([Promise.allSettled(underWay), patience]);
      door.close();
      stopHearing();
      await authentication.close();
    },
    viewer: open(apiKeys.viewer),
    findConsumer: open(consumers.findConsumer),
    listConsumers: open(consumers.listConsumers),
    createConsumer: open(consumers.createConsumer),
    updateConsumer: open(consumers.updateConsumer),
    findProfile: open(profiles.findProfile),
    saveProfile: open(profiles.saveProfile),
    deleteProfile: open(profiles.deleteProfile),
    readiness: open(readiness),
    applyCheckoutIdentity: finishing(checkout.applyCheckoutIdentity),
    findCheckout: open(checkout.findCheckout),
    reportOrder: open(reportOrder),
    startConnection: finishing(connections.startConnection),
    finishConnection: finishing(finishConnection),
    cancelConnection: open(connections.cancelConnection),
    verifyConnection: finishing(verifyConnection),
    disconnect: finishing(disconnect),
    refreshGatePass: open(refreshGatePass),
    findConnection: open(findConnection),
    listConnections: open(listConnections),
    requestAnonymization: open(anonymizations.requestAnonymization),
    cancelAnonymization: finishing(cancelAnonymization),
    settleAnonymizationStep: open(anonymizations.settleAnonymizationStep),
    findAnonymization: open(findAnonymization),
    listAnonymizations: open(listAnonymizations),
    anonymizationsOf: open(anonymizationsOf),
    startImpersonation: finishing(impersonations.startImpersonation),
    renewImpersonation: finishing(renewImpersonation),
    endImpersonation: finishing(endImpersonation),
    switchImpersonations: finishing(switchImpersonations),
    findImpersonation: open(findImpersonation),
    listImpersonations: open(listImpersonations),
    adapters: () => stores.adapters(rooms),
    listStores: open(stores.listStores),
    findStore: open(stores.findStore),
    registerStore: open(stores.registerStore),
    updateStore: open(stores.updateStore),
    removeStore: open(stores.removeStore),
    findApiKeys: open(apiKeys.findApiKeys),
    listApiKeys: open(apiKeys.listApiKeys),
    createApiKey: open(apiKeys.createApiKey),
    revokeApiKey: open(apiKeys.revokeApiKey),
    listAuditEvents: open(listAuditEvents),
    consoleCaller: open(orgs.consoleCaller),
    createOrg: open(orgs.createOrg),
    finishCheckout: open(finishCheckout),
    tendConnection: open(tendConnection),
    tendImpersonation: finishing(tendImpersonation),
    tendAnonymization: finishing(tendAnonymization),
    tendKeyEpochs: finishing(tendKeyEpochs),
    rotateKeys: open(rotateKeys),
    rotateRootKey: open(rotateRootKey),
    mendIndexes: open(mendIndexes),
    setTokenIssuer: open(setTokenIssuer),
    removeTokenIssuer: open(removeTokenIssuer),
    watchSessions: () => rooms.stores.live.watch((event) => tendSession(rooms, event)),
  };
}
