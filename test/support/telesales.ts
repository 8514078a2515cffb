/** A telesales operator's questions to the gateway, and the store's own word about who is in whose place. */
import { SCOPES } from "../../src/identity/index.js";
import type { TestGateway } from "./gateway.js";
import { payloadOf, type UserError } from "./story.js";

const ERRORS = "userErrors { code field message retry nextAction }";
const SESSION = `impersonationSession {
  id consumerId state stateReason why nextAction operator { name vouched } reason canImpersonate storeUserId storeUserEmail
  account expiresAt startedAt endedAt endReason storeAgreed store { slug capabilities }
}`;
export const START = `mutation ($input: StartImpersonationInput!) { startImpersonation(input: $input) { ${SESSION} ${ERRORS} } }`;
export const RENEW = `mutation ($input: RenewImpersonationInput!) { renewImpersonation(input: $input) { ${SESSION} ${ERRORS} } }`;
export const END = `mutation ($input: EndImpersonationInput!) { endImpersonation(input: $input) { ${SESSION} storeAgreed note ${ERRORS} } }`;
export const SWITCH = `mutation ($input: SwitchImpersonationsInput!) { switchImpersonations(input: $input) { on ending ${ERRORS} } }`;
export const FIND = `query ($id: ID!) { ${SESSION.replace("impersonationSession", "impersonationSession(id: $id)")} }`;
export const LIST = `query ($filter: ImpersonationSessionFilter) { impersonationSessions(filter: $filter) { nodes { id state } } }`;

export interface Session {
  readonly id: string;
  readonly state: string;
  readonly [field: string]: unknown;
}
export interface Told {
  readonly impersonationSession: Session | null;
  readonly userErrors: readonly UserError[];
  readonly [field: string]: unknown;
}

export const MARIA = "maria.conhecida@example.com";
export const TOKEN = "operator-cobasi-operadora";

export const startInput = (more: object = {}) => ({
  ...{ store: { slug: "cobasi" }, customer: { email: MARIA }, operator: { token: TOKEN }, reason: "phone order" },
  ...more,
});

/** The one payload of a mutation. */
export async function act(gateway: TestGateway, query: string, input: object, key?: string): Promise<Told> {
  return payloadOf(await gateway.ask<Record<string, Told>>(query, { input }, key));
}

const sandboxOf = (gateway: TestGateway) => gateway.sandboxes.get("vtex") ?? "";

export async function setSwitches(gateway: TestGateway, switches: object, account = "cobasi"): Promise<void> {
  await fetch(`${sandboxOf(gateway)}/_sandbox/switches?account=${account}`, {
    ...{ method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(switches) },
  });
}

/** Customers in whose place somebody is, by the store's own word. */
async function placesAt(url: string, account = "cobasi"): Promise<readonly string[]> {
  const response = await fetch(`${url}/_sandbox/state?account=${account}`);
  const { sessions } = (await response.json()) as { sessions: readonly { impersonated: string | null }[] };
  return sessions.flatMap(({ impersonated }) => impersonated ?? []);
}
export const places = (gateway: TestGateway, account?: string) => placesAt(sandboxOf(gateway), account);

export const payFor = (gateway: TestGateway, cartId: string) =>
  fetch(`${sandboxOf(gateway)}/_sandbox/carts/${cartId}/place`, { method: "POST" });

/** Waits for what the gateway's clock does, however long a busy machine takes. */
export async function until<T>(look: () => Promise<T>, isIt: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (isIt(found)) return found;
    if (tries > 600) throw new Error(`it did not come to that: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const KEY = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret userErrors { code } } }`;

export async function makeKey(
  gateway: TestGateway,
  more: { ownerKind?: "USER" | "SERVICE"; ownerName?: string; without?: readonly string[] } = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const scopes = SCOPES.filter((scope) => !more.without?.includes(scope)).map((scope) =>
    scope.replace(":", "_").toUpperCase(),
  );
  const { ownerKind = "USER", ownerName = "Olivia" } = more;
  const { body } = await gateway.ask<{ createApiKey: { apiKey: { id: string }; secret: string } }>(KEY, {
    input: { name: "telesales", ownerKind, ownerName, scopes },
  });
  const made = body.data?.createApiKey;
  if (made === undefined) throw new Error(JSON.stringify(body));
  return { id: made.apiKey.id, key: made.secret };
}
