/**
 * `/api/webhooks`, and their delivery: signed over the bytes that are sent, answered within five seconds or tried again up to
 * ten times, and after thirty failures in a row no more, until somebody resets the circuit. Only addresses of this machine are
 * called.
 */
import { createHmac, randomBytes } from "node:crypto";
import type { SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { invalid, notFound, render, showList, showOne, unauthorized } from "./json-api.js";
import { resolverOf, resourceOfCustomer, resourceOfWebhook } from "./resources.js";
import { type Customer, type Delivery, newId, type Org, type Webhook } from "./state.js";
import { isReply, isStaff, readSent, type Visit } from "./visit.js";

/** Something happened to a customer: whoever registered for it will be told. */
export type Announce = (org: Org, topic: string, customer: Customer) => void;

const EVENTS = [
  ...["create", "acquired", "repeat", "create_password", "metadata_update", "tagged", "destroy"],
  ...["anonymization_started", "anonymization_completed", "anonymization_cancelled", "anonymization_failed"],
];
const ATTRIBUTES = ["name", "topic", "callback_url", "include_resources", "reference", "reference_origin", "metadata"];
const TRIGGERS = ["_disable", "_enable", "_reset_circuit"];
const RETRY_MS = 60_000;
const MAX_ATTEMPTS = 11;
const MAX_FAILURES = 30;
const ANSWER_WITHIN_MS = 5000;

export function createWebhook(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  const sent = readSent(visit, "webhooks", ATTRIBUTES, []);
  if (isReply(sent)) return sent;
  const { topic, callback_url: callbackUrl, name } = sent.attributes;
  // There is no topic for a mere request.
  if (!EVENTS.some((event) => topic === `customers.${event}`))
    return invalid("/data/attributes/topic", "inclusion", topic);
  if (!isLoopback(callbackUrl)) return invalid("/data/attributes/callback_url", "invalid", callbackUrl);
  const webhook: Webhook = {
    ...{
      id: newId(),
      name: typeof name === "string" ? name : null,
      topic: String(topic),
      callbackUrl: String(callbackUrl),
    },
    ...{ sharedSecret: randomBytes(16).toString("hex"), disabled: false, circuit: "closed", failures: 0 },
  };
  visit.org.webhooks.set(webhook.id, webhook);
  return show(visit, 201, webhook);
}

export function listWebhooks(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  const { org, request } = visit;
  return showList(org, request.url, [...org.webhooks.values()].map(resourceOfWebhook), resolverOf(org));
}

export function readWebhook(visit: Visit): SandboxReply {
  const found = visit.org.webhooks.get(visit.request.params.id ?? "");
  if (!isStaff(visit)) return unauthorized();
  return found === undefined ? notFound() : show(visit, 200, found);
}

export function changeWebhook(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  const found = visit.org.webhooks.get(visit.request.params.id ?? "");
  if (found === undefined) return notFound();
  const sent = readSent(visit, "webhooks", [...ATTRIBUTES, ...TRIGGERS], []);
  if (isReply(sent)) return sent;
  const { _disable, _enable, _reset_circuit } = sent.attributes;
  if (_disable === true) found.disabled = true;
  if (_enable === true) found.disabled = false;
  if (_reset_circuit === true) Object.assign(found, { circuit: "closed", failures: 0 });
  return show(visit, 200, found);
}

const show = ({ org, request }: Visit, status: number, webhook: Webhook): SandboxReply =>
  showOne(org, request.url, status, resourceOfWebhook(webhook), resolverOf(org));

function isLoopback(url: unknown): boolean {
  if (typeof url !== "string" || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && (hostname === "127.0.0.1" || hostname === "localhost");
}

// --- delivery -------------------------------------------------------------------------------------------------------

/** The payload is the resource as the API shows it at that moment. */
export function enqueue(org: Org, topic: string, customer: Customer, now: number): void {
  for (const webhook of org.webhooks.values()) {
    if (webhook.topic !== topic || webhook.disabled || webhook.circuit === "open") continue;
    const body = JSON.stringify({ data: render(org, null, resourceOfCustomer(customer)) });
    org.deliveries.push({ webhookId: webhook.id, topic, body, attempts: 0, nextAt: now, state: "waiting" });
  }
}

export function sign(body: string, sharedSecret: string): string {
  return createHmac("sha256", sharedSecret).update(body).digest("base64");
}

/** Sends what is due, one after the other. Switches: `webhooksLost`, `webhooksDoubled`, `webhooksReversed`. */
export async function deliver(org: Org, switches: Readonly<Record<string, unknown>>, now: number): Promise<void> {
  const due = org.deliveries.filter(({ state, nextAt }) => state === "waiting" && nextAt <= now);
  if (switches.webhooksReversed === true) due.reverse();
  for (const delivery of due) {
    const webhook = org.webhooks.get(delivery.webhookId);
    if (webhook === undefined || webhook.disabled || webhook.circuit === "open") continue;
    const isLost = switches.webhooksLost === true;
    const times = switches.webhooksDoubled === true ? 2 : 1;
    let isTaken = isLost;
    for (let time = 0; time < times && !isLost; time++) isTaken = await post(webhook, delivery);
    settle(webhook, delivery, isTaken, now);
  }
}

async function post({ callbackUrl, sharedSecret }: Webhook, { body }: Delivery): Promise<boolean> {
  try {
    const reply = await fetch(callbackUrl, {
      method: "POST",
      headers: { "content-type": "application/vnd.api+json", "x-commercelayer-signature": sign(body, sharedSecret) },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await reply.body?.cancel();
    return reply.ok;
  } catch {
    return false;
  }
}

function settle(webhook: Webhook, delivery: Delivery, isTaken: boolean, now: number): void {
  delivery.attempts += 1;
  if (isTaken) {
    delivery.state = "delivered";
    webhook.failures = 0;
    return;
  }
  webhook.failures += 1;
  if (webhook.failures >= MAX_FAILURES) webhook.circuit = "open";
  if (delivery.attempts >= MAX_ATTEMPTS) delivery.state = "given up";
  else delivery.nextAt = now + RETRY_MS * delivery.attempts;
}
