/** A gateway with a connector of Amazon's behind it, and whoever stands at its gates: for the tests of this folder. */
import { signRequest } from "@shopkey/adapter-amazon-connector/sandbox";
import type { TestGateway } from "../support/gateway.js";

/** Where the org asks. */
export type Desk = Pick<TestGateway, "url" | "key" | "ask">;

export const HMAC_KEY = { id: "main", secret: "a-secret-of-at-least-thirty-two-characters" };

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
  readonly headers: Headers;
}
export interface Connector {
  readonly slug: string;
  readonly storeId: string;
  /** Asks as the forwarder would; a string or bytes are sent as they are. */
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
}

const REGISTER = `mutation ($input: RegisterStoreInput!) {
  registerStore(input: $input) { store { id } userErrors { code field message } }
}`;
const UPDATE = `mutation ($input: UpdateStoreInput!) {
  updateStore(input: $input) { store { id } userErrors { code field message } }
}`;
const CREATE = "mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { userErrors { code } } }";
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) {
  connection { id status } gatePass { code svg png expiresAt } form { fields { name } } userErrors { code field message } } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) {
  connection { id status accountLabel } userErrors { code field message } } }`;
const REFRESH = `mutation ($input: RefreshGatePassInput!) { refreshGatePass(input: $input) {
  connection { id } gatePass { code svg png expiresAt } shopperIds { id standing } userErrors { code field message } } }`;
const DISCONNECT = `mutation ($input: DisconnectInput!) { disconnect(input: $input) {
  connection { status } storeAgreed userErrors { code } } }`;

export interface UserError {
  readonly code: string;
  readonly field: readonly string[] | null;
}
export interface GatePass {
  readonly code: string;
  readonly svg: string;
  readonly png: string;
  readonly expiresAt: string;
}
export interface Refreshed {
  readonly gatePass: GatePass | null;
  readonly shopperIds: readonly { readonly id: string; readonly standing: string }[] | null;
  readonly userErrors: readonly UserError[];
}

export const SETTINGS = {
  prefix: "GWID",
  stores: [
    { id: "STORE-001", keyTypes: ["QR_CODE", "PHONE_NUMBER"] },
    { id: "STORE-STRICT", strictPayload: true, prefix: "GWID" },
    { id: "STORE-QR-ONLY" },
  ],
  inbound: { kind: "hmac" },
};

async function ask<T>(gateway: Desk, query: string, input: object, key: string): Promise<T> {
  const { body } = await gateway.ask<Record<string, T>>(query, { input }, key);
  const [answer] = Object.values(body.data ?? {});
  if (answer === undefined) throw new Error(JSON.stringify(body));
  return answer;
}

let slugs = 0;
export async function openConnector(
  gateway: Desk,
  settings: object = SETTINGS,
  { key = gateway.key, credentials = { hmacKeys: [HMAC_KEY] } as object | null } = {},
): Promise<Connector> {
  slugs += 1;
  const slug = `amazon-${slugs}`;
  const input = { adapter: "amazon-connector", slug, title: "Amazon", settings, credentials };
  const { store, userErrors } = await ask<{ store: { id: string } | null; userErrors: UserError[] }>(
    gateway,
    REGISTER,
    input,
    key,
  );
  if (store === null) throw new Error(JSON.stringify(userErrors));
  const path = `/stores/${store.id}`;
  return {
    slug,
    storeId: store.id,
    post: (below, body, headers) => post(gateway.url, `${path}${below}`, body, headers),
  };
}

export const updateConnector = (
  gateway: Desk,
  { slug }: Connector,
  change: object,
  key = gateway.key,
): Promise<unknown> => ask(gateway, UPDATE, { store: { slug }, ...change }, key);

/** What is sent, signed by the forwarder's key unless the headers say otherwise. */
export async function post(
  origin: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const signature = signRequest(HMAC_KEY, { method: "POST", path, body: bytes }, new Date());
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-shopkey-signature": signature, ...headers },
    body: bytes as Uint8Array<ArrayBuffer>,
  });
  const text = await response.text();
  return { status: response.status, text, body: text === "" ? null : JSON.parse(text), headers: response.headers };
}

export interface Shopper {
  readonly externalId: string;
  readonly connection: string;
  /** What the app showed before the shopper was bound. */
  readonly pass: GatePass;
  readonly refresh: (idempotencyKey?: string) => Promise<Refreshed>;
  readonly disconnect: () => Promise<unknown>;
  /** The store's own id of the shopper in this standing. */
  readonly idAs: (standing?: string) => Promise<string>;
}

let shoppers = 0;
/** A consumer, connected with these answers. */
export async function admit(
  gateway: Desk,
  connector: Pick<Connector, "slug">,
  answers: Readonly<Record<string, string>> = {},
  { key = gateway.key, externalId = "" } = {},
): Promise<Shopper> {
  shoppers += 1;
  const name = externalId || `gate-${shoppers}`;
  await ask(gateway, CREATE, { externalId: name }, key);
  const place = { consumer: { externalId: name }, store: { slug: connector.slug } };
  const started = await ask<{ connection: { id: string } | null; gatePass: GatePass; userErrors: UserError[] }>(
    gateway,
    START,
    place,
    key,
  );
  if (started.connection === null) throw new Error(JSON.stringify(started.userErrors));
  const connection = started.connection.id;
  const answer = Object.entries(answers).map(([name, value]) => ({ name, value }));
  const finished = await ask<{ userErrors: UserError[] }>(gateway, FINISH, { connection, answer }, key);
  if (finished.userErrors.length > 0) throw new Error(JSON.stringify(finished.userErrors));
  const refresh = (idempotencyKey?: string) => ask<Refreshed>(gateway, REFRESH, { connection, idempotencyKey }, key);
  return {
    ...{ externalId: name, connection, pass: started.gatePass, refresh },
    disconnect: () => ask(gateway, DISCONNECT, { connection }, key),
    idAs: async (standing = "SHOPPER") => {
      const { shopperIds } = await refresh();
      const found = shopperIds?.find((one) => one.standing === standing);
      if (found === undefined) throw new Error(`nobody is a ${standing}`);
      return found.id;
    },
  };
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");
const isoOf = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, "Z");

export const entry = (code: string, more: object = {}, at = new Date()): Record<string, unknown> => ({
  requestId: crypto.randomUUID(),
  identityKey: base64(code),
  storeId: "STORE-001",
  authEvent: { id: "11111111-2222-3333-4444-555555555555", timestamp: isoOf(at), location: "ENTRY" },
  keyChannel: "OPTICAL",
  ...more,
});
export const question = (code: string, more: object = {}, at = new Date()): Record<string, unknown> => ({
  requestId: crypto.randomUUID(),
  shopperKey: base64(code),
  shopperKeyType: "QR_CODE",
  storeId: "STORE-001",
  timestamp: isoOf(at),
  ...more,
});
export const scan = (value: string, more: object = {}, at = new Date()): Record<string, unknown> => ({
  requestId: crypto.randomUUID(),
  storeId: "STORE-001",
  scanEvent: {
    id: "11111111-2222-3333-4444-555555555555",
    timestamp: isoOf(at),
    location: "ENTRY",
    value,
    channel: "OPTICAL",
    ...more,
  },
});
export const details = (id: string, type = "SHOPPER"): Record<string, unknown> => ({
  storeId: "STORE-001",
  scanResult: { id, type },
});

export const VERIFY = "/v1/identity/identity-keys";
export const SHOPPER = "/v1/identity/shopper";
export const SCAN = "/v1/identity/scan";
export const DETAILS = "/v1/identity/scan/details";
