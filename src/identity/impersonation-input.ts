/** What a start is asked with, judged; no message repeats a value. */
import { Refusal, Refusals } from "../kernel/refusal.js";
import { normaliseEmail } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { operatorKeyOf } from "./impersonation-row.js";
import type { ConsumerRef, StartImpersonationInput } from "./inputs.js";
import { judgeNote } from "./names.js";

const DEFAULT_TTL_S = 30 * 60;
const MIN_TTL_S = 60;
const MAX_TTL_S = 8 * 60 * 60;
const MAX_EMAIL = 320;
/** What fits into a header: a token is never anything else. */
export const TOKEN = /^[\x21-\x7e]{1,8192}$/;

export type CustomerIntent =
  | { readonly kind: "email"; readonly email: string }
  | { readonly kind: "consumer"; readonly ref: ConsumerRef };

export interface ImpersonationIntent {
  readonly customer: CustomerIntent;
  readonly operator: string;
  /** The key's owner says that somebody else acts. */
  readonly isVouched: boolean;
  /** Write-only. */
  readonly token: string | null;
  readonly reason: string;
  readonly ttlMs: number;
}

const refuse = (field: readonly string[], message: string) => new Refusal("INVALID", message, { field });

/** Throws FORBIDDEN unless the key belongs to a person. */
export function requirePerson(caller: Caller): void {
  if (caller.owner.kind === "USER") return;
  throw new Refusal("FORBIDDEN", "Only a key whose owner is a person may take a customer's place.", {
    nextAction: "Use a key whose owner is a USER.",
  });
}

/** Throws everything that is wrong with it at once. */
export function judgeImpersonation(caller: Caller, given: StartImpersonationInput): ImpersonationIntent {
  const refusals: Refusal[] = [];
  const attempt = <T>(judge: () => T): T | null => {
    try {
      return judge();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusals.push(error);
      return null;
    }
  };
  const customer = attempt(() => judgeCustomer(given.customer));
  const named = attempt(() => judgeOperator(caller, given.operator?.name, ["operator", "name"]));
  const token = attempt(() => judgeToken(given.operator?.token));
  const reason = attempt(() => judgeReason(given.reason));
  const ttlMs = attempt(() => judgeTtl(given.ttl));
  if (refusals.length > 0 || customer === null || reason === null || ttlMs === null) throw new Refusals(refusals);
  return { ...(named ?? judgeOperator(caller, null, [])), customer, token, reason, ttlMs };
}

function judgeCustomer({ email, consumer }: StartImpersonationInput["customer"]): CustomerIntent {
  const hasEmail = email !== undefined && email !== null;
  const hasConsumer = consumer !== undefined && consumer !== null;
  if (hasEmail === hasConsumer) throw refuse(["customer"], "Give exactly one of email and consumer.");
  if (hasConsumer) return { kind: "consumer", ref: consumer };
  const judged = typeof email === "string" && email.length <= MAX_EMAIL ? normaliseEmail(email) : null;
  if (judged === null) throw refuse(["customer", "email"], "Must be an e-mail address.");
  return { kind: "email", email: judged };
}

/** Who acts: the key's owner, or somebody for whom the owner vouches. Whoever has no key of the org's vouches for nobody. */
export function judgeOperator(
  caller: Caller,
  name: unknown,
  field: readonly string[],
): Pick<ImpersonationIntent, "operator" | "isVouched"> {
  const operator = judgeNote(name, field) ?? caller.owner.name;
  const isVouched = operatorKeyOf(operator) !== operatorKeyOf(caller.owner.name);
  if (isVouched && caller.keyId === null && caller.actorKind !== "CLI")
    throw refuse(field, "Only an API key's owner can vouch for somebody else.");
  return { operator, isVouched };
}

function judgeToken(token: unknown): string | null {
  if (token === undefined || token === null) return null;
  if (typeof token === "string" && TOKEN.test(token)) return token;
  throw refuse(["operator", "token"], "Must be a login of the store: printable ASCII without spaces.");
}

function judgeReason(reason: unknown): string {
  const judged = judgeNote(reason, ["reason"]);
  if (judged === null) throw refuse(["reason"], "Must say why.");
  return judged;
}

function judgeTtl(ttl: number | null | undefined): number {
  const seconds = ttl ?? DEFAULT_TTL_S;
  if (Number.isInteger(seconds) && seconds >= MIN_TTL_S && seconds <= MAX_TTL_S) return seconds * 1000;
  throw refuse(["ttl"], `Must be ${MIN_TTL_S} to ${MAX_TTL_S} seconds.`);
}
