/**
 * Orgs with everything in them, once for each environment. Every name in a world holds the world's own tag, so that a
 * tag or an id of a world in somebody else's answer is a leak.
 */
import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { SCOPES } from "../../src/identity/index.js";
import { newId, toWire } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { openHouse } from "../../src/main.js";
import type { TestGateway } from "../support/gateway.js";
import { ANA, APPLY, SAVE_PROFILE } from "../support/story.js";

/** What a world holds, by its wire ids and names. */
export interface Things {
  readonly tag: string;
  readonly consumerId: string;
  readonly externalId: string;
  readonly shopperReference: string;
  readonly email: string;
  readonly document: string;
  readonly storeId: string;
  readonly slug: string;
  readonly checkoutId: string;
  readonly cartId: string;
  readonly connectionId: string;
  /** A consumer whom nobody needs, with a request to be forgotten. */
  readonly spareId: string;
  readonly spareExternalId: string;
  readonly requestId: string;
  /** Of an operator who was in a customer's place. */
  readonly impersonationId: string;
  /** An operator's login that is over. */
  readonly operatorLoginId: string;
  /** That the shopper was not let in at a store's door. */
  readonly gateRefusalId: string;
  /** A key that nobody uses, to be revoked. */
  readonly keyId: string;
  readonly eventId: string;
}

export interface World {
  readonly name: string;
  readonly environment: "test" | "live";
  /** A UUID. */
  readonly org: string;
  /** A key with every scope. */
  readonly key: string;
  readonly things: Things;
}

/** Every name and id by which a thing of this world is known. */
export const handlesOf = ({ things, org }: World): readonly string[] => {
  const { tag, ...handles } = things;
  return [...Object.values(handles), `order-kept-${tag}`, `once-kept-${tag}`, toWire("org", org as never)];
};

/** What must not occur in another world's answer. */
export const markersOf = ({ things, org }: World): readonly string[] => [
  things.tag,
  things.cartId,
  org.replaceAll("-", ""),
  ...Object.values(things).flatMap((value) => /^[a-z]{3}_([0-9a-f]{32})$/.exec(value)?.[1] ?? []),
];

/** Two orgs, `mine` and `theirs`, in both environments. */
export async function openWorlds(gateway: TestGateway): Promise<readonly World[]> {
  const config = { ...gateway.config, sandboxes: false, development: false };
  const house = await openHouse({ config, log: openLog({ level: "silent" }), onStep: () => undefined });
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  try {
    const worlds: World[] = [];
    for (const owner of ["mine", "theirs"]) {
      const { orgId } = await house.identity.createOrg({ name: `Org ${owner}` });
      for (const environment of ["test", "live"] as const) {
        const caller = await house.identity.consoleCaller(orgId, environment);
        const made = await house.identity.createApiKey(caller, {
          ...{ name: "caller", scopes: SCOPES, ownerKind: "USER", ownerName: "campaign" },
        });
        const seat = { name: `${owner}, ${environment}`, environment, org: orgId, key: made.secret ?? "" };
        worlds.push({ ...seat, things: await furnish(gateway, admin, seat) });
      }
    }
    return worlds;
  } finally {
    await admin.end();
    await house.close();
  }
}

const KEY = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }`;
const ORDER = `mutation ($input: ReportOrderInput!) { reportOrder(input: $input) { userErrors { code } } }`;

const SPARE = `mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { consumer { id } userErrors { code } } }`;
const FORGET = `mutation ($input: RequestAnonymizationInput!) {
  requestAnonymization(input: $input) { request { id } userErrors { code } } }`;

const ALL = `query ($externalId: String!) {
  consumer(externalId: $externalId) { id shopperReference connections { id } }
  auditEvents(first: 1) { nodes { id } }
}`;

const STORE = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { id } userErrors { code field } } }`;

type Seat = Omit<World, "things">;
type Found = { readonly [name: string]: { readonly [name: string]: unknown } };

