/**
 * The limit: what a careful engineer would write when nothing but these three requests were ever asked. Node's own HTTP
 * server, prepared statements, the gateway's vault and masks; the same merge, refusal to overwrite what somebody else has saved,
 * and line in the ledger. No GraphQL, no row-level security, no access log, no metrics.
 */
import { hash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import pg from "pg";
import { type ConnectionId, newId, toWire } from "#dist/kernel/ids.js";
import type { OrgVault } from "#dist/vault/index.js";
import { CALLER, type CallerRow, type Card, KEPT, KEPT_WHOLE, type Kept, ONE, PAGE, SAVE, types } from "./limit-sql.js";
import {
  type Given,
  type GivenProfile,
  maskProfile,
  mergeProfile,
  NOTHING,
  openProfile,
  type PlainProfile,
  readGiven,
  sealGiven,
  Unacceptable,
} from "./profile.js";
import { databaseUrl, openSharedVault, POOL_SIZE, port } from "./settings.js";

const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
const vault = await openSharedVault();

const ask = async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> =>
  (await pool.query<Row>({ name, text, values, types })).rows;

const REMEMBERED_MS = 10_000;
const callers = new Map<string, { readonly caller: CallerRow; readonly until: number }>();

async function authenticate(request: IncomingMessage): Promise<CallerRow | null> {
  const header = request.headers.authorization;
  if (header === undefined || !header.startsWith("Bearer ")) return null;
  const digest = hash("sha256", header.slice(7), "hex");
  const known = callers.get(digest);
  if (known !== undefined && known.until > Date.now()) return known.caller;
  const [caller] = await ask<CallerRow>("caller", CALLER, [Buffer.from(digest, "hex")]);
  if (caller === undefined) return null;
  callers.set(digest, { caller, until: Date.now() + REMEMBERED_MS });
  return caller;
}

const vaultOf = ({ org_id }: CallerRow): OrgVault | Promise<OrgVault> => vault.cachedOrg(org_id) ?? vault.org(org_id);

type ConnectionWire = readonly [id: ConnectionId, status: string, slug: string, title: string];

const viewConnections = (json: string | null) =>
  json === null
    ? []
    : (JSON.parse(json) as ConnectionWire[]).map(([id, status, slug, title]) => ({
        id: toWire("con", id),
        status,
        store: { slug, title },
      }));

const keyOf = ({ version, kek_version: kekVersion, wrapped }: Pick<Card, "version" | "kek_version" | "wrapped">) => ({
  version,
  kekVersion,
  wrapped,
});

const viewCard = (org: OrgVault, card: Card) => ({
  id: toWire("csm", card.id),
  externalId: card.external_id,
  status: card.status,
  createdAt: new Date(Number(card.created_at)).toISOString(),
  profile: org.withConsumer(card.id, keyOf(card), (box) => maskProfile(openProfile(box, card))),
  connections: viewConnections(card.connections),
});

interface OneAsked {
  readonly externalId: string;
}
async function answerOne(caller: CallerRow, { externalId }: OneAsked) {
  const [card] = await ask<Card>("one", ONE, [caller.org_id, caller.environment, externalId]);
  if (card === undefined) return { consumer: null };
  return { consumer: viewCard(await vaultOf(caller), card) };
}

interface PageAsked {
  readonly first: number;
  readonly after: string | null;
}
async function answerPage(caller: CallerRow, { first, after }: PageAsked) {
  const from = after ?? "ffffffff-ffff-ffff-ffff-ffffffffffff";
  const cards = await ask<Card>("page", PAGE, [caller.org_id, caller.environment, from, first + 1]);
  const org = await vaultOf(caller);
  const nodes = cards.slice(0, first).map((card) => viewCard(org, card));
  return {
    consumers: { nodes, pageInfo: { hasNextPage: cards.length > first, endCursor: nodes.at(-1)?.id ?? null } },
  };
}

interface Saved {
  readonly externalId: string;
  readonly profile: GivenProfile;
}
const ATTEMPTS = 12;

async function answerSave(caller: CallerRow, { externalId, profile }: Saved) {
  const given = readGiven(profile);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const who = [caller.org_id, caller.environment, externalId];
    const [row] = await (given.whole ? ask<Kept>("kept", KEPT, who) : ask<Kept>("kept_whole", KEPT_WHOLE, who));
    if (row === undefined) throw new Unacceptable();
    const merged = await trySave(caller, row, given);
    if (merged === null) continue;
    return {
      saveProfile: {
        created: false,
        consumer: { id: toWire("csm", row.id), externalId: row.external_id, status: row.status },
        profile: maskProfile(merged),
        userErrors: [],
      },
    };
  }
  throw new Error("others save the same profile all the time");
}

/** Null: somebody else has changed the profile since it was read. */
async function trySave(caller: CallerRow, row: Kept, given: Given): Promise<PlainProfile | null> {
  const org = await vaultOf(caller);
  const { merged, sealed } = org.withConsumer(row.id, keyOf(row), (box) => {
    const merged = mergeProfile(given.whole ? NOTHING : openProfile(box, row), given);
    return { merged, sealed: sealGiven(box, merged, given) };
  });
  const index = [
    ...(given.email === null ? [] : indexOf(org, "email", given.email)),
    ...(given.document === null ? [] : indexOf(org, "document", given.document.document ?? "")),
  ];
  const rows = await ask("save", SAVE, [
    ...[caller.org_id, caller.environment, row.id, row.revision],
    ...[sealed.name, sealed.email, sealed.document, sealed.phone, sealed.address],
    ...[index.map(({ field }) => field), index.map(({ value }) => value), index.map(({ version }) => version)],
    ...[newId("evt"), caller.id, randomUUID(), { fields: given.fields }],
  ]);
  return rows.length === 1 ? merged : null;
}

const indexOf = (org: OrgVault, field: "email" | "document", value: string) =>
  org.blindIndex(field, value).map((entry) => ({ field, ...entry }));

function answer(path: string | undefined, caller: CallerRow, asked: unknown): Promise<object> {
  switch (path) {
    case "/Q1":
      return answerOne(caller, asked as OneAsked);
    case "/Q2":
      return answerPage(caller, asked as PageAsked);
    case "/M1":
      return answerSave(caller, asked as Saved);
    default:
      throw new Unacceptable();
  }
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

async function handle(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  try {
    const caller = await authenticate(request);
    if (caller === null) return reply(response, 401, "{}");
    reply(response, 200, JSON.stringify({ data: await answer(request.url, caller, JSON.parse(body)) }));
  } catch (error) {
    const isTheirs = error instanceof Unacceptable || error instanceof SyntaxError;
    if (!isTheirs) console.error(error);
    reply(response, isTheirs ? 400 : 500, "{}");
  }
}

const MAX_BODY = 100 * 1024;

createServer((request, response) => {
  if (request.method === "GET") return reply(response, 200, "{}");
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const [only = Buffer.alloc(0)] = chunks;
    void handle(request, response, (chunks.length === 1 ? only : Buffer.concat(chunks)).toString());
  });
}).listen(port, "127.0.0.1");

process.on("SIGTERM", () => process.exit(0));
