/** Requests to VTEX ID and the Session Manager, and what their answers say; both after VTEX's official OpenAPI files. */
import { z } from "zod";
import { expectShape } from "./answers.js";
import type { StoreRequest } from "./api.js";

/**
 * The one public key that this adapter ever sends, alone in its request: of two keys that begin alike VTEX keeps one. Nothing
 * that is said in `public` proves who asks (not even `public.authentication`, which VTEX's own example sends): the login in
 * the cookies does.
 */
const IMPERSONATED = "vtex-impersonated-customer-email";
export const IMPERSONATED_COOKIE = IMPERSONATED;

/** Who is behind a user's login. Needs no permission. */
export function validateCredential(token: string): StoreRequest {
  return { name: "validateCredential", method: "POST", path: "/api/vtexid/credential/validate", body: { token } };
}

/** An anonymous session; its tokens come as cookies. */
export function createSession(): StoreRequest {
  return { name: "createSession", method: "POST", path: "/api/sessions", body: { public: {} } };
}

/** Asks for a customer's place in the session of the cookies; an empty address gives it up. */
export function impersonate(email: string): StoreRequest {
  return {
    name: email === "" ? "depersonify" : "impersonate",
    method: "PATCH",
    path: "/api/sessions",
    body: { public: { [IMPERSONATED]: { value: email } } },
  };
}

export function getSession(): StoreRequest {
  return { name: "getSession", method: "GET", path: "/api/sessions?items=*" };
}

const credentialShape = z.object({
  authStatus: z.string(),
  user: z.string().nullish(),
  account: z.string().nullish(),
  audience: z.string().nullish(),
  tokenType: z.string().nullish(),
});
export type Credential = z.output<typeof credentialShape>;

export const readCredential = (json: unknown): Credential => expectShape(credentialShape, json, "login check");

// A leaf that is no text (or not there) reads as absent: only `"true"` is true, and `"false"` is not.
const leaf = z
  .object({ value: z.string().nullish().catch(null) })
  .nullish()
  .catch(null);
const namespace = <K extends string>(...keys: K[]) =>
  z.object(Object.fromEntries(keys.map((key) => [key, leaf])) as { [N in K]: typeof leaf }).nullish();
const sessionShape = z.object({
  namespaces: z.object({
    authentication: namespace("adminUserEmail"),
    impersonate: namespace("storeUserId", "storeUserEmail", "canImpersonate", "account"),
    profile: namespace("isAuthenticated"),
  }),
});

/** What the session says of the place that was asked for. */
export interface Place {
  /** The app that makes impersonations has put something out. */
  readonly hasApp: boolean;
  readonly canImpersonate: boolean;
  readonly adminEmail: string | null;
  readonly storeUserId: string | null;
  readonly storeUserEmail: string | null;
  readonly account: string | null;
  readonly isAuthenticated: boolean;
}

export function readPlace(json: unknown): Place {
  const { authentication, impersonate: made, profile } = expectShape(sessionShape, json, "session").namespaces;
  return {
    hasApp: made !== null && made !== undefined && Object.values(made).some((one) => Boolean(one?.value)),
    canImpersonate: made?.canImpersonate?.value === "true",
    adminEmail: authentication?.adminUserEmail?.value || null,
    storeUserId: made?.storeUserId?.value || null,
    storeUserEmail: made?.storeUserEmail?.value || null,
    account: made?.account?.value || null,
    isAuthenticated: profile?.isAuthenticated?.value === "true",
  };
}

/** VTEX compares addresses without regard to capitals, and so does this. */
export const isSameEmail = (one: string | null | undefined, other: string | null | undefined): boolean =>
  Boolean(one) && one?.normalize("NFC").toLowerCase() === other?.normalize("NFC").toLowerCase();
