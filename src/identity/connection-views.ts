/** What connecting answers beside the connection itself: its steps, passes for a store's door, checks and farewells. */
import type { ConnectionView } from "./views.js";

export type FormFieldKind = "TEXT" | "CODE" | "PASSWORD";
/** What the store asks the shopper. The words are the adapter's. */
export interface ConnectionFormView {
  readonly fields: readonly { readonly name: string; readonly title: string; readonly kind: FormFieldKind }[];
}
/** What the shopper shows at the store's door. */
export interface GatePassView {
  readonly code: string;
  readonly svg: string;
  /** A `data:` URL. */
  readonly png: string;
  readonly expiresAt: Date;
}
export interface RefreshedGatePassView {
  readonly connection: ConnectionView;
  readonly gatePass: GatePassView;
  /** By which the store names the shopper, as this and that. */
  readonly shopperIds: readonly { readonly id: string; readonly standing: string }[];
}
/** A connection with what the shopper has to do for it; all null when that is nothing. */
export interface ConnectionStepView {
  readonly connection: ConnectionView;
  readonly expiresAt: Date | null;
  readonly form: ConnectionFormView | null;
  readonly redirectUrl: string | null;
  /** Of a store that recognises the shopper at its door. */
  readonly gatePass: GatePassView | null;
  /** Of a store that is connected in the hosted browser. */
  readonly liveViewUrl: string | null;
  readonly sessionId: string | null;
  readonly contextId: string | null;
}
export type ConnectionHealth = "LIVE" | "EXPIRED" | "REVOKED" | "INCONCLUSIVE";
export interface VerifiedConnectionView {
  readonly connection: ConnectionView;
  readonly health: ConnectionHealth;
  /** Why the check was inconclusive, for a person. */
  readonly why: string | null;
}
export interface DisconnectedView {
  readonly connection: ConnectionView;
  readonly storeAgreed: boolean;
  readonly note: string;
}

/** Why a shopper whom we know was not let in at a store's door. */
export interface GateRefusalView {
  readonly id: string;
  readonly at: Date;
  readonly reason: string;
  readonly standing: string;
  readonly storeId: string;
  readonly connectionId: string;
  readonly consumerId: string;
}
