/**
 * What VTEX's official OpenAPI files (VTEX ID and Session Manager, github.com/vtex/openapi-schemas at 0d207e5) say of the calls
 * that the sandbox has: facts, in our own words and order. `fields` are the members of the answer with this status; a name with `?` may
 * be null. `needs` is what the file demands.
 */
export interface OfficialFact {
  readonly method: "GET" | "POST" | "PATCH";
  readonly path: string;
  readonly needs: {
    readonly query?: readonly string[];
    readonly cookies?: readonly string[];
    readonly body?: readonly string[];
  };
  readonly answers: Readonly<
    Record<number, Readonly<Record<string, "string" | "boolean" | "integer" | "object" | "array">>>
  >;
}

const SESSION_TOKENS = { sessionToken: "string", segmentToken: "string" } as const;
const VALIDATED = {
  ...({ authStatus: "string", promptMFA: "boolean", "lastAttemptAvailable?": "integer" } as const),
  ...({ "clientToken?": "string", "authCookie?": "object", "accountAuthCookie?": "object" } as const),
  ...({ expiresIn: "integer", "userId?": "string", "phoneNumber?": "string", "scope?": "string" } as const),
} as const;

export const OFFICIAL_FACTS: readonly OfficialFact[] = [
  { method: "POST", path: "/api/sessions", needs: { body: ["public"] }, answers: { 201: SESSION_TOKENS } },
  { method: "PATCH", path: "/api/sessions", needs: { body: ["public"] }, answers: { 200: SESSION_TOKENS } },
  {
    ...{ method: "GET", path: "/api/sessions", needs: { query: ["items"] } },
    answers: { 200: { id: "string", namespaces: "object" } },
  },
  {
    ...{ method: "GET", path: "/api/segments", needs: {} },
    answers: { 200: { "campaigns?": "string", channel: "string", "priceTables?": "string" } },
  },
  {
    ...{ method: "POST", path: "/api/vtexid/credential/validate", needs: { body: ["token"] } },
    answers: {
      200: {
        ...({ authStatus: "string", id: "string", user: "string" } as const),
        ...({ account: "string", audience: "string", tokenType: "string" } as const),
      },
      401: { authStatus: "string" },
    },
  },
  {
    ...{ method: "POST", path: "/api/vtexid/apptoken/login", needs: { body: ["appkey", "apptoken"] } },
    answers: { 200: { authStatus: "string", token: "string", expires: "integer" } },
  },
  {
    ...{ method: "GET", path: "/api/vtexid/pub/authentication/start", needs: { query: ["scope"] } },
    answers: {
      200: {
        ...({ authenticationToken: "string", oauthProviders: "array", showClassicAuthentication: "boolean" } as const),
        ...({ showAccessKeyAuthentication: "boolean", showPasskeyAuthentication: "boolean" } as const),
        ...({ "authCookie?": "string", isAuthenticated: "boolean" } as const),
        ...({ "selectedProvider?": "string", samlProviders: "array" } as const),
      },
    },
  },
  {
    ...{ method: "POST", path: "/api/vtexid/pub/authentication/accesskey/send" },
    ...{ needs: { query: ["email"], cookies: ["_vss"] } },
    answers: { 200: {}, 400: { authStatus: "string" } },
  },
  {
    ...{ method: "POST", path: "/api/vtexid/pub/authentication/accesskey/validate" },
    ...{ needs: { cookies: ["_vss"], body: ["accessKey", "login"] } },
    answers: { 200: VALIDATED, 400: VALIDATED },
  },
];

/** Every status of a refused login that the file knows. */
export const AUTH_STATUSES: readonly string[] = ["Success", "InvalidEmail", "InvalidToken", "WrongCredentials"];
