/** Who asks: a person of the store's administration, by a login that VTEX ID accepts now. */
import type { Call, Impersonation, ImpersonationDenial } from "@shopkey/adapter-sdk";
import { errorOfAnswer } from "./errors.js";
import { openLine } from "./line.js";
import * as api from "./session-api.js";
import type { VtexKept } from "./settings.js";

export type Denied = Extract<Impersonation<VtexKept>, { kind: "denied" }>;
export const deny = (code: ImpersonationDenial, why: string): Denied => ({ kind: "denied", code, why });

const TOKEN = /^[A-Za-z0-9._~+/=-]{8,8192}$/;

type Proven =
  | Denied
  | { readonly kind: "proven"; readonly token: string; readonly email: string; readonly endsAt: Date | null };

/** Before anything else: the login is a person's, of this account's administration, and still good. */
export async function proveOperator(call: Call<VtexKept>, token: string | null): Promise<Proven> {
  const rejected = (why: string) => deny("OPERATOR_REJECTED", why);
  if (token === null) return rejected("The operator has to log in at the store; no login was given.");
  if (!TOKEN.test(token)) return rejected("This is not a login of the store.");
  const answer = await openLine(call).tell(api.validateCredential(token));
  if (answer.status === 401 && !answer.html)
    return rejected("The store does not accept the operator's login; it may have run out.");
  if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
  const { authStatus, user, account, audience, tokenType } = api.readCredential(answer.json);
  if (authStatus !== "Success") return rejected("The store does not accept the operator's login; it may have run out.");
  if (account !== call.store.settings.account) return rejected("The operator's login is for another store.");
  if (audience !== "admin") return rejected("This is a shopper's login, not an operator's.");
  if ((tokenType ?? "user") !== "user" || !user?.includes("@"))
    return rejected("This login belongs to a key, not to a person.");
  return { kind: "proven", token, email: user, endsAt: endOfToken(token) };
}

/** When a user's login says that it ends, in seconds; null when it cannot be read. It is the store that checks it. */
export function endOfToken(token: string): Date | null {
  const exp = claimIn(token, "exp");
  return typeof exp === "number" && Number.isFinite(exp) ? new Date(exp * 1000) : null;
}

/** A claim of a JWT, unproven; null when there is none to read. */
export function claimIn(token: string, name: "exp" | "id"): unknown {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? ((claims as Record<string, unknown>)[name] ?? null) : null;
  } catch {
    return null;
  }
}
