/** `/api/customers`: read by the integration, created by anyone with a token, shown to a customer as their own record. */
import { empty, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { advance, cancelAnonymization, requestAnonymization } from "./anonymization.js";
import { invalid, notFound, showList, showOne, unauthorized } from "./json-api.js";
import { blankCustomer } from "./people.js";
import { infoOf, resolverOf, resourceOfCustomer } from "./resources.js";
import { type Customer, newId, type Org } from "./state.js";
import { isReply, isStaff, readSent, type Sent, type Visit } from "./visit.js";

const ATTRIBUTES = ["email", "password", "shopper_reference", "profile_id", "tax_exemption_code"];
const SHARED = ["reference", "reference_origin", "metadata"];
const TRIGGERS = ["_request_anonymization", "_cancel_anonymization", "_add_tags", "_remove_tags"];

/** Switches: `filterIgnored` answers with everybody. */
export function listCustomers(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  const { org, request, now } = visit;
  const all = [...org.customers.values()];
  for (const one of all) advance(org, one, request.switches, now, visit.announce);
  const url = new URL(request.url);
  const email = url.searchParams.get("filter[q][email_eq]");
  if (email !== null) url.searchParams.set("filter[q][email_eq]", email.toLowerCase());
  if (request.switches.filterIgnored === true) url.searchParams.delete("filter[q][email_eq]");
  return showList(org, url, all.map(resourceOfCustomer), resolverOf(org));
}

export function readCustomer(visit: Visit): SandboxReply {
  return withCustomer(visit, (customer) => show(visit, 200, customer));
}

/** Switches: `raceOnCreate`, somebody else creates the same customer a moment before. */
export function createCustomer(visit: Visit): SandboxReply {
  const { org, request, now, announce } = visit;
  const sent = readSent(visit, "customers", [...ATTRIBUTES, ...SHARED], ["customer_group"]);
  if (isReply(sent)) return sent;
  const email = typeof sent.attributes.email === "string" ? sent.attributes.email.trim().toLowerCase() : "";
  if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email)) return invalid("/data/attributes/email", "invalid", email);
  const isTaken = findByEmail(org, email) !== undefined;
  if (isTaken) return invalid("/data/attributes/email", "taken", email);
  const refusal = judgeReference(sent);
  if (refusal !== null) return refusal;
  const customer = { ...blankCustomer(newId(), email, now), ...sharedOf(sent) };
  change(customer, sent);
  org.customers.set(customer.id, customer);
  announce(org, "customers.create", customer);
  if (request.switches.raceOnCreate === true) return invalid("/data/attributes/email", "taken", email);
  return show(visit, 201, customer);
}

export function changeCustomer(visit: Visit): SandboxReply {
  return withCustomer(visit, (customer) => {
    const sent = readSent(visit, "customers", [...ATTRIBUTES, ...SHARED, ...TRIGGERS], ["customer_group"]);
    if (isReply(sent)) return sent;
    const refusal = judgeReference(sent) ?? pullTriggers(visit, customer, sent);
    if (refusal !== null) return refusal;
    change(customer, sent);
    Object.assign(customer, sharedOf(sent), { updatedAt: visit.now });
    return show(visit, 200, customer);
  });
}

/** Only the integration may, and it is no erasure: the orders stay. */
export function deleteCustomer(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  return withCustomer(visit, ({ id }) => {
    visit.org.customers.delete(id);
    return empty(204);
  });
}

/** Sales channels are refused, and so is an integration without a user of the organization behind it. */
function pullTriggers(visit: Visit, customer: Customer, { attributes }: Sent): SandboxReply | null {
  const { _request_anonymization: wanted, _cancel_anonymization: unwanted } = attributes;
  if (wanted !== true && unwanted !== true) return null;
  if (visit.asker !== "requester") return unauthorized();
  const pull = wanted === true ? requestAnonymization : cancelAnonymization;
  return pull(visit, customer);
}

function withCustomer(visit: Visit, use: (customer: Customer) => SandboxReply): SandboxReply {
  const { org, request, asker, claims } = visit;
  const { id = "" } = request.params;
  if (asker === "guest") return unauthorized();
  if (asker === "customer" && claims.owner?.id !== id) return notFound();
  const customer = org.customers.get(id);
  if (customer === undefined) return notFound();
  advance(org, customer, request.switches, visit.now, visit.announce);
  return use(customer);
}

/** Switches: `infoMissing`, the store says nothing of when. */
function show({ org, request, claims }: Visit, status: number, customer: Customer): SandboxReply {
  const resource = resourceOfCustomer(customer);
  const attributes = {
    ...resource.attributes,
    anonymization_info: request.switches.infoMissing === true ? {} : infoOf(customer),
    ...(claims.custom_claim === undefined ? {} : { jwt_custom_claim: claims.custom_claim }),
  };
  return showOne(org, request.url, status, { ...resource, attributes }, resolverOf(org));
}

export function findByEmail(org: Org, email: string): Customer | undefined {
  return [...org.customers.values()].find((one) => one.email === email.trim().toLowerCase());
}

function judgeReference({ attributes: { shopper_reference: reference } }: Sent): SandboxReply | null {
  if (reference === undefined || reference === null) return null;
  const isGood = typeof reference === "string" && reference.length >= 3 && reference.length <= 128;
  return isGood ? null : invalid("/data/attributes/shopper_reference", "too_short", reference);
}

function change(customer: Customer, { attributes, relationships }: Sent): void {
  if (typeof attributes.shopper_reference === "string") customer.shopperReference = attributes.shopper_reference;
  if (relationships.customer_group !== undefined) customer.groupId = relationships.customer_group?.id ?? null;
}

function sharedOf({ attributes: { reference, reference_origin, metadata } }: Sent) {
  return {
    ...(typeof reference === "string" ? { reference } : {}),
    ...(typeof reference_origin === "string" ? { referenceOrigin: reference_origin } : {}),
    ...(typeof metadata === "object" && metadata !== null ? { metadata: metadata as Record<string, unknown> } : {}),
  };
}
