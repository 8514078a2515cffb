/** Who asks the auth server for what. */

import type { Principal } from "./api.js";
import { mintAssertion, type Owner } from "./claims.js";
import { refuse } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import { credentialsOf, type Grant } from "./tokens.js";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** The same for every token of a kind; only what is signed differs from one request to the next. */
export interface GrantPlan {
  readonly kind: Grant["kind"];
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
  readonly owner: Owner | null;
}

export function planOf(call: LayerCall, principal: Principal): GrantPlan {
  const { integration, salesChannel } = credentialsOf(call);
  const { scope, userId } = call.store.settings;
  // A sales channel is public and needs no secret; where it has one it serves impersonation alone.
  if (principal === "salesChannel") {
    return { kind: "sales_channel", clientId: salesChannel.clientId, clientSecret: undefined, scope, owner: null };
  }
  const plan = { kind: "integration", ...integration, scope: undefined } as const;
  if (principal === "integration") return { ...plan, owner: null };
  if (userId === undefined) throw refuse("SETTINGS_INVALID", "The Store's settings name no `userId`.");
  return { ...plan, scope: "market:all", owner: { type: "User", id: userId } };
}

/** A token that is a customer's own. */
export function planForCustomer(call: LayerCall, customerId: string): GrantPlan {
  const { clientId, clientSecret } = credentialsOf(call).salesChannel;
  if (clientSecret === undefined) {
    throw refuse("SETTINGS_INVALID", "Impersonation needs the client secret of the sales channel.");
  }
  const owner = { type: "Customer", id: customerId } as const;
  return { kind: "sales_channel", clientId, clientSecret, scope: call.store.settings.scope, owner };
}

export async function grantOf(plan: GrantPlan, now: Date, custom?: Readonly<Record<string, unknown>>): Promise<Grant> {
  const { kind, clientId, clientSecret, scope, owner } = plan;
  const body = {
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...(scope === undefined ? {} : { scope }),
  };
  if (owner === null) return { kind, owner, body: { grant_type: "client_credentials", ...body } };
  const assertion = await mintAssertion(owner, now, custom);
  return { kind, owner, body: { grant_type: JWT_BEARER, ...body, assertion } };
}
