/** Asks the sandbox as anybody would, without the adapter. */
import type { CommerceLayerSandbox } from "@shopkey/adapter-commerce-layer/sandbox";
import { userIdOf } from "@shopkey/adapter-commerce-layer/sandbox";
import { mintAssertion } from "../src/claims.js";
import { SLUG } from "./fixtures.js";

export const MEDIA = "application/vnd.api+json";

export interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind are looked into here.
  readonly body: any;
  readonly headers: Headers;
}
interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes as it is, anything else as JSON. */
  readonly body?: unknown;
}

export async function askSandbox(
  sandbox: CommerceLayerSandbox,
  host: string,
  method: string,
  path: string,
  { headers, body }: Sending = {},
): Promise<Told> {
  const reply = await fetch(sandbox.url + path, {
    method,
    headers: { "x-forwarded-host": host, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === "" ? null : JSON.parse(text), headers: reply.headers };
}

export const clientOf = (kind: string, slug = SLUG) => ({
  client_id: `${kind}_${slug}`,
  client_secret: `secret_${slug}`,
});

export interface Auth {
  /** `token` or `revoke`. */
  readonly oauth: (path: string, body: unknown) => Promise<Told>;
  /** By an assertion that this owner is behind it. */
  readonly bearer: (owner: { type: "Customer" | "User"; id: string }, kind?: string) => Promise<Told>;
  readonly integration: (slug?: string) => Promise<string>;
  readonly guest: () => Promise<string>;
  readonly requester: () => Promise<string>;
  readonly customer: (id: string) => Promise<string>;
}

export function openAuth(at: { readonly sandbox: CommerceLayerSandbox; readonly now: () => Date }): Auth {
  const oauth: Auth["oauth"] = (path, body) =>
    askSandbox(at.sandbox, "auth.commercelayer.io", "POST", `/oauth/${path}`, {
      ...{ headers: { "content-type": "application/json" }, body },
    });
  const bearer: Auth["bearer"] = async (owner, kind = "integration") =>
    oauth("token", {
      ...{ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", ...clientOf(kind), scope: "market:all" },
      assertion: await mintAssertion(owner, at.now()),
    });
  const tokenIn = async (told: Promise<Told>): Promise<string> => (await told).body.access_token;
  return {
    ...{ oauth, bearer },
    integration: (slug) =>
      tokenIn(oauth("token", { grant_type: "client_credentials", ...clientOf("integration", slug) })),
    guest: () =>
      tokenIn(
        oauth("token", { grant_type: "client_credentials", client_id: `sales_channel_${SLUG}`, scope: "market:all" }),
      ),
    requester: () => tokenIn(bearer({ type: "User", id: userIdOf(SLUG) })),
    customer: (id) => tokenIn(bearer({ type: "Customer", id }, "sales_channel")),
  };
}
