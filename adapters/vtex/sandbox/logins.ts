/**
 * Logging in at VTEX ID: an e-mail address, then a password or a code that comes by e-mail; the Admin asks for a second
 * factor, too. Beside the Admin's own page there are the three calls for shoppers of headless stores.
 */
import { randomBytes } from "node:crypto";
import { json, type SandboxReply, type SandboxRequest, setCookie } from "@shopkey/adapter-sdk/sandbox";
import type { Account } from "./accounts.js";
import { DAY_MS, isOperator, issueToken, userId } from "./operators.js";
import type { Visit } from "./visit.js";

/** Of every operator here; everybody is invented. */
export const PASSWORD = "sandbox-operador";
/** What comes by e-mail. */
export const ACCESS_CODE = "135790";
/** What the authenticator shows. */
export const AUTHENTICATOR_CODE = "246810";

const LASTS_MS = 10 * 60_000;
const MOST_MISSES = 5;

export interface LoginAttempt {
  readonly id: string;
  readonly endsAt: number;
  step: "email" | "password" | "code" | "authenticator";
  email: string;
  misses: number;
}

export function openAttempt(account: Account, now: number): LoginAttempt {
  const id = randomBytes(32).toString("hex").toUpperCase();
  const attempt: LoginAttempt = { id, endsAt: now + LASTS_MS, step: "email", email: "", misses: 0 };
  account.logins.set(id, attempt);
  return attempt;
}

/** The one of the cookie `_vss`, while there is time. */
export function attemptOf(account: Account, { cookies }: SandboxRequest, now: number): LoginAttempt | null {
  const found = account.logins.get(cookies._vss ?? "");
  return found !== undefined && found.endsAt > now ? found : null;
}

export const attemptCookie = ({ id }: LoginAttempt): string =>
  setCookie("_vss", id, { maxAgeSeconds: LASTS_MS / 1000 });

/** What was asked for last, answered; the login is done when this is true. Too many wrong answers begin it anew. */
export function answerAttempt(account: Account, attempt: LoginAttempt, given: URLSearchParams): boolean {
  const text = (name: string) => (given.get(name) ?? "").trim();
  const isRight = (() => {
    switch (attempt.step) {
      case "email":
        attempt.email = text("email").toLowerCase();
        return isOperator(attempt.email);
      case "password":
        return text("password") === PASSWORD;
      case "code":
        return text("code") === ACCESS_CODE;
      case "authenticator":
        return text("code") === AUTHENTICATOR_CODE;
    }
  })();
  if (!isRight) {
    attempt.misses += 1;
    if (attempt.misses >= MOST_MISSES) account.logins.delete(attempt.id);
    return false;
  }
  const isDone = attempt.step === "authenticator";
  attempt.step = attempt.step === "email" ? "password" : "authenticator";
  if (isDone) account.logins.delete(attempt.id);
  return isDone;
}

/** `GET /api/vtexid/pub/authentication/start?scope={account}` */
export function startLogin({ request, account }: Visit, now: number): SandboxReply {
  if (request.url.searchParams.get("scope") !== account.name) return json(400, { authStatus: "InvalidScope" });
  const attempt = openAttempt(account, now);
  return json(
    200,
    {
      ...{ authenticationToken: attempt.id, oauthProviders: [], showClassicAuthentication: true },
      ...{ showAccessKeyAuthentication: true, showPasskeyAuthentication: false, authCookie: null },
      ...{ isAuthenticated: false, selectedProvider: null, samlProviders: [] },
    },
    { cookies: [attemptCookie(attempt)] },
  );
}

const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** `POST …/accesskey/send?email=…`: 200 without a body, whoever's address it is. */
export function sendAccessKey(account: Account, request: SandboxRequest, now: number): SandboxReply {
  const attempt = attemptOf(account, request, now);
  if (attempt === null) return json(400, { authStatus: "InvalidToken" });
  const email = request.url.searchParams.get("email") ?? "";
  if (!EMAIL.test(email)) return json(400, { authStatus: "InvalidEmail" });
  Object.assign(attempt, { email: email.toLowerCase(), step: "code" });
  return { status: 200, body: "" };
}

const NOTHING = {
  ...{ promptMFA: false, lastAttemptAvailable: null, clientToken: null, authCookie: null, accountAuthCookie: null },
  ...{ expiresIn: 0, userId: null, phoneNumber: null, scope: null },
} as const;

/** `POST …/accesskey/validate`, multipart: a login of the webstore, also of somebody who is an operator elsewhere. */
export async function validateAccessKey(account: Account, request: SandboxRequest, now: number): Promise<SandboxReply> {
  const refuse = (authStatus: string) => json(400, { authStatus, ...NOTHING });
  const attempt = attemptOf(account, request, now);
  if (attempt?.step !== "code") return refuse("InvalidToken");
  const form = await readMultipart(request);
  if (String(form?.get("login") ?? "").toLowerCase() !== attempt.email) return refuse("InvalidEmail");
  if (form?.get("accessKey") !== ACCESS_CODE) return refuse("WrongCredentials");
  account.logins.delete(attempt.id);
  const user = attempt.email;
  const token = issueToken(account, { user, audience: "webstore", tokenType: "user" }, now);
  const maxAgeSeconds = DAY_MS / 1000;
  const [name, own] = ["VtexIdclientAutCookie", `VtexIdclientAutCookie_${account.name}`];
  const refresh = setCookie("vid_rt", randomBytes(48).toString("base64url"), {
    path: "/api/vtexid/refreshtoken/webstore",
    maxAgeSeconds,
  });
  return json(
    200,
    {
      ...NOTHING,
      ...{ authStatus: "Success", expiresIn: maxAgeSeconds - 1, userId: userId(account.name, user) },
      ...{ authCookie: { Name: own, Value: token }, accountAuthCookie: { Name: own, Value: token } },
    },
    { cookies: [refresh, setCookie(name, token, { maxAgeSeconds }), setCookie(own, token, { maxAgeSeconds })] },
  );
}

async function readMultipart({ headers, body }: SandboxRequest): Promise<FormData | null> {
  const answer = new Response(Buffer.from(body), { headers: { "content-type": headers["content-type"] ?? "" } });
  return answer.formData().catch(() => null);
}