async function furnish(gateway: TestGateway, admin: pg.Client, seat: Seat): Promise<Things> {
  const tag = `q${randomBytes(5).toString("hex").replaceAll(/\d/g, "z")}`;
  const ask = async <T = Found>(query: string, variables: object): Promise<T> => {
    const { body } = await gateway.ask<T>(query, variables, seat.key);
    const text = JSON.stringify(body);
    if (body.data === undefined || body.errors || /"userErrors":\[\{/.test(text))
      throw new Error(`${seat.name}: ${text}`);
    return body.data;
  };
  const isLive = seat.environment === "live";
  const names = { externalId: `shopper-${tag}`, slug: `store-${tag}` };
  const document = String(10_000_000_000 + (Number.parseInt(randomBytes(4).toString("hex"), 16) % 89_999_999_999));
  const email = `ana@${tag}.example`;
  const buyer = { ...ANA.buyer, email, document };
  // A live store is never reached: its shopper lacks a field, and nothing is asked of it before that is mended.
  const profile = isLive ? { buyer: { firstName: "Ana", email, document } } : { ...ANA, buyer };
  await ask(SAVE_PROFILE, { input: { externalId: names.externalId, profile } });
  const { registerStore } = await ask<{ registerStore: { store: { id: string } } }>(STORE, {
    input: { adapter: "vtex", slug: names.slug, title: `Title ${tag}`, settings: { account: `account-${tag}` } },
  });
  const storeId = registerStore.store.id;
  const shopper = { consumer: { externalId: names.externalId }, store: { slug: names.slug } };
  const applied = isLive
    ? await plantCheckout(admin, seat, tag, storeId)
    : await ask<{ applyCheckoutIdentity: { checkoutIdentity: { id: string; cartId: string } } }>(APPLY, {
        input: {
          ...shopper,
          ...{
            cart: { items: [{ id: "1", quantity: 1 }] },
            idempotencyKey: `once-kept-${tag}`,
            purpose: `purpose ${tag}`,
          },
        },
      }).then(({ applyCheckoutIdentity }) => applyCheckoutIdentity.checkoutIdentity);
  const spare = { externalId: `spare-${tag}` };
  const idle = await ask<{ createConsumer: { consumer: { id: string } } }>(SPARE, { input: spare });
  const wish = await ask<{ requestAnonymization: { request: { id: string } } }>(FORGET, {
    input: { consumer: spare, stores: [{ slug: names.slug }] },
  });
  const key = { name: `key ${tag}`, ownerName: `owner ${tag}`, ownerKind: "USER", scopes: ["STORES_READ"] };
  const made = await ask<{ createApiKey: { apiKey: { id: string } } }>(KEY, { input: key });
  await ask(ORDER, { input: { ...shopper, orderReference: `order-kept-${tag}` } });
  const found = await ask<{
    consumer: { id: string; shopperReference: string; connections: { id: string }[] };
    auditEvents: { nodes: { id: string }[] };
  }>(ALL, { externalId: names.externalId });
  return {
    ...{ tag, ...names, email, document, storeId, checkoutId: applied.id, cartId: applied.cartId },
    consumerId: found.consumer.id,
    shopperReference: found.consumer.shopperReference,
    connectionId: found.consumer.connections[0]?.id ?? "",
    ...{ spareId: idle.createConsumer.consumer.id, spareExternalId: spare.externalId },
    requestId: wish.requestAnonymization.request.id,
    impersonationId: await plantImpersonation(admin, seat, tag, storeId, found.consumer.id),
    operatorLoginId: await plantOperatorLogin(admin, seat, tag, storeId),
    gateRefusalId: await plantGateRefusal(admin, seat, storeId, found.consumer),
    keyId: made.createApiKey.apiKey.id,
    eventId: found.auditEvents.nodes[0]?.id ?? "",
  };
}

/** A live checkout and its connection as they would be after the store had answered; nobody asks a live store here. */
async function plantCheckout(
  admin: pg.Client,
  { org }: Seat,
  tag: string,
  storeId: string,
): Promise<{ id: string; cartId: string }> {
  const cartId = randomBytes(16).toString("hex");
  const { rows } = await admin.query<{ id: string }>(
    `with shopper as (select id from consumer where org_id = $1 and environment = 'live'),
       planted as (insert into connection (org_id, id, environment, consumer_id, store_id, via, status)
         select $1, $7, 'live', id, $2, 'PROFILE', 'ACTIVE' from shopper)
     insert into checkout (org_id, id, environment, consumer_id, store_id, state, cart, has_overrides, purpose,
       cart_id, cart_url, total_minor, currency, settled_at)
     select $1, $8, 'live', id, $2, 'APPLIED', $3, false, $4, $5, $6, 1000, 'BRL', now() from shopper
     returning id`,
    [
      ...[org, storeId.slice(4), JSON.stringify({ kind: "items", items: [{ id: "1", quantity: 1 }] })],
      ...[`purpose ${tag}`, cartId, `https://account-${tag}.vtexcommercestable.com.br/checkout/`],
      ...[newId("con"), newId("chk")],
    ],
  );
  return { id: `chk_${rows[0]?.id.replaceAll("-", "")}`, cartId };
}

/** One that is over: nobody asks a store about it any more. */
async function plantImpersonation(
  admin: pg.Client,
  { org, environment }: Seat,
  tag: string,
  storeId: string,
  consumerId: string,
): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into impersonation (org_id, id, environment, store_id, consumer_id, state, state_reason, operator, operator_key,
       is_vouched, is_by_token, reason, expires_at, can_impersonate, account, end_reason, end_state, store_agreed, started_at, ended_at)
     values ($1, $8, $2, $3, $4, 'ENDED', 'ENDED_BY_CALLER', $5, $5, true, false, $6, now(), true, $7, 'ENDED_BY_CALLER', 'ENDED',
       true, now(), now()) returning id`,
    [
      ...[org, environment, storeId.slice(4), consumerId.slice(4)],
      ...[`operator ${tag}`, `reason ${tag}`, `account-${tag}`, newId("imp")],
    ],
  );
  return `imp_${rows[0]?.id.replaceAll("-", "")}`;
}

/** One that is over. */
async function plantOperatorLogin(
  admin: pg.Client,
  { org, environment }: Seat,
  tag: string,
  storeId: string,
): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into operator_login (org_id, id, environment, store_id, state, state_reason, operator, operator_key, is_vouched,
       is_by_token, expires_at, connected_at, ended_at)
     values ($1, $5, $2, $3, 'DISCONNECTED', 'REPLACED', $4, $4, true, false, now(), now(), now()) returning id`,
    [org, environment, storeId.slice(4), `operator ${tag}`, newId("opl")],
  );
  return `opl_${rows[0]?.id.replaceAll("-", "")}`;
}

async function plantGateRefusal(
  admin: pg.Client,
  { org, environment }: Seat,
  storeId: string,
  { id, connections }: { readonly id: string; readonly connections: readonly { readonly id: string }[] },
): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `with known as (
       insert into recognition (org_id, environment, store_id, id, consumer_id, connection_id, standing)
       values ($1, $2, $3, $6, $4, $5, 'SHOPPER') returning id)
     insert into recognition_refusal (org_id, environment, store_id, id, recognition_id, reason, at)
     select $1, $2, $3, $7, id, 'STALE', now() from known returning id`,
    [
      ...[org, environment, ...[storeId, id, connections[0]?.id ?? ""].map((wire) => wire.slice(4))],
      ...[randomUUID(), newId("grf")],
    ],
  );
  return `grf_${rows[0]?.id.replaceAll("-", "")}`;
}
