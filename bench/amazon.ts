/**
 * What Amazon's endpoints cost beside a plain handler that makes the same lookup: `npm run bench -- amazon`. Every request is a
 * new one, so that nothing is answered from what was asked before.
 */
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { newId, type OrgId, type StoreId, toWire } from "#dist/kernel/ids.js";
import { type Load, runLoad } from "./load.js";
import { cpuOfTree, type Server, startServer } from "./processes.js";
import { type Filled, openWorld, startGateway, type World } from "./world.js";

const CONNECTIONS = 32;
const HMAC = { id: "bench", secret: randomBytes(24).toString("hex") };
const OPERATIONS = ["VerifyIdentityKeys", "GetShopper"] as const;
type Operation = (typeof OPERATIONS)[number];
const PATHS: Readonly<Record<Operation, string>> = {
  VerifyIdentityKeys: "/v1/identity/identity-keys",
  GetShopper: "/v1/identity/shopper",
};

interface Gate {
  readonly orgId: OrgId;
  readonly storeId: StoreId;
  readonly shoppers: number;
}

const codeOf = (shopper: number): string => `card${String(shopper).padStart(12, "0")}`;
const say = (text: string) => void process.stderr.write(`  ${text}\n`);

/** A Store and its shoppers, written past the gateway: to connect each of them would be another benchmark. */
async function furnish(world: World, { adminUrl, orgs }: Filled, shoppers: number): Promise<Gate> {
  const orgId = orgs[0]?.orgId as OrgId;
  const storeId = newId("sto");
  const org = await world.vault.createOrg(orgId);
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query("set session_replication_role = replica");
  const settings = {
    ...{ prefix: "GWID", stores: [{ id: "STORE-001", keyTypes: ["QR_CODE"], strictPayload: false }] },
    ...{ inbound: { kind: "hmac" }, maxAgeSeconds: 90, futureSkewSeconds: 30, oneTimeCodes: true },
    ...{ getShopperSuccessStatus: 200, locations: ["ENTRY"], channels: ["OPTICAL"] },
    rate: { perMinute: 60_000_000, burst: 1_000_000 },
  };
  const credentials = org.sealSecret(`store.credentials/${storeId}`, JSON.stringify({ hmacKeys: [HMAC] }));
  await client.query(
    `insert into store (org_id, id, environment, slug, adapter, title, settings, credentials)
     values ($1, $2, 'live', 'amazon', 'amazon-connector', 'Amazon', $3, $4)`,
    [orgId, storeId, settings, credentials],
  );
  for (let from = 0; from < shoppers; from += 5_000) {
    const rows = Array.from({ length: Math.min(5_000, shoppers - from) }, (_, offset) => ({
      consumer: newId("csm"),
      connection: newId("con"),
      recognition: randomUUID(),
      digest: org.fingerprint(`recognition ${storeId} code ${codeOf(from + offset)}`),
    }));
    await client.query(
      `with w as (select * from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bytea[]) as w (consumer, connection, recognition, digest)),
         c as (insert into consumer (org_id, id, environment, external_id, shopper_reference)
           select $1, consumer, 'live', consumer, consumer from w),
         n as (insert into connection (org_id, id, environment, consumer_id, store_id, via, status)
           select $1, connection, 'live', consumer, $2, 'LOGIN', 'ACTIVE' from w),
         r as (insert into recognition (org_id, environment, store_id, id, consumer_id, connection_id, standing)
           select $1, 'live', $2, recognition, consumer, connection, 'SHOPPER' from w)
       insert into recognition_key (org_id, environment, store_id, digest, recognition_id, space, once)
         select $1, 'live', $2, digest, recognition, 'code', false from w`,
      [
        ...[orgId, storeId, rows.map(({ consumer }) => consumer), rows.map(({ connection }) => connection)],
        ...[rows.map(({ recognition }) => recognition), rows.map(({ digest }) => digest)],
      ],
    );
  }
  await client.query("vacuum analyze");
  await client.query("checkpoint");
  await client.end();
  return { orgId, storeId, shoppers };
}

const EVENT = { id: randomUUID(), timestamp: "2024-02-09T17:53:57Z", location: "ENTRY" };
function bodyOf(operation: Operation, shopper: number): string {
  const key = Buffer.from(codeOf(shopper)).toString("base64");
  const asked = { requestId: randomUUID(), storeId: "STORE-001" };
  return JSON.stringify(
    operation === "VerifyIdentityKeys"
      ? { ...asked, identityKey: key, authEvent: EVENT, keyChannel: "OPTICAL" }
      : { ...asked, shopperKey: key, shopperKeyType: "QR_CODE", timestamp: EVENT.timestamp },
  );
}

