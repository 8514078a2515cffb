/** Gateways that were broken on purpose, which the probes must notice; and one whose second wall is down, which must hold. */
import type { GraphQLSchema } from "graphql";
import { asId, fromWire } from "../../src/kernel/ids.js";
import { ask as askSql } from "../support/database-sql.js";
import type { TestGateway } from "../support/gateway.js";
import type { Seeded } from "../vault/seeded.js";
import type { Control } from "./campaign.js";
import type { KeptRows } from "./kept-rows.js";
import { type BrokenGateway, openBroken } from "./leaky-gateway.js";
import { probeCases, shuffled } from "./probe-cases.js";
import { newTally, runPass, type Tally } from "./probe-pass.js";
import type { World } from "./worlds.js";

/** The first of them name the shopper, both ways, and the key. */
const CONTROL_CASES = 150;

const PROTECTED =
  "select format('%I', relname) as name from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace";

/** The predicates of the statements are a wall of their own: they hold when row-level security does not. Each case is two probes. */
export async function probeWithoutWall(
  gateway: TestGateway,
  schema: GraphQLSchema,
  worlds: readonly World[],
  rows: KeptRows,
  random: Seeded,
  count: number,
): Promise<Tally> {
  const tally = newTally();
  const [own] = worlds;
  if (own === undefined) return tally;
  const others = worlds.slice(1);
  const cases = shuffled(probeCases(schema, own, others, random), random).filter(({ ask }) => ask.kind === "pair");
  const tables = await askSql<{ name: string }>(gateway.adminUrl, PROTECTED);
  const turn = (word: "enable" | "disable") =>
    askSql(gateway.adminUrl, tables.map(({ name }) => `alter table ${name} ${word} row level security`).join(";"));
  await turn("disable");
  try {
    await runPass({ url: gateway.url, own, others, rows, tally }, cases.slice(0, count));
  } finally {
    await turn("enable");
  }
  return tally;
}

/** The same probes at doors that were broken on purpose. */
export async function runControls(
  gateway: TestGateway,
  schema: GraphQLSchema,
  worlds: readonly World[],
  rows: KeptRows,
  random: Seeded,
): Promise<readonly Control[]> {
  const [own] = worlds;
  if (own === undefined) return [];
  const others = worlds.slice(1);
  const caught = async (broken: string, fields: readonly string[], door: BrokenGateway): Promise<Control> => {
    const tally = newTally();
    try {
      const cases = probeCases(schema, own, others, random)
        .filter(({ field, ask }) => fields.includes(field.name) && ask.kind === "pair")
        .slice(0, CONTROL_CASES);
      await runPass({ url: door.url, own, others, rows, tally }, cases);
    } finally {
      await door.close();
      for (const world of worlds) await rows.putBack(world);
    }
    return { broken, found: tally.failures.length };
  };
  return [
    await caught("a consumer's row read without its org", ["consumer", "profile"], await openLeakyRead(gateway)),
    await caught("a name that is taken in any org refused", ["createConsumer"], await openNameOracle(gateway, own)),
    await caught("a key revoked without its org", ["revokeApiKey"], await openForeignWrite(gateway, others)),
  ];
}

/** The data room forgets whose consumer it is asked for. */
const openLeakyRead = (gateway: TestGateway) =>
  openBroken(gateway, {
    data: (data) => ({
      ...data,
      consumerCard: async (scope, ref, want) => {
        const [column, value] = "id" in ref ? ["id", ref.id] : ["external_id", ref.externalId];
        const found = await askSql<{ org_id: string; environment: "test" | "live" }>(
          gateway.adminUrl,
          `select org_id, environment from consumer where ${column} = $1`,
          [value],
        );
        const [row] = found;
        const whose = row === undefined ? scope : { orgId: asId("org", row.org_id), environment: row.environment };
        return data.consumerCard(whose, ref, want);
      },
    }),
  });

/** A unique constraint that forgot its org. */
const openNameOracle = (gateway: TestGateway, own: World) =>
  openBroken(gateway, {
    identity: (identity) => ({
      ...identity,
      createConsumer: async (caller, given, want) => {
        const found = await askSql(gateway.adminUrl, "select from consumer where external_id = $1 and org_id <> $2", [
          ...[given.externalId, own.org],
        ]);
        // What a unique violation of the database would be to the desk.
        if (found.length > 0) throw new Error("duplicate key");
        return identity.createConsumer(caller, given, want);
      },
    }),
  });

/** An update by id alone. */
const openForeignWrite = (gateway: TestGateway, others: readonly World[]) =>
  openBroken(gateway, {
    identity: (identity) => ({
      ...identity,
      revokeApiKey: async (caller, given) => {
        const id = fromWire("key", given.id);
        for (const { org } of id === null ? [] : others)
          await askSql(gateway.adminUrl, "update api_key set revoked_at = now() where id = $1 and org_id = $2", [
            ...[id, org],
          ]);
        return identity.revokeApiKey(caller, given);
      },
    }),
  });
