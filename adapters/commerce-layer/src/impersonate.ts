/**
 * A telesales operator in a customer's place: a token that the customer owns, asked for with an assertion that is minted here
 * and nowhere else. Commerce Layer asks no operator for a login, so who may do this is decided by the gateway alone; what it
 * keeps of it is the custom claim. The token is judged before it is used, never renewed, and revoked at the end.
 */
import {
  AdapterError,
  type Farewell,
  type Health,
  type Impersonate,
  type Impersonation,
  type ImpersonationCall,
  type ImpersonationRequest,
} from "@shopkey/adapter-sdk";
import type { Answer } from "./answers.js";
import { getOwnCustomer } from "./api.js";
import { inspect } from "./connect.js";
import { findCustomer, isSameEmail } from "./customers.js";
import { errorOfAnswer, isGone, isInvalidToken, refuse } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import type { OpenLine } from "./line.js";
import { type Customer, readOwnCustomer } from "./records.js";
import type { CommerceLayerKept, Seat } from "./settings.js";
import type { Seated, TokenBook } from "./token-book.js";
import { judgeToken, revokeToken } from "./tokens.js";

export function impersonator(open: OpenLine, book: TokenBook): Impersonate<CommerceLayerKept> {
  return {
    start: async (call, request) => {
      const email = request.customer["buyer.email"];
      if (email === undefined || email === "") {
        throw refuse("IDENTITY_INCOMPLETE", "The store knows its customers by e-mail address.", ["buyer.email"]);
      }
      const customer = await findCustomer(open(call), email);
      if (customer === null) return unknown("The store has no customer with this e-mail address.");
      if (isBeingForgotten(customer)) return unknown("The customer asked the store to be forgotten.");
      return takeSeat(call, open, book, customer, request);
    },
    check: async (call, secret) => inspect(call, () => health(call, open, expectSeat(secret))),
    stop: async (call, secret) => leave(call, open, expectSeat(secret)),
  };
}

const unknown = (why: string): Impersonation<CommerceLayerKept> => ({ kind: "denied", code: "CUSTOMER_UNKNOWN", why });

const isBeingForgotten = ({ anonymization }: Customer): boolean =>
  anonymization === "requested" || anonymization === "started" || anonymization === "completed";

async function takeSeat(
  call: ImpersonationCall<CommerceLayerKept>,
  open: OpenLine,
  book: TokenBook,
  customer: Customer,
  { operator, reason }: ImpersonationRequest,
): Promise<Impersonation<CommerceLayerKept>> {
  const seated = await book.issue(call, customer.id, claimOf(operator.id, reason));
  const { token, endsAt, refreshToken, claims } = seated.issued;
  const seat: Seat = { kind: "seat", customerId: customer.id, token, endsAt };
  try {
    // From here on there is something to end, and whoever takes over after a crash has to know it.
    await call.keep(seat);
    judgeToken(call, seated.grant, claims);
    // It would outlive the session by weeks, and nobody here may renew one: given back before anything is begun.
    if (refreshToken !== null) await revokeToken(call, refreshToken);
    const own = readOwnCustomer(await open(call, seat).ask(getOwnCustomer(customer.id)));
    if (own.id !== customer.id || !isSameEmail(own.email, customer.email)) throw notOwn();
    const { slug } = call.store.settings;
    return { kind: "active", secret: seat, storeUserId: customer.id, expiresAt: new Date(endsAt), account: slug };
  } catch (error) {
    await giveBack(call, seated);
    throw error;
  }
}

const notOwn = () => refuse("STORE_CHANGED", "The store's token opens another customer than was asked for.");

/** Whoever is it that acts, and why: the only trace of an operator that the store keeps. Long reasons are cut. */
function claimOf(operator: string, reason: string): Record<string, unknown> {
  return { shopkey: { operator: operator.slice(0, 128), reason: cut(reason, 500) } };
}

function cut(text: string, length: number): string {
  return [...text].slice(0, length).join("");
}

/** As well as it goes: what failed before matters more, and a token that nobody holds opens nothing. */
async function giveBack(call: LayerCall, { issued }: Seated): Promise<void> {
  for (const token of [issued.token, issued.refreshToken]) {
    if (token === null) continue;
    try {
      await revokeToken(call, token);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      call.log("a token could not be given back", { code: error.code });
    }
  }
}

// --- while it lasts -------------------------------------------------------------------------------------------------

async function health(call: LayerCall, open: OpenLine, seat: Seat): Promise<Health> {
  if (seat.endsAt <= call.now().getTime()) return { kind: "expired" };
  const answer = await open(call, seat).tell(getOwnCustomer(seat.customerId));
  if (isInvalidToken(answer) || isGone(answer)) return { kind: "revoked" };
  expectOwn(call, answer, seat);
  return { kind: "live" };
}

function expectOwn(call: LayerCall, answer: Answer, seat: Seat): void {
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
  if (readOwnCustomer(answer.json).id !== seat.customerId) throw notOwn();
}

/** The end is believed once the token no longer opens anything. */
async function leave(call: LayerCall, open: OpenLine, seat: Seat): Promise<Farewell> {
  if (seat.endsAt <= call.now().getTime()) return { storeAgreed: true, note: "It had run out already." };
  await revokeToken(call, seat.token);
  const answer = await open(call, seat).tell(getOwnCustomer(seat.customerId));
  if (isInvalidToken(answer)) return { storeAgreed: true, note: "The store took the token back." };
  expectOwn(call, answer, seat);
  return {
    storeAgreed: false,
    note: `The store says that it took the token back, and still honours it until ${new Date(seat.endsAt).toISOString()}.`,
  };
}

function expectSeat(secret: CommerceLayerKept["secret"]): Seat {
  if (secret.kind === "seat") return secret;
  throw refuse("NOT_SUPPORTED", "This connection is a customer record; nobody sits in the customer's place.");
}
