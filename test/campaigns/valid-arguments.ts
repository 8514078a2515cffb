/** Arguments with which a root field does what it is for: the ground on which one value at a time is put wrong. */
import {
  type GraphQLInputField,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from "graphql";
import type { RootField } from "./graph.js";
import type { Things } from "./worlds.js";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Arguments = Readonly<Record<string, Json>>;

/** Of these, one group at a time; the first unless the place in focus belongs to another. */
const ALTERNATIVES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  consumer: [["externalId"], ["id"]],
  store: [["slug"], ["id"]],
  ConsumerRef: [["externalId"], ["id"]],
  StoreRef: [["slug"], ["id"]],
  CartInput: [["items"], ["id"]],
  SaveProfileInput: [["externalId"], ["consumer"]],
  ImpersonatedCustomerInput: [["email"], ["consumer"]],
  ReportOrderInput: [["checkoutIdentity"], ["consumer", "store"]],
};

/** Optional, and given nevertheless: without them the field would have nothing to do. */
const GIVEN: ReadonlySet<string> = new Set([
  ...["UpdateConsumerInput.shopperReference", "UpdateStoreInput.title", "ProfileInput.buyer", "BuyerInput.firstName"],
  ...["consumers.first", "auditEvents.first", "apiKeys.first", "stores.first", "connections.first"],
  ...["anonymizationRequests.first", "impersonationSessions.first", "operatorLogins.first", "gateRefusals.first"],
]);

const ENUMS: Readonly<Record<string, string>> = { Scope: "CONSUMERS_READ" };

/** Leaves by `Owner.name`, then by name; whatever is new in the graph gets a plain text until it is named here. */
function leafOf(owner: string, name: string, typeName: string, things: Things): Json {
  const values: Readonly<Record<string, Json>> = {
    "consumer.id": things.consumerId,
    "store.id": things.storeId,
    "checkoutIdentity.id": things.checkoutId,
    "apiKeys.after": things.keyId,
    "auditEvents.after": things.eventId,
    "stores.after": things.storeId,
    "consumers.after": things.consumerId,
    "connections.after": things.connectionId,
    "anonymizationRequests.after": things.requestId,
    "anonymizationRequest.id": things.requestId,
    request: things.requestId,
    reference: `ticket-${things.tag}`,
    "connection.id": things.connectionId,
    "ConsumerRef.id": things.consumerId,
    "StoreRef.id": things.storeId,
    "CartInput.id": things.cartId,
    "CartItemInput.id": "1",
    "CartItemInput.seller": "1",
    "RevokeApiKeyInput.id": things.keyId,
    "CreateConsumerInput.externalId": `new-${things.tag}`,
    "RegisterStoreInput.slug": `new-${things.tag}`,
    "RegisterStoreInput.settings": { account: `new-${things.tag}` },
    "UpdateStoreInput.settings": { account: `new-${things.tag}` },
    "UpdateStoreInput.credentials": { appKey: "key", appToken: "token" },
    "RegisterStoreInput.credentials": { appKey: "key", appToken: "token" },
    "AuditEventFilter.action": "profile.saved",
    "AuditEventFilter.after": "2020-01-01T00:00:00Z",
    ...PROFILE,
    "impersonationSession.id": things.impersonationId,
    "impersonationSessions.after": things.impersonationId,
    "StartImpersonationInput.reason": `reason ${things.tag}`,
    "StartImpersonationInput.ttl": 600,
    "ImpersonationOperatorInput.name": `operator ${things.tag}`,
    impersonationSession: things.impersonationId,
    "operatorLogin.id": things.operatorLoginId,
    "operatorLogins.after": things.operatorLoginId,
    "gateRefusals.after": things.gateRefusalId,
    operatorLogin: things.operatorLoginId,
    "ConnectOperatorInput.operator": `operator ${things.tag}`,
    adapter: "vtex",
    connection: things.connectionId,
    checkoutIdentity: things.checkoutId,
    externalId: things.externalId,
    externalIdPrefix: things.externalId,
    slug: things.slug,
    email: things.email,
    document: things.document,
    idempotencyKey: `once-${things.tag}`,
    shopperReference: `ref-${things.tag}`,
    orderReference: `order-${things.tag}`,
    purpose: "checkout",
    first: 5,
    quantity: 1,
  };
  const byType: Json =
    { DateTime: "2040-01-01T00:00:00Z", Int: 1, Boolean: true, JSON: {}, ID: things.consumerId }[typeName] ?? "text";
  return values[`${owner}.${name}`] ?? values[name] ?? byType;
}

const PROFILE: Readonly<Record<string, Json>> = {
  "BuyerInput.firstName": "Ana",
  "BuyerInput.lastName": "Lima",
  "BuyerInput.email": "ana@example.com",
  "BuyerInput.document": "12345678900",
  "BuyerInput.documentType": "cpf",
  "BuyerInput.phone": "+5511999999999",
  "BuyerInput.corporateDocument": "11222333000181",
  "BuyerInput.corporatePhone": "+5511999999999",
  "AddressInput.postalCode": "01310100",
  "AddressInput.state": "SP",
  "AddressInput.country": "BRA",
};

type InputLike = Pick<GraphQLInputField, "name" | "type" | "defaultValue">;

/** `focus`: the place that must be there, with its own alternative; `all`: everything optional as well. */
export function validArguments(field: RootField, given: Things, focus: readonly string[] = [], all = false): Arguments {
  // Whoever is forgotten is of no use to the next question.
  const things =
    field.name === "requestAnonymization"
      ? { ...given, consumerId: given.spareId, externalId: given.spareExternalId }
      : given;
  const isFocused = (path: readonly string[]) =>
    path.every((part, at) => at < focus.length && focus[at] === part) && path.length <= focus.length;

  const build = (type: GraphQLInputType, owner: string, name: string, path: readonly string[]): Json => {
    const bare = getNullableType(type);
    if (isListType(bare)) return [build(bare.ofType as GraphQLInputType, owner, name, [...path, "0"])];
    if (isEnumType(bare)) return ENUMS[bare.name] ?? bare.getValues()[0]?.name ?? null;
    if (isInputObjectType(bare)) return object(bare.name, Object.values(bare.getFields()), path);
    return leafOf(owner, name, String(bare), things);
  };

  const object = (owner: string, inputs: readonly InputLike[], path: readonly string[]): Arguments => {
    const groups = ALTERNATIVES[owner] ?? [];
    const chosen = groups.find((group) => group.some((name) => isFocused([...path, name]))) ?? groups[0] ?? [];
    const entries = inputs
      .filter(({ name }) => !groups.some((group) => group !== chosen && group.includes(name)))
      .filter(
        (input) =>
          all ||
          chosen.includes(input.name) ||
          isRequiredInputField(input as GraphQLInputField) ||
          GIVEN.has(`${owner}.${input.name}`) ||
          isFocused([...path, input.name]),
      );
    return Object.fromEntries(
      entries.map(({ name, type }) => [name, build(type, owner, name, [...path, name])] as const),
    );
  };

  return object(field.name, field.args, []);
}

/** A copy with another value at this place. */
export function withValue(value: Json, [head, ...tail]: readonly string[], put: Json): Json {
  if (head === undefined) return put;
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === head ? withValue(item, tail, put) : item));
  const object = (value ?? {}) as Arguments;
  return { ...object, [head]: withValue(object[head] ?? null, tail, put) };
}
