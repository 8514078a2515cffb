/** Fills a database: orgs with keys and stores, consumers with sealed profiles, index rows and connections. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { hashApiKey, mintApiKey } from "#dist/identity/api-key-format.js";
import { type ConsumerId, newId, type OrgId, toWire } from "#dist/kernel/ids.js";
import type { OrgVault, Vault, WrappedKey } from "#dist/vault/index.js";
import { externalIdOf, type Shopper, shopper } from "./shoppers.js";

const ENVIRONMENT = "live";
const STORES_PER_ORG = 3;
const CONNECTIONS = 2;
const BATCH = 1_000;
const SCOPES = ["consumers:read", "consumers:write", "profiles:read", "profiles:write", "connections:read"];

/** What a client of one org knows. */
export interface SeededOrg {
  readonly orgId: OrgId;
  readonly key: string;
  /** Numbers of its shoppers: `from` and the `count` that follow. */
  readonly from: number;
  readonly count: number;
  /** Wire ids of some consumers, as cursors. */
  readonly cursors: readonly string[];
}

export interface SeedOptions {
  /** The superuser on the database: rows of every org are written in bulk. */
  readonly adminUrl: string;
  readonly vault: Vault;
  readonly orgs: number;
  readonly consumers: number;
}

export async function seed(options: SeedOptions): Promise<readonly SeededOrg[]> {
  const client = new pg.Client({ connectionString: options.adminUrl });
  await client.connect();
  try {
    // Foreign keys hold by construction; checking 600,000 of them would be most of the time.
    await client.query("set session_replication_role = replica");
    const count = Math.floor(options.consumers / options.orgs);
    const seeded: SeededOrg[] = [];
    for (let index = 0; index < options.orgs; index++) {
      seeded.push(await seedOrg(client, options.vault, { from: index * count, count }));
    }
    await client.query("vacuum analyze");
    await client.query("checkpoint");
    return seeded;
  } finally {
    await client.end();
  }
}

async function seedOrg(
  client: pg.Client,
  vault: Vault,
  { from, count }: Pick<SeededOrg, "from" | "count">,
): Promise<SeededOrg> {
  const orgId = newId("org");
  const key = mintApiKey(ENVIRONMENT);
  await client.query("insert into org (id, name) values ($1, $2)", [orgId, `Org ${orgId.slice(-4)}`]);
  await client.query(
    `insert into api_key (org_id, id, environment, name, hash, last4, scopes, owner_kind, owner_name)
     values ($1, $2, $3, 'bench', $4, $5, $6, 'SERVICE', 'bench')`,
    [orgId, newId("key"), ENVIRONMENT, hashApiKey(key), key.slice(-4), SCOPES],
  );
  const stores = Array.from({ length: STORES_PER_ORG }, () => newId("sto"));
  await client.query(
    `insert into store (org_id, id, environment, slug, adapter, title, settings)
     select $1, s.id, $2, 'store-' || s.n, 'vtex', 'Store ' || s.n, $3
     from unnest($4::uuid[]) with ordinality as s (id, n)`,
    [orgId, ENVIRONMENT, { account: "bench" }, stores],
  );
  const cursors: string[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const org = await vault.createOrg(orgId);
    const made = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) =>
      sealConsumer(org, from + start + offset),
    );
    await insertConsumers(client, orgId, made);
    await insertConnections(client, orgId, made, stores);
    for (const { id } of made.filter((_, index) => index % 50 === 25)) cursors.push(toWire("csm", id));
  }
  return { orgId, key, from, count, cursors };
}

interface Sealed {
  readonly number: number;
  readonly id: ConsumerId;
  readonly key: WrappedKey;
  readonly units: readonly Buffer[];
  readonly email: Buffer;
  readonly document: Buffer;
}

/** As the gateway keeps them: `email` and `phone` are bare text, the others JSON. */
const UNITS = ["name", "email", "document", "phone", "address"] as const;
const plainUnits = ({ buyer, address }: Shopper): Readonly<Record<(typeof UNITS)[number], string>> => ({
  name: JSON.stringify({ firstName: buyer.firstName, lastName: buyer.lastName }),
  email: buyer.email,
  document: JSON.stringify({ document: buyer.document, documentType: buyer.documentType }),
  phone: buyer.phone,
  address: JSON.stringify(address),
});

function sealConsumer(org: OrgVault, number: number): Sealed {
  const id = newId("csm");
  const key = org.newConsumerKey(id);
  const person = shopper(number);
  const plain = plainUnits(person);
  const units = org.withConsumer(id, key, (box) => UNITS.map((unit) => box.seal(unit, plain[unit])));
  const email = org.blindIndex("email", person.buyer.email)[0]?.value ?? randomBytes(16);
  const document = org.blindIndex("document", person.buyer.document)[0]?.value ?? randomBytes(16);
  return { number, id, key, units, email, document };
}

async function insertConsumers(client: pg.Client, orgId: OrgId, made: readonly Sealed[]): Promise<void> {
  const ids = made.map(({ id }) => id);
  await client.query(
    `insert into consumer (org_id, id, environment, external_id, shopper_reference, key_version_last)
     select $1, c.id, $2, c.external_id, 'ref-' || c.external_id, 1
     from unnest($3::uuid[], $4::text[]) as c (id, external_id)`,
    [orgId, ENVIRONMENT, ids, made.map(({ number }) => externalIdOf(number))],
  );
  await client.query(
    `insert into consumer_key (org_id, consumer_id, version, kek_version, wrapped)
     select $1, k.id, 1, k.kek_version, k.wrapped from unnest($2::uuid[], $3::int[], $4::bytea[]) as k (id, kek_version, wrapped)`,
    [orgId, ids, made.map(({ key }) => key.kekVersion), made.map(({ key }) => key.wrapped)],
  );
  await client.query(
    `insert into profile (org_id, consumer_id, revision, ${UNITS.join(", ")})
     select $1, p.id, 1, ${UNITS.map((unit) => `p.${unit}`).join(", ")}
     from unnest($2::uuid[], ${UNITS.map((_, index) => `$${index + 3}::bytea[]`).join(", ")}) as p (id, ${UNITS.join(", ")})`,
    [orgId, ids, ...UNITS.map((_, index) => made.map(({ units }) => units[index]))],
  );
  for (const field of ["email", "document"] as const) {
    await client.query(
      `insert into consumer_index (org_id, field, bidx, key_version, consumer_id)
       select $1, $2, x.bidx, 1, x.id from unnest($3::uuid[], $4::bytea[]) as x (id, bidx)`,
      [orgId, field, ids, made.map((one) => one[field])],
    );
  }
}

async function insertConnections(
  client: pg.Client,
  orgId: OrgId,
  made: readonly Sealed[],
  stores: readonly string[],
): Promise<void> {
  const rows = made.flatMap(({ id, number }) =>
    Array.from({ length: CONNECTIONS }, (_, nth) => ({
      id: newId("con"),
      consumer: id,
      store: stores[(number + nth) % stores.length],
    })),
  );
  await client.query(
    `insert into connection (org_id, id, environment, consumer_id, store_id, via, status, last_used_at)
     select $1, n.id, $2, n.consumer, n.store, 'PROFILE', 'ACTIVE', now()
     from unnest($3::uuid[], $4::uuid[], $5::uuid[]) as n (id, consumer, store)`,
    [orgId, ENVIRONMENT, rows.map(({ id }) => id), rows.map((row) => row.consumer), rows.map((row) => row.store)],
  );
}
