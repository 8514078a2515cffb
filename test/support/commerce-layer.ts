/** A Commerce Layer Store of the gateway's, and the sandbox's own word about what the organization holds. */
import type { TestGateway } from "./gateway.js";
import { payloadOf, type UserError } from "./story.js";

const REGISTER = `mutation ($input: RegisterStoreInput!) {
  registerStore(input: $input) { store { id slug capabilities } userErrors { code field } } }`;
const UPDATE = `mutation ($input: UpdateStoreInput!) { updateStore(input: $input) { store { id } userErrors { code } } }`;

/** Credentials as the sandbox knows them for any organization. */
const credentialsOf = (slug: string) => ({
  integration: { clientId: `integration_${slug}`, clientSecret: `secret_${slug}` },
  salesChannel: { clientId: `sales_channel_${slug}`, clientSecret: `secret_${slug}` },
});
/** The organization as a Store of the same name; its user may request anonymizations. */
const storeInput = (slug: string, more: object = {}) => ({
  ...{ adapter: "commerce-layer", slug, title: "Loja", credentials: credentialsOf(slug) },
  settings: { slug, scope: "market:id:mrkBrazil1", userId: `user_${slug}` },
  ...more,
});

/** A payload of any mutation. */
export interface Payload {
  readonly userErrors: readonly UserError[];
  // biome-ignore lint/suspicious/noExplicitAny: payloads of every mutation are looked into here.
  readonly [field: string]: any;
}

/** The one payload of a mutation. */
export async function mutate(gateway: TestGateway, query: string, input: object): Promise<Payload> {
  return payloadOf(await gateway.ask<Record<string, Payload>>(query, { input }));
}

export const register = (gateway: TestGateway, slug: string, more: object = {}): Promise<Payload> =>
  mutate(gateway, REGISTER, storeInput(slug, more));

export interface HeldCustomer {
  readonly id: string;
  readonly email: string;
  readonly status: string;
  readonly shopperReference: string;
  readonly anonymization: string | null;
}
export interface HeldDelivery {
  readonly webhookId: string;
  readonly topic: string;
  readonly body: string;
  readonly attempts: number;
  readonly state: string;
}
interface Held {
  readonly customers: Readonly<Record<string, HeldCustomer>>;
  readonly orders: Readonly<
    Record<string, { readonly customerEmail: string; readonly customerId: string; readonly guest: boolean }>
  >;
  readonly webhooks: Readonly<Record<string, { readonly sharedSecret: string; readonly callbackUrl: string }>>;
  readonly deliveries: readonly HeldDelivery[];
}
export interface Asked {
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
}

/** The organization at the sandbox, looked at past the gateway. */
export interface Organization {
  readonly held: () => Promise<Held>;
  readonly customer: (email: string) => Promise<HeldCustomer | undefined>;
  readonly byId: (id: string) => Promise<HeldCustomer | undefined>;
  readonly set: (switches: object) => Promise<void>;
  readonly asked: () => Promise<readonly Asked[]>;
  /** Brings everything to where the clock is, and what is due to whom it is for. */
  readonly settle: () => Promise<void>;
  readonly control: (method: string, path: string, body?: object) => Promise<unknown>;
  /** The Core API, as the integration. */
  readonly core: (method: string, path: string, body?: object) => Promise<unknown>;
}

export function organizationOf(gateway: TestGateway, slug: string): Organization {
  const url = gateway.sandboxes.get("commerce-layer") ?? "";
  const send = async (path: string, init: { method: string; headers?: Record<string, string>; body?: object }) => {
    const { body, headers, method } = init;
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url + path, { method, ...(headers ? { headers } : {}), ...text });
    const told = await response.text();
    return told === "" ? null : (JSON.parse(told) as unknown);
  };
  const control: Organization["control"] = (method, path, body) =>
    send(`/_sandbox/${path}`, { method, ...(body === undefined ? {} : { body }) });
  const held = async () => (await control("GET", `state?account=${slug}`)) as Held;
  const core: Organization["core"] = async (method, path, body) => {
    const { access_token } = (await send("/oauth/token", {
      method: "POST",
      headers: { "x-forwarded-host": "auth.commercelayer.io", "content-type": "application/json" },
      body: {
        ...{ grant_type: "client_credentials" },
        ...{ client_id: `integration_${slug}`, client_secret: `secret_${slug}` },
      },
    })) as { access_token: string };
    const media = "application/vnd.api+json";
    return send(path, {
      method,
      headers: {
        ...{ "x-forwarded-host": `${slug}.commercelayer.io`, accept: media, "content-type": media },
        authorization: `Bearer ${access_token}`,
      },
      ...(body === undefined ? {} : { body }),
    });
  };
  return {
    ...{ held, control, core },
    customer: async (email) => Object.values((await held()).customers).find((one) => one.email === email),
    byId: async (id) => (await held()).customers[id],
    set: async (switches) => void (await control("PUT", `switches?account=${slug}`, switches)),
    asked: async () => (await control("GET", `journal?account=${slug}`)) as readonly Asked[],
    settle: async () => void (await control("POST", "settle")),
  };
}

/** Registers a webhook for each topic at the store, and their secrets at the gateway. */
export async function openWebhooks(
  gateway: TestGateway,
  slug: string,
  callbackUrls: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const organization = organizationOf(gateway, slug);
  const webhookSecrets: string[] = [];
  for (const [topic, callback_url] of Object.entries(callbackUrls)) {
    const attributes = { name: topic, topic, callback_url };
    const made = await organization.core("POST", "/api/webhooks", { data: { type: "webhooks", attributes } });
    webhookSecrets.push((made as { data: { attributes: { shared_secret: string } } }).data.attributes.shared_secret);
  }
  const credentials = { ...credentialsOf(slug), webhookSecrets };
  const { userErrors } = await mutate(gateway, UPDATE, { store: { slug }, credentials });
  if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return webhookSecrets;
}
