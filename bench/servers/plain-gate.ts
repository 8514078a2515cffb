/**
 * The plain handler beside the gateway's door: Node's own HTTP server, one prepared statement, the gateway's own digest of the
 * code. It believes everybody: no signature, no rate, no repetition that is answered as before, no row-level security.
 */
import { createServer, type ServerResponse } from "node:http";
import pg from "pg";
import { asId, type OrgId } from "#dist/kernel/ids.js";
import { databaseUrl, openSharedVault, POOL_SIZE, port } from "./settings.js";

const [orgId, storeId] = process.argv.slice(2) as [OrgId, string];
const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
const vault = await openSharedVault();
const org = await vault.org(asId("org", orgId));

const LOOK_UP = `select r.id, r.standing from recognition_key k
  join recognition r on r.org_id = k.org_id and r.store_id = k.store_id and r.id = k.recognition_id and r.is_open
  where k.org_id = $1 and k.store_id = $2 and k.digest = $3`;

interface Asked {
  readonly identityKey?: string;
  readonly shopperKey?: string;
}
async function answer(path: string | undefined, { identityKey, shopperKey }: Asked): Promise<[number, object]> {
  const code = Buffer.from(identityKey ?? shopperKey ?? "", "base64").toString("utf8");
  const digest = org.fingerprint(`recognition ${storeId} code ${code}`);
  const { rows } = await pool.query<{ id: string; standing: string }>({
    name: "look_up",
    text: LOOK_UP,
    values: [orgId, storeId, digest],
  });
  const [found] = rows;
  if (found === undefined) return [401, { errorMsg: "Unauthorized" }];
  const isGate = path?.endsWith("/identity-keys") === true;
  return [200, isGate ? { visitorDetails: { id: found.id, type: found.standing } } : { shopperId: found.id }];
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

createServer((request, response) => {
  if (request.method === "GET") return reply(response, 200, "{}");
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    answer(request.url, JSON.parse(Buffer.concat(chunks).toString("utf8")) as Asked).then(
      ([status, body]) => reply(response, status, JSON.stringify(body)),
      () => reply(response, 500, "{}"),
    );
  });
}).listen(port, "127.0.0.1");

process.on("SIGTERM", () => process.exit(0));