function requestOf(port: number, { storeId, shoppers }: Gate, operation: Operation, shopper?: number) {
  const body = bodyOf(operation, shopper ?? Math.floor(Math.random() * shoppers));
  const path = `/stores/${toWire("sto", storeId)}${PATHS[operation]}`;
  const seconds = String(Math.floor(Date.now() / 1_000));
  const mac = createHmac("sha256", HMAC.secret).update(`${seconds}\nPOST\n${path}\n${body}`).digest("hex");
  const signature = `t=${seconds},k=${HMAC.id},v1=${mac}`;
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nx-shopkey-signature: ${signature}\r\n`;
  return { path, signature, body, bytes: Buffer.from(`${head}content-length: ${body.length}\r\n\r\n${body}`) };
}

interface Cell extends Load {
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number;
}
async function measure(world: World, server: Server, gate: Gate, operation: Operation, seconds: number): Promise<Cell> {
  // More than are sent, so that none is sent twice.
  const each = Math.ceil((seconds * 20_000) / CONNECTIONS);
  const requests = Array.from({ length: CONNECTIONS }, () =>
    Array.from({ length: each }, () => requestOf(server.port, gate, operation).bytes),
  );
  const before = cpuOfTree(world.cluster.pid);
  await server.begin();
  const load = await runLoad({ port: server.port, seconds, requests });
  const used = await server.read();
  const perAnswer = 1_000 / Math.max(1, load.answers);
  const postgresCpuMs = (cpuOfTree(world.cluster.pid) - before) * perAnswer;
  return { ...load, nodeCpuMs: used.cpuSeconds * perAnswer, postgresCpuMs };
}

/** The same shoppers at both: the answers must be the same ones. */
async function compare(servers: readonly Server[], gate: Gate, count: number): Promise<number> {
  let differences = 0;
  for (let nth = 0; nth < count; nth++) {
    const operation = OPERATIONS[nth % 2] as Operation;
    const shopper = Math.floor(Math.random() * gate.shoppers);
    const texts = await Promise.all(
      servers.map(async ({ port }) => {
        const { path, signature, body } = requestOf(port, gate, operation, shopper);
        const headers = { "content-type": "application/json", "x-shopkey-signature": signature };
        const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body });
        return `${reply.status} ${await reply.text()}`;
      }),
    );
    if (new Set(texts).size > 1 || !texts[0]?.startsWith("200")) differences += 1;
  }
  return differences;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export async function benchAmazon(given: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...given],
    options: {
      shoppers: { type: "string", default: "100000" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
    },
  });
  const [shoppers, rounds, seconds] = [Number(values.shoppers), Number(values.rounds), Number(values.seconds)];
  const world = await openWorld();
  const servers: Server[] = [];
  try {
    const filled = await world.fill("amazon", { orgs: 1, consumers: 0 });
    const gate = await furnish(world, filled, shoppers);
    say(`${shoppers} shoppers are known`);
    const plain = await startServer({
      ...{ name: "plain", script: join(import.meta.dirname, "servers", "plain-gate.js"), dialect: "bare" },
      ...{ arguments: [gate.orgId, gate.storeId], env: filled.bareEnv, logPath: join(world.dir, "plain.log") },
    });
    servers.push(plain);
    const gateway = await startGateway(world, filled);
    servers.push(gateway);
    const differences = await compare(servers, gate, 200);
    const cells = await race(world, { gateway, plain }, gate, rounds, seconds);
    const path = join("bench", "results", `amazon-${new Date().toISOString().replaceAll(":", "-")}.json`);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, `${JSON.stringify({ shoppers, rounds, seconds, differences, cells }, null, 1)}\n`);
    process.stdout.write(report(cells, { shoppers, seconds, differences }));
    return differences === 0 ? 0 : 1;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await world.close();
  }
}

type Cells = Readonly<Record<Operation, Readonly<Record<"gateway" | "plain", readonly Cell[]>>>>;

/** Rounds turn about, so that neither is always the one after the other. */
async function race(
  world: World,
  servers: Readonly<Record<"gateway" | "plain", Server>>,
  gate: Gate,
  rounds: number,
  seconds: number,
): Promise<Cells> {
  const cells = Object.fromEntries(OPERATIONS.map((name) => [name, { gateway: [], plain: [] }])) as unknown as Record<
    Operation,
    Record<"gateway" | "plain", Cell[]>
  >;
  for (const operation of OPERATIONS) {
    for (const server of Object.values(servers)) await measure(world, server, gate, operation, Math.min(2, seconds));
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (["gateway", "plain"] as const) : (["plain", "gateway"] as const);
      for (const name of order) {
        const cell = await measure(world, servers[name], gate, operation, seconds);
        cells[operation][name].push(cell);
        say(`${operation} ${name} ${round + 1}/${rounds}: ${cell.perSecond.toFixed(0)} req/s`);
      }
    }
  }
  return cells;
}

function report(cells: Cells, run: { shoppers: number; seconds: number; differences: number }): string {
  const lines = OPERATIONS.flatMap((operation) => {
    const { gateway, plain } = cells[operation];
    const ratios = gateway.map((cell, round) => cell.perSecond / (plain[round]?.perSecond ?? Number.NaN));
    const row = (name: string, of: readonly Cell[]) => {
      const figure = (key: keyof Cell, digits: number) => median(of.map((cell) => cell[key])).toFixed(digits);
      return `  ${operation.padEnd(20)}${name.padEnd(9)}${figure("perSecond", 0).padStart(7)} req/s  p50 ${figure("p50Ms", 1)} ms  p99 ${figure("p99Ms", 1)} ms  node ${figure("nodeCpuMs", 3)} ms  postgres ${figure("postgresCpuMs", 3)} ms  failures ${of.reduce((sum, { failures }) => sum + failures, 0)}`;
    };
    const ratio = median(ratios);
    return [
      ...[row("gateway", gateway), row("plain", plain)],
      `  ${operation.padEnd(20)}ratio ${ratio.toFixed(2)} [${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}], wanted ≥ 0.6: ${ratio >= 0.6 ? "reached" : "NOT reached"}`,
    ];
  });
  const head = `${run.shoppers} shoppers, ${CONNECTIONS} connections, ${run.seconds} s a cell; ${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}; answers compared: ${run.differences === 0 ? "200 equal" : `${run.differences} DIFFERENT`}`;
  return `\n${head}\n${lines.join("\n")}\n`;
}
