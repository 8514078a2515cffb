/** What the store's states mean for a request, one customer or two. Pure. */
import type { Progress } from "@shopkey/adapter-sdk";
import type { Customer } from "./records.js";

/** Commerce Layer usually takes 24 to 36 hours. */
const POLL_MS = 60 * 60 * 1000;
const BY_HAND =
  "A user of the organization opens the customer in Commerce Layer's Dashboard and requests the anonymization there. Once the store reports it as completed, enter the customer's id as the reference.";

const referenceOf = (ids: readonly string[]): string => ids.join(" ");
export const idsOf = (reference: string): string[] => reference.split(" ").filter((id) => id !== "");

export function hasEnded({ kind }: Progress): boolean {
  return kind === "completed" || kind === "failed" || kind === "cancelled";
}

type Fallback = Progress["kind"];
/** What it is called while the store does not show our request yet. */
export const PENDING_REQUEST: Fallback = "requested";

/** The first answer. `pending` null: nobody asked the store, a person has to. */
export function answerFor(customers: readonly Customer[], pending: Fallback | null): Progress {
  const reference = referenceOf(customers.map(({ id }) => id));
  // Without a request of ours, what ended before was another request.
  const states = customers.map((one) => stateOf(one, pending ?? "awaitingOperator", pending !== null));
  return describe(leastOf(states), reference);
}

/** The next answer, never behind the last one: webhooks and polls come in any order. */
export function progressOf(last: Progress, customers: readonly (Customer | null)[]): Progress {
  const states = customers.map((one) => {
    if (one === null) return "awaitingOperator" as const;
    const now = stateOf(one, last.kind, last.kind !== "awaitingOperator");
    // A person has requested it: from waiting for them, that is a step forward.
    if (last.kind === "awaitingOperator" && now === "requested") return "inProgress";
    return RANKS[now] < RANKS[last.kind] ? last.kind : now;
  });
  const next = leastOf(states);
  const isGone = customers.includes(null) && next === "awaitingOperator";
  const progress = describe(next, last.reference);
  return isGone ? { ...progress, note: GONE } : progress;
}

const GONE =
  "The customer was deleted at the store while the request was open. Orders may still hold personal data: a person of the store has to look.";

const RANKS = {
  requested: 0,
  awaitingOperator: 1,
  awaitingShopper: 1,
  inProgress: 2,
  completed: 3,
  failed: 3,
  cancelled: 3,
};

function stateOf({ anonymization }: Customer, fallback: Progress["kind"], ours: boolean): Progress["kind"] {
  switch (anonymization) {
    case "requested":
      return "requested";
    case "started":
      return "inProgress";
    case "completed":
      return "completed";
    case "failed":
    case "cancelled":
      return ours ? anonymization : fallback;
    case null:
      return fallback;
  }
}

/** Of several customers: one that failed is a failure, one that is not done is not done. */
function leastOf(states: readonly Progress["kind"][]): Progress["kind"] {
  const order = ["awaitingOperator", "requested", "inProgress", "failed", "cancelled", "completed"] as const;
  return order.find((kind) => states.includes(kind)) ?? "requested";
}

function describe(kind: Progress["kind"], reference: string | null): Progress {
  return { kind, reference, note: NOTES[kind], ...(POLLED.has(kind) ? { checkAfterMs: POLL_MS } : {}) };
}

const POLLED = new Set<Progress["kind"]>(["requested", "inProgress", "awaitingOperator"]);
const NOTES: Readonly<Record<Progress["kind"], string>> = {
  requested: "The store was asked to forget the shopper and has not begun; it usually takes 24 to 36 hours.",
  inProgress: "The store is forgetting the shopper.",
  awaitingOperator: BY_HAND,
  awaitingShopper: BY_HAND,
  completed: "The store reports the anonymization as completed.",
  failed: "The store gave up. A person of the store has to look before it is asked again.",
  cancelled: "The anonymization was cancelled at the store.",
};
