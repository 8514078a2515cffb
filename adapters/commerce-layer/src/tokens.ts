/** Asks the auth server for tokens and takes them back. What is asked for whom is decided in `grants.ts`. */
import { AdapterError, type AdapterErrorCode } from "@shopkey/adapter-sdk";
import { z } from "zod";
import { type Answer, expectShape } from "./answers.js";
import { readClaims, type TokenClaims } from "./claims.js";
import { describe, refuse, waitOf } from "./errors.js";
import { exchange, type LayerCall } from "./exchange.js";
import { authHost, type Credentials } from "./settings.js";

/** What a token is asked with; `body` holds the client secret. */
export interface Grant {
  readonly kind: "integration" | "sales_channel";
  readonly body: Readonly<Record<string, string>>;
  readonly owner: { readonly type: "Customer" | "User"; readonly id: string } | null;
}
export interface IssuedToken {
  readonly token: string;
  /** Unix milliseconds by our own clock. */
  readonly endsAt: number;
  /** Present with tokens that a customer owns. It outlives the session by weeks, so it is never kept. */
  readonly refreshToken: string | null;
  readonly claims: TokenClaims;
}

const JSON_HEADERS = { accept: "application/json", "content-type": "application/json" };

const issued = z.object({
  access_token: z.string().min(1).max(8192),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).max(8192).nullish(),
});

/** Asks once. The token is looked at before anyone uses it: right organization, right mode, right owner. */
export async function requestToken(call: LayerCall, grant: Grant): Promise<IssuedToken> {
  const answer = await exchange(call, "token", tokenUrl(call), {
    method: "POST",
    headers: JSON_HEADERS,
    body: JSON.stringify(grant.body),
  });
  if (answer.status < 200 || answer.status > 299) throw errorOfToken(answer, grant.owner, call.now());
  const told = expectShape(issued, answer.json, "token");
  return {
    token: told.access_token,
    endsAt: call.now().getTime() + told.expires_in * 1000,
    refreshToken: told.refresh_token ?? null,
    claims: readClaims(told.access_token),
  };
}

/** A test-mode token on a live store works, and on other data than everyone believes: it is refused, and so is the reverse. */
export function judgeToken(
  call: LayerCall,
  grant: Grant,
  { organization, application, owner, test }: TokenClaims,
): void {
  if (test !== (call.environment === "test")) {
    const mode = test ? "test mode, and this Store is live" : "live mode, and this Store is a test store";
    throw refuse("SETTINGS_INVALID", `The API credentials belong to the organization's ${mode}.`);
  }
  if (organization.slug !== call.store.settings.slug) {
    throw refuse("SETTINGS_INVALID", "The API credentials belong to another organization than `slug` names.");
  }
  if (application.kind !== grant.kind) {
    throw refuse("SETTINGS_INVALID", `The API credentials are of another kind than ${grant.kind}.`);
  }
  if ((owner?.id ?? null) !== (grant.owner?.id ?? null) || (owner?.type ?? null) !== (grant.owner?.type ?? null)) {
    throw refuse("STORE_CHANGED", "The store gave a token that belongs to somebody else than was asked for.");
  }
}

/** Gives a token of the sales channel back. One that the store does not know any more counts as given back. */
export async function revokeToken(call: LayerCall, token: string): Promise<void> {
  const { clientId, clientSecret } = credentialsOf(call).salesChannel;
  const client = { client_id: clientId, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) };
  const answer = await exchange(call, "revoke", `https://${authHost(call.store.settings)}/oauth/revoke`, {
    method: "POST",
    headers: JSON_HEADERS,
    body: JSON.stringify({ ...client, token }),
  });
  // A page of someone in front of the store is a 200, too: JSON (or nothing) is what the store itself answers.
  if (answer.status >= 200 && answer.status <= 299 && answer.json !== undefined) return;
  throw errorOfToken(answer, null, call.now());
}

/** The organization's API credentials; nothing is asked of the store without them. */
export function credentialsOf(call: LayerCall): Credentials {
  const { credentials } = call.store;
  if (credentials !== null) return credentials;
  throw refuse("SETTINGS_INVALID", "The Store has no API credentials.");
}

export const tokenUrl = (call: LayerCall): string => `https://${authHost(call.store.settings)}/oauth/token`;

/** The auth server names its errors in `title`; `code` and `status` say less. */
function errorOfToken(answer: Answer, owner: Grant["owner"], now: Date): AdapterError {
  const [code, message] = meaningOf(answer, owner);
  const retryAfterMs = waitOf(answer, now);
  const text = message ?? describe(code, answer);
  return new AdapterError(code, text, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function meaningOf({ status, problems }: Answer, owner: Grant["owner"]): [AdapterErrorCode, string?] {
  if (status === 429) return ["RATE_LIMITED"];
  if (status >= 500) return ["STORE_UNAVAILABLE"];
  switch (problems[0]?.title) {
    case "invalid_client":
      return ["CREDENTIALS_REJECTED"];
    case "invalid_scope":
      return ["SETTINGS_INVALID", "The store does not know the Store's `scope`."];
    case "invalid_assertion":
    case "invalid_grant":
      return owner?.type === "User"
        ? ["SETTINGS_INVALID", "The store knows no user of the organization by the Store's `userId`."]
        : ["REFUSED_BY_STORE"];
    case "unauthorized_client":
    case "unsupported_grant_type":
      return owner === null ? ["PERMISSION_MISSING"] : ["NOT_SUPPORTED", NOT_ENTERPRISE];
    default:
      return ["STORE_CHANGED"];
  }
}

const NOT_ENTERPRISE =
  "The API credentials may not act for an owner: Commerce Layer offers that on its enterprise plans.";
