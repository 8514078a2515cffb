/** The same questions to each server: their answers must be equal byte for byte, and what they save must open alike. */
import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import { asId, fromWire } from "#dist/kernel/ids.js";
import type { Vault } from "#dist/vault/index.js";
import { type Ask, askFor, formOf, type OperationName } from "./operations.js";
import type { Server } from "./processes.js";
import type { Filled } from "./world.js";

export interface Equality {
  readonly operation: OperationName;
  readonly compared: number;
  /** What differs, in words that hold no value. */
  readonly differences: readonly string[];
}

async function answerOf(server: Server, operation: OperationName, ask: Ask): Promise<string> {
  const { path, body } = formOf(operation, server.dialect, ask);
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      authorization: `Bearer ${ask.key}`,
    },
    body,
  });
  // Apollo ends its answers with a line feed.
  return (await response.text()).trimEnd();
}

/** The consumer's sealed row, opened: what was saved. */
async function openSaved(client: pg.Client, vault: Vault, ask: Ask, wireId: string): Promise<unknown> {
  const id = fromWire("csm", wireId);
  if (id === null) return null;
  const { rows } = await client.query(
    `select p.name, p.email, p.document, p.phone, p.address, p.revision, k.version, k.kek_version as "kekVersion",
       k.wrapped, (select json_agg(json_build_array(x.field, encode(x.bidx, 'hex'), x.key_version) order by x.field)
         from consumer_index x where x.org_id = $1 and x.consumer_id = $2) as index
     from profile p join consumer_key k using (org_id, consumer_id) where p.org_id = $1 and p.consumer_id = $2`,
    [ask.org.orgId, id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const org = await vault.org(ask.org.orgId);
  return org.withConsumer(asId("csm", id), row, (box) => ({
    buyer: {
      ...JSON.parse(box.openText("name", row.name)),
      email: box.openText("email", row.email),
      ...JSON.parse(box.openText("document", row.document)),
      phone: box.openText("phone", row.phone),
    },
    address: JSON.parse(box.openText("address", row.address)),
    index: row.index,
    revision: row.revision,
  }));
}

type Opened = {
  readonly buyer: unknown;
  readonly address: unknown;
  readonly index: unknown;
  readonly revision: number;
};

export async function compareAnswers(options: {
  readonly servers: readonly Server[];
  readonly on: Filled;
  readonly vault: Vault;
  readonly operation: OperationName;
  readonly count: number;
}): Promise<Equality> {
  const { servers, on, vault, operation, count } = options;
  const next = askFor(operation, on.orgs, 4_711);
  const differences: string[] = [];
  const client = new pg.Client({ connectionString: on.adminUrl });
  await client.connect();
  try {
    for (let index = 0; index < count; index++) {
      const ask = next();
      const [first = "", ...others] = await inTurn(servers, async (server) => {
        const text = await answerOf(server, operation, ask);
        const why = await judge(client, vault, ask, text);
        if (why !== null) differences.push(`${operation} ${index}: ${server.name} ${why}`);
        return text;
      });
      others.forEach((text, at) => {
        if (text !== first) differences.push(`${operation} ${index}: ${servers[at + 1]?.name} answers otherwise`);
      });
    }
  } finally {
    await client.end();
  }
  return { operation, compared: count, differences };
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Null when the answer is data, and for a save when the row holds what was sent and is found by it. */
async function judge(client: pg.Client, vault: Vault, ask: Ask, text: string): Promise<string | null> {
  if (!text.startsWith('{"data":{') || text.includes('"errors":[')) return "answers with an error";
  if (ask.saved === null) return text.includes("•••") ? null : "answers without masks";
  const { data } = JSON.parse(text) as { data: { saveProfile: { consumer: { id: string } | null } } };
  const opened = (await openSaved(client, vault, ask, data.saveProfile.consumer?.id ?? "")) as Opened | null;
  if (opened === null) return "saved nothing";
  const org = await vault.org(ask.org.orgId);
  const index = (["document", "email"] as const).flatMap((field) =>
    org
      .blindIndex(field, ask.saved?.buyer[field] ?? "")
      .map(({ value, version }) => [field, value.toString("hex"), version]),
  );
  const isSame =
    isDeepStrictEqual(opened.buyer, ask.saved.buyer) &&
    isDeepStrictEqual(opened.address, ask.saved.address) &&
    isDeepStrictEqual(opened.index, index);
  return isSame ? null : "saved something else";
}
