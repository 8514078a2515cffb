/**
 * Being forgotten at Commerce Layer: the customer is asked to be anonymized, by a token that a user of the organization owns,
 * and followed. The store takes a day or more and can be stopped until it has begun. Customers are never deleted: their orders
 * would stay behind with everything in them.
 */
import type { Anonymize, Progress, Subject } from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { Answer } from "./answers.js";
import * as api from "./api.js";
import { expectSelf, findCustomer, getCustomer } from "./customers.js";
import { errorOfAnswer, refuse } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import type { Line, OpenLine } from "./line.js";
import { answerFor, hasEnded, idsOf, PENDING_REQUEST, progressOf } from "./progress.js";
import { type Customer, readCustomer } from "./records.js";
import type { CommerceLayerKept } from "./settings.js";

export function anonymizer(open: OpenLine): Anonymize<CommerceLayerKept> {
  return {
    request: async (call, subject) => {
      const line = open(call);
      const customers = await customersOf(call, line, subject);
      if (customers.length === 0) return nobody();
      const before = await remembered(call, customers);
      if (call.store.settings.userId === undefined) return answerFor(customers, null);
      const asked: Customer[] = [];
      for (const customer of customers) asked.push(await request(call, line, customer, before));
      return answerFor(asked, PENDING_REQUEST);
    },

    status: async (call, _subject, progress) => {
      if (hasEnded(progress) || progress.reference === null) return progress;
      const now = await readAll(call, open(call), progress.reference);
      return progressOf(progress, now);
    },

    cancel: async (call, _subject, progress) => {
      if (progress.kind === "cancelled") return progress;
      if (hasEnded(progress) || progress.reference === null) throw tooLate();
      const line = open(call);
      const customers = await readAll(call, line, progress.reference);
      if (customers.some((one) => one === null || one.anonymization === "completed")) throw tooLate();
      const going = customers.filter((one): one is Customer => one !== null && isOpen(one));
      if (going.length === 0) return withoutRequest(progress, customers);
      if (call.store.settings.userId === undefined) {
        throw refuse("NOT_CANCELLABLE", "The request was made by a person in the Dashboard and is cancelled there.");
      }
      for (const customer of going) await cancel(call, line, customer);
      return cancelled(progress);
    },
  };
}

/** The connected customer, and the one whom the store knows by the e-mail address now; usually they are the same. */
async function customersOf(
  call: LayerCall,
  line: Line,
  { identity, secret }: Subject<CommerceLayerKept>,
): Promise<Customer[]> {
  const email = identity["buyer.email"];
  if (email === undefined && secret === null) {
    throw refuse("IDENTITY_INCOMPLETE", "The store finds a customer by the e-mail address.", ["buyer.email"]);
  }
  const resumed = readNotes(call.resume);
  const ids = resumed === null ? (secret === null ? [] : [secret.customerId]) : Object.keys(resumed);
  const byId: Customer[] = [];
  for (const id of ids) {
    const found = await getCustomer(call, line, id);
    if (found !== null) byId.push(found);
  }
  // Taken up again after the store was done: the address leads to nobody any more, and the ids are what counts.
  if (resumed !== null || email === undefined) return byId;
  const found = await findCustomer(line, email);
  return found === null || byId.some(({ id }) => id === found.id) ? byId : [...byId, found];
}

// --- asking exactly once --------------------------------------------------------------------------------------------

/** By customer: what the store said of earlier requests before ours. Anything else that it says later came after ours. */
type Notes = Readonly<Record<string, string>>;
const notesShape = z.record(z.string(), z.string());

const noteOf = ({ anonymization, anonymizationEndedAt }: Customer): string =>
  `${anonymization ?? "none"} ${anonymizationEndedAt}`;

async function remembered(call: LayerCall, customers: readonly Customer[]): Promise<Notes> {
  const resumed = readNotes(call.resume);
  if (resumed !== null) return resumed;
  const notes = Object.fromEntries(customers.map((customer) => [customer.id, noteOf(customer)]));
  await call.checkpoint(JSON.stringify(notes));
  return notes;
}

