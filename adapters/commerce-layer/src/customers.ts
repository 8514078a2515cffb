/** Customers of the organization: found or made by e-mail address, never deleted. */
import type { Account } from "@shopkey/adapter-sdk";
import * as api from "./api.js";
import { errorOfAnswer, isGone, refuse } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import type { Line } from "./line.js";
import { type Customer, readCustomer, readCustomers } from "./records.js";

/** The customer with this e-mail address, or null. */
export async function findCustomer(line: Line, email: string): Promise<Customer | null> {
  const found = readCustomers(await line.ask(api.findCustomers(email)));
  const [match] = found.filter((one) => isSameEmail(one.email, email));
  // A filter that was not applied answers with everybody: nobody among them is believed.
  if (found.length > 0 && match === undefined) {
    throw refuse("STORE_CHANGED", "The store answered with other customers than it was asked for.");
  }
  return match ?? null;
}

/** The customer by id; null when the store says that there is none. */
export async function getCustomer(call: LayerCall, line: Line, id: string): Promise<Customer | null> {
  const answer = await line.tell(api.getCustomer(id));
  if (isGone(answer)) return null;
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
  return expectSelf(readCustomer(answer.json), id);
}

/** Two who create the same customer at once: the store takes one, tells the other `taken`, and both go on with that one. */
export async function findOrCreate(
  call: LayerCall,
  line: Line,
  email: string,
  shopperReference: string | undefined,
): Promise<Customer> {
  const known = await findCustomer(line, email);
  if (known !== null) return known;
  const answer = await line.tell(api.createCustomer(email, shopperReference));
  if (answer.status >= 200 && answer.status <= 299) return readCustomer(answer.json);
  const isTaken = answer.problems.some(({ reason, pointer }) => reason === "taken" && /\/email$/.test(pointer ?? ""));
  const other = isTaken || answer.status === 409 ? await findCustomer(line, email) : null;
  if (other === null) throw errorOfAnswer(answer, call.now());
  return other;
}

export function expectSelf(customer: Customer, id: string): Customer {
  if (customer.id === id) return customer;
  throw refuse("STORE_CHANGED", "The store answered with another customer than it was asked for.");
}

/** What may be told of a customer: nothing that names a person. */
export function accountOf({ id, standing, shopperReference, groups }: Customer): Account {
  const isUsable = shopperReference !== null && shopperReference.length >= 3 && shopperReference.length <= 128;
  return { id, label: null, standing, groups, ...(isUsable ? { shopperReference } : {}) };
}

export function isSameEmail(one: string, other: string): boolean {
  return one.normalize("NFC").trim().toLowerCase() === other.normalize("NFC").trim().toLowerCase();
}
