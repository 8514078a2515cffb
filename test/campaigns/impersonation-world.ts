/** Stores with a telesales desk each, and a gateway that can be killed: who is in whose place, there and here. */
import type { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { MARIA, START } from "../support/telesales.js";
import type { KilledGateway } from "./killed-gateway.js";

export type Store = Awaited<ReturnType<typeof startSandbox>>;
export interface Ground {
  readonly dataDir: string;
  readonly store: Store;
  readonly failures: string[];
}

const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code } } }`;

/** The payload, or null when no answer came: the gateway was killed, or could not be reached. */
export async function ask(
  { url, key }: KilledGateway,
  query: string,
  input: object,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data } = (await response.json()) as { data?: Record<string, Record<string, unknown>> };
    return Object.values(data ?? {})[0] ?? null;
  } catch {
    return null;
  }
}

/** A Store of this name on an account of its own. */
export const openDesk = (gateway: KilledGateway, name: string) =>
  ask(gateway, REGISTER, { adapter: "vtex", slug: name, title: name, settings: { account: name } });

export async function start(gateway: KilledGateway, name: string, more: object = {}): Promise<string | null> {
  const input = { store: { slug: name }, customer: { email: MARIA }, reason: "campaign", ...more };
  const told = await ask(gateway, START, { ...input, operator: { token: `operator-${name}-operadora` } });
  const session = told?.impersonationSession as { id: string; state: string } | null | undefined;
  return session?.state === "ACTIVE" ? session.id : null;
}

interface StoreState {
  readonly sessions: readonly { readonly impersonated: string | null }[];
}
/** Accounts at which somebody is in a customer's place, by the store's own word. */
export const placesAt = ({ store }: Ground): readonly string[] =>
  Object.entries(store.state(null) as Record<string, StoreState>).flatMap(([name, { sessions }]) =>
    sessions.filter(({ impersonated }) => impersonated !== null).map(() => name),
  );

/** Accounts for which the gateway knows that somebody is, or may be. */
export const knownTo = async (gateway: KilledGateway): Promise<readonly string[]> =>
  (
    await gateway.sql<{ slug: string }>(
      "select s.slug from impersonation i join store s on s.org_id = i.org_id and s.id = i.store_id where i.wrapped is not null",
    )
  ).map(({ slug }) => slug);

/** What must never be: somebody is in a customer's place, and the gateway does not know. */
export async function forgotten(ground: Ground, gateway: KilledGateway): Promise<readonly string[]> {
  const known = new Set(await knownTo(gateway));
  return placesAt(ground).filter((name) => !known.has(name));
}

/** Time passes: every lease is over, and the clock has to look at everything. */
export const letTimePass = (gateway: KilledGateway) =>
  gateway.sql(
    "update impersonation set lease_until = now() - interval '1 second', due_at = now() where wrapped is not null",
  );