function readNotes(checkpoint: string | null): Notes | null {
  if (checkpoint === null) return null;
  try {
    return notesShape.parse(JSON.parse(checkpoint));
  } catch {
    return null;
  }
}

const isOpen = ({ anonymization }: Customer): boolean => anonymization === "requested" || anonymization === "started";

/** Asks once, and not at all when somebody has: the state that is there is the answer then. */
async function request(call: LayerCall, line: Line, customer: Customer, before: Notes): Promise<Customer> {
  if (isOpen(customer) || customer.anonymization === "completed") return customer;
  // A request of ours that ended while we were away is not made a second time.
  if (before[customer.id] !== undefined && before[customer.id] !== noteOf(customer)) return customer;
  const isAsked = (now: Customer) => isOpen(now) || now.anonymization === "completed";
  const asked = await changeState(call, line, customer, api.requestAnonymization(customer.id), isAsked);
  if (isAsked(asked)) return asked;
  throw refuse("STORE_CHANGED", "The store accepted the request and does not show it.");
}

async function cancel(call: LayerCall, line: Line, customer: Customer): Promise<void> {
  const isCancelled = ({ anonymization }: Customer) => anonymization === "cancelled";
  const change = api.cancelAnonymization(customer.id);
  const settled = await changeState(call, line, customer, change, isCancelled, tooLate);
  if (settled.anonymization === "completed") throw tooLate();
  if (isOpen(settled)) throw refuse("STORE_CHANGED", "The store accepted the cancellation and goes on.");
}

/** No request is open at the store: nobody made it yet, or it ended by itself. */
function withoutRequest(progress: Progress, customers: readonly (Customer | null)[]): Progress {
  const now = progress.kind === "awaitingOperator" ? progress : progressOf(progress, customers);
  if (now.kind === "failed") throw tooLate();
  return cancelled(progress);
}

const cancelled = ({ reference }: Progress): Progress => ({
  kind: "cancelled",
  reference,
  note: "Cancelled before the store had begun.",
});

/** The answer counts when it shows the change; a refusal is looked at again, for somebody else may have made the change. */
async function changeState(
  call: LayerCall,
  line: Line,
  customer: Customer,
  change: api.StoreRequest,
  isDone: (now: Customer) => boolean,
  refusal: (() => Error) | null = null,
): Promise<Customer> {
  const answer = await line.tell(change);
  if (answer.status >= 200 && answer.status <= 299) return expectSelf(readCustomer(answer.json), customer.id);
  if (!isConflict(answer)) throw ofRequester(answer, errorOfAnswer(answer, call.now()));
  const now = await getCustomer(call, line, customer.id);
  if (now !== null && isDone(now)) return now;
  throw refusal?.() ?? errorOfAnswer(answer, call.now());
}

const isConflict = ({ status, problems }: Answer): boolean => (status === 422 || status === 409) && problems.length > 0;

/** The one permission that people get wrong: worth its own words. */
function ofRequester(answer: Answer, error: ReturnType<typeof errorOfAnswer>): Error {
  if (error.code !== "PERMISSION_MISSING") return error;
  return refuse(
    "PERMISSION_MISSING",
    `Anonymization is for users of the organization: check \`userId\` and the integration's permissions (Commerce Layer ${answer.status}).`,
  );
}

async function readAll(call: LayerCall, line: Line, reference: string): Promise<(Customer | null)[]> {
  const found: (Customer | null)[] = [];
  for (const id of idsOf(reference)) found.push(await getCustomer(call, line, id));
  return found;
}

function nobody(): Progress {
  return { kind: "completed", reference: null, note: "The store has no customer with this e-mail address." };
}

const tooLate = () => refuse("TOO_LATE", "The store has begun, or has ended, and does not stop any more.");
