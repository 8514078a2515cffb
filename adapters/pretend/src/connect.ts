import { AdapterError, type Call, type Connect, type Health } from "@shopkey/adapter-sdk";
import {
  ask,
  loginAnswer,
  loginRequest,
  memberFarewell,
  memberRequest,
  type Reply,
  readLogin,
  readMember,
  readNo,
  readToken,
} from "./api.js";
import type { CornerKept } from "./kept.js";

/** A member connects with the number on the loyalty card and a PIN. */
export const connect: Connect<CornerKept> = {
  start: async (call) => {
    const { login } = readLogin(await ask(call, loginRequest()));
    return { kind: "form", fields: QUESTIONS, pending: { login } };
  },

  finish: async (call, { login }, { card = "", pin = "" }) => {
    const reply = await ask(call, loginAnswer(login, card, pin));
    if (reply.status >= 400) throw new AdapterError("ANSWER_INVALID", WHY_NOT[readNo(reply)] ?? WRONG);
    const { token } = readToken(reply);
    // The shop said yes; whether the login works is another question, and it is asked before anything is bound to it.
    const probe = await ask(call, memberRequest(token));
    if (probe.status === 401) throw new AdapterError("CHALLENGE_REQUIRED", "The shop gave a login that does not work.");
    const { id } = readMember(probe);
    return { kind: "connected", secret: { kind: "member", token }, account: { id, label: `•••${card.slice(-2)}` } };
  },

  verify: (call, { token }) => inspect(call, async () => healthOf(await ask(call, memberRequest(token)))),

  disconnect: async (call, { token }) => {
    const reply = await ask(call, memberFarewell(token));
    if (reply.status === 401) return { storeAgreed: true, note: "The login was gone already." };
    if (reply.status !== 204) throw new AdapterError("REFUSED_BY_STORE", "The shop did not end the login.");
    return { storeAgreed: true, note: "The shop ended the login." };
  },
};

const QUESTIONS = [
  { name: "card", title: "Number on your loyalty card", kind: "text" },
  { name: "pin", title: "PIN", kind: "password" },
] as const;
const WRONG = "Card number and PIN do not match.";
const WHY_NOT: Readonly<Record<string, string>> = {
  wrong: WRONG,
  gone: "This login was used already or took too long. Start again.",
};

/** A shop that cannot be asked, or that refuses our key, says nothing about the shopper. */
export async function inspect(call: Call<CornerKept>, look: () => Promise<Health>): Promise<Health> {
  try {
    return await look();
  } catch (error) {
    if (call.signal.aborted || !(error instanceof AdapterError)) throw error;
    return { kind: "inconclusive", why: error.message };
  }
}

export function healthOf(reply: Reply): Health {
  if (reply.status !== 401) {
    readMember(reply);
    return { kind: "live" };
  }
  const word = readNo(reply);
  if (word === "expired" || word === "revoked") return { kind: word };
  return { kind: "inconclusive", why: "The shop refused without a reason that is known." };
}
