/**
 * Anonymization under the sandbox's clock: requested, half a day later started, thirty hours after the request completed.
 * What exactly is blanked is documented nowhere; here it is everything that tells of a person.
 */
import type { SandboxReply, Switches } from "@shopkey/adapter-sdk/sandbox";
import { complain, infoTime } from "./json-api.js";
import type { AnonymizationStatus, Customer, Org } from "./state.js";
import type { Visit } from "./visit.js";
import type { Announce } from "./webhooks.js";

const HOUR_MS = 3_600_000;
export const ANONYMIZATION_MS = 30 * HOUR_MS;

/** What the store keeps of the operator who asked; it is a person, too. */
const REQUESTER = { id: "", first_name: "Olga", last_name: "Operadora", email: "olga.operadora@example.com" };

export function requestAnonymization(visit: Visit, customer: Customer): SandboxReply | null {
  const { now, claims } = visit;
  if (["requested", "started", "completed"].includes(customer.anonymization ?? ""))
    return conflict("_request_anonymization");
  customer.requestedAt = now;
  customer.anonymizationInfo = { requested_at: infoTime(now), requester: { ...REQUESTER, id: claims.owner?.id ?? "" } };
  reach(customer, "requested", now);
  return null;
}

/** Switches: `cancelStarted`, the store lets go even after it has begun. */
export function cancelAnonymization(visit: Visit, customer: Customer): SandboxReply | null {
  const { now, claims, org, request, announce } = visit;
  const isEarly = customer.anonymization === "requested";
  const isStill = customer.anonymization === "started" && request.switches.cancelStarted === true;
  if (!isEarly && !isStill) return conflict("_cancel_anonymization");
  customer.anonymizationInfo.cancellation_requester = { ...REQUESTER, id: claims.owner?.id ?? "" };
  customer.anonymizationInfo.cancelled_at = infoTime(now);
  reach(customer, "cancelled", now);
  announce(org, "customers.anonymization_cancelled", customer);
  return null;
}

/**
 * Brings a customer to where the clock is. Switches: `anonymizationMs` (from the request to the end; it starts at four tenths of
 * that), `anonymizationFails`.
 */
export function advance(org: Org, customer: Customer, switches: Switches, now: number, announce: Announce): void {
  const lasts = typeof switches.anonymizationMs === "number" ? switches.anonymizationMs : ANONYMIZATION_MS;
  const startsAt = customer.requestedAt + lasts * 0.4;
  const endsAt = customer.requestedAt + lasts;
  if (customer.anonymization === "requested" && now >= startsAt) {
    customer.anonymizationInfo.started_at = infoTime(startsAt);
    reach(customer, "started", startsAt);
    announce(org, "customers.anonymization_started", customer);
  }
  if (customer.anonymization !== "started" || now < endsAt) return;
  const end = switches.anonymizationFails === true ? "failed" : "completed";
  customer.anonymizationInfo[`${end}_at`] = infoTime(endsAt);
  if (end === "completed") forget(org, customer);
  reach(customer, end, endsAt);
  announce(org, `customers.anonymization_${end}`, customer);
}

function reach(customer: Customer, status: AnonymizationStatus, at: number): void {
  customer.anonymization = status;
  customer.updatedAt = at;
}

/** The customer, their orders, and the addresses of these. */
function forget(org: Org, customer: Customer): void {
  const placeholder = `anonymized-${customer.id.toLowerCase()}@anonymized.invalid`;
  Object.assign(customer, {
    email: placeholder,
    shopperReference: `anonymized-${customer.id}`,
    metadata: {},
    reference: null,
  });
  for (const order of org.orders.values()) {
    if (order.customerId !== customer.id) continue;
    order.customerEmail = placeholder;
    for (const id of [order.shippingId, order.billingId]) {
      const address = org.addresses.get(id ?? "");
      if (address !== undefined) address.attributes = BLANK;
    }
  }
}

const BLANK = { first_name: "-", last_name: "-", line_1: "-", city: "-", country_code: "BR", phone: "-" };

const conflict = (trigger: string): SandboxReply =>
  complain(422, {
    title: "is not allowed in the current state",
    detail: `${trigger} - transition is not allowed`,
    code: "VALIDATION_ERROR",
    pointer: `/data/attributes/${trigger}`,
    rule: "invalid_transition",
  });
