/** Ids: UUIDv7 inside, opaque with a prefix on the wire (`csm_` and 32 hex digits). Branded, and made only here. */
import { v7 } from "uuid";

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

export type OrgId = Branded<"OrgId">;
export type ConsumerId = Branded<"ConsumerId">;
export type StoreId = Branded<"StoreId">;
export type ConnectionId = Branded<"ConnectionId">;
export type CheckoutId = Branded<"CheckoutId">;
export type ApiKeyId = Branded<"ApiKeyId">;
export type AuditEventId = Branded<"AuditEventId">;
export type AnonymizationId = Branded<"AnonymizationId">;
export type ImpersonationId = Branded<"ImpersonationId">;
export type OperatorLoginId = Branded<"OperatorLoginId">;
export type GateRefusalId = Branded<"GateRefusalId">;

interface IdTypes {
  org: OrgId;
  csm: ConsumerId;
  sto: StoreId;
  con: ConnectionId;
  chk: CheckoutId;
  key: ApiKeyId;
  evt: AuditEventId;
  anr: AnonymizationId;
  imp: ImpersonationId;
  opl: OperatorLoginId;
  grf: GateRefusalId;
}
export type IdPrefix = keyof IdTypes;

/** A new id: time-ordered, so that a list by id is a list by creation. */
export const newId = <P extends IdPrefix>(_prefix: P): IdTypes[P] => v7() as IdTypes[P];

/** Trusts that the text came from our own tables. */
export const asId = <P extends IdPrefix>(_prefix: P, uuid: string): IdTypes[P] => uuid as IdTypes[P];

/** `csm_0190f3…`: what the outside sees. */
export const toWire = <P extends IdPrefix>(prefix: P, id: IdTypes[P]): string => `${prefix}_${id.replaceAll("-", "")}`;

const HEX32 = /^[0-9a-f]{32}$/;

/** The id behind a wire form, or null when it is not one of this kind. */
export function fromWire<P extends IdPrefix>(prefix: P, wire: string): IdTypes[P] | null {
  if (!wire.startsWith(`${prefix}_`)) return null;
  const hex = wire.slice(prefix.length + 1);
  if (!HEX32.test(hex)) return null;
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return groups.join("-") as IdTypes[P];
}
