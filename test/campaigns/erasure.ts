/** Writes, erasures and rotations at the same time, over two gateways: whoever was forgotten does not come back. */
import { setTimeout as wait } from "node:timers/promises";
import type { Caller, Identity } from "../../src/identity/index.js";
import { isError } from "../../src/kernel/fault.js";
import { Refusal, Refusals } from "../../src/kernel/refusal.js";
import { openTestHouse, type TestHouse } from "../identity/house.js";
import { ANA } from "../support/story.js";
import { seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport, Control } from "./campaign.js";

interface Ground {
  readonly house: TestHouse;
  readonly gateways: readonly Identity[];
  readonly caller: Caller;
  readonly random: () => number;
  readonly failures: string[];
  readonly tally: { erased: number; written: number; refused: number; rotations: number };
  isOver: boolean;
}

/** As many as keep the database busy: each waits for its own round trips most of the time. */
const SIDE_BY_SIDE = 16;
/** Long enough for both gateways to hear of a rotation, and no longer: what is under way at that moment is the point. */
const SETTLE_MS = 400;

function fractions(seed: number): () => number {
  const { below } = seeded(seed);
  return () => below(2 ** 30) / 2 ** 30;
}

const pick = <T>({ random }: Ground, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** Each with a document of their own: nobody is taken for somebody who was forgotten. */
function profileOf(externalId: string) {
  const digits = Number(/\d+$/.exec(externalId)?.[0] ?? 0);
  return { ...ANA, buyer: { ...ANA.buyer, document: String(20_000_000_000 + digits) } };
}

/** One thing that an org does to a consumer; whether it was done. */
type Write = (ground: Ground, gateway: Identity, externalId: string) => Promise<unknown>;

const WRITES: readonly Write[] = [
  ({ caller }, gateway, externalId) => gateway.saveProfile(caller, { externalId, profile: profileOf(externalId) }),
  ({ caller, random }, gateway, externalId) =>
    gateway.saveProfile(caller, {
      consumer: { externalId },
      profile: { buyer: { email: `${externalId}@v${Math.floor(random() * 100)}.example` } },
    }),
  ({ caller }, gateway, externalId) => gateway.deleteProfile(caller, { consumer: { externalId } }),
  ({ caller }, gateway, externalId) =>
    gateway.startConnection(caller, { consumer: { externalId }, store: { slug: "corner" } }),
  ({ caller, random }, gateway, externalId) =>
    gateway.reportOrder(caller, { consumer: { externalId }, orderReference: `order-${Math.floor(random() * 1e9)}` }),
  ({ caller }, gateway, externalId) =>
    gateway.updateConsumer(caller, { consumer: { externalId }, shopperReference: `ref-${externalId}` }),
];

async function write(ground: Ground, externalId: string): Promise<void> {
  await wait(ground.random() * 30);
  try {
    await pick(ground, WRITES)(ground, pick(ground, ground.gateways), externalId);
    ground.tally.written += 1;
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Refusals)) throw error;
    ground.tally.refused += 1;
  }
}

/** Asked, and gone on with by both gateways until it has ended. */
async function erase(ground: Ground, externalId: string): Promise<void> {
  const { caller, house } = ground;
  await wait(ground.random() * 20);
  const { request } = await pick(ground, ground.gateways).requestAnonymization(caller, {
    consumer: { externalId },
    stores: [],
  });
  for (let turns = 0; turns < 400; turns += 1) {
    await Promise.all(ground.gateways.map((gateway) => gateway.tendAnonymization(caller.scope, request.id)));
    const { rows } = await house.admin.query<{ state: string; isOver: boolean }>(
      'select state, ended_at is not null as "isOver" from anonymization where id = $1',
      [uuidOf(request.id)],
    );
    if (rows[0]?.state === "COMPLETED") return;
    if (rows[0]?.isOver) throw new Error(`it ended as ${rows[0].state}`);
    await wait(25);
    await house.admin.query(
      "update anonymization set due_at = now() where id = $1 and lease_until is null and ended_at is null",
      [uuidOf(request.id)],
    );
  }
  throw new Error("an erasure does not end");
}

const uuidOf = (wire: string): string => wire.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

async function interleave(ground: Ground, nth: number): Promise<void> {
  const externalId = `shopper-${nth}`;
  try {
    await ground.house.identity.saveProfile(ground.caller, { externalId, profile: profileOf(externalId) });
    const writers = Array.from({ length: 2 + Math.floor(ground.random() * 4) }, () => write(ground, externalId));
    await Promise.all([erase(ground, externalId), ...writers]);
    // What was read before, and is written only now.
    await write(ground, externalId);
    ground.tally.erased += 1;
  } catch (error) {
    ground.failures.push(`${externalId}: ${isError(error) ? `${error.name}: ${error.message}` : "?"}`);
  }
}

async function rotate(ground: Ground): Promise<void> {
  while (!ground.isOver) {
    await ground.house.identity.rotateKeys({ settleMs: SETTLE_MS, org: ground.caller.scope.orgId });
    ground.tally.rotations += 1;
  }
}

/** Everything by which somebody would be back. */
const BACK = `select c.external_id as name, c.status,
    (select count(*)::int from consumer_key k where k.consumer_id = c.id) as keys,
    (select count(*)::int from profile p where p.consumer_id = c.id) as profiles,
    (select count(*)::int from consumer_index x where x.consumer_id = c.id) as indexes,
    (select count(*)::int from connection n where n.consumer_id = c.id) as connections,
    (select count(*)::int from order_report o where o.consumer_id = c.id) as orders,
    (select count(*)::int from consumer d where d.org_id = c.org_id and d.external_id = c.external_id) as twins
  from consumer c where c.org_id = $1`;

async function resurrected({ house, caller }: Ground): Promise<readonly string[]> {
  const { rows } = await house.admin.query<Record<string, string | number>>(BACK, [caller.scope.orgId]);
  return rows.flatMap(({ name, status, twins, ...left }) =>
    status === "ANONYMIZED" && twins === 1 && Object.values(left).every((count) => count === 0)
      ? []
      : [`${name}: ${status}, ${JSON.stringify(left)}`],
  );
}

/** Of everybody who was forgotten: how many have a key or a profile all the same. */
async function withKeys({ house, caller }: Ground): Promise<number> {
  const { rows } = await house.admin.query<{ keys: number; profiles: number }>(BACK, [caller.scope.orgId]);
  return rows.filter(({ keys, profiles }) => keys + profiles > 0).length;
}

const BROKEN_FENCE = 12;

/** The same races in an org whose consumers stay open, whatever they are told: the fence that every writer looks at. */
async function withoutFence(ground: Ground): Promise<Control> {
  const { house } = ground;
  const broken = await openGround(house, ground.gateways, ground.random);
  await house.admin.query(`create function keep_open() returns trigger language plpgsql as $$
      begin new.status := old.status; return new; end $$;
    create trigger stays_open before update of status on consumer for each row
      when (new.org_id = '${broken.caller.scope.orgId}' and new.status in ('FROZEN', 'ANONYMIZED')) execute function keep_open()`);
  try {
    for (let nth = 1; nth <= BROKEN_FENCE; nth += 1) await interleave(broken, nth);
  } finally {
    await house.admin.query("drop trigger stays_open on consumer; drop function keep_open()");
  }
  return { broken: "a fence that stays open", found: await withKeys(broken) };
}

/** A rotation that puts back what it has read, whether or not it is still there. */
async function upsertingRotation(ground: Ground): Promise<Control> {
  const { house, caller } = ground;
  await house.identity.saveProfile(caller, { externalId: "control", profile: profileOf("control") });
  const kept = await house.admin.query<{ org_id: string; consumer_id: string; wrapped: Buffer }>(
    "select k.* from consumer_key k join consumer c on c.id = k.consumer_id where c.external_id = 'control' and c.org_id = $1",
    [caller.scope.orgId],
  );
  await erase(ground, "control");
  const isGone = (await resurrected(ground)).length;
  for (const { org_id, consumer_id, wrapped } of kept.rows) {
    await house.admin.query(
      `insert into consumer_key (org_id, consumer_id, version, kek_version, wrapped) values ($1, $2, 1, 1, $3)
       on conflict (org_id, consumer_id) do update set wrapped = excluded.wrapped`,
      [org_id, consumer_id, wrapped],
    );
  }
  const found = (await resurrected(ground)).length - isGone;
  await house.admin.query("delete from consumer_key where org_id = $1", [caller.scope.orgId]);
  return { broken: "a rotation that upserts", found };
}

/** An org with a Store, whose shoppers are written about and forgotten through these gateways. */
async function openGround(house: TestHouse, gateways: readonly Identity[], random: () => number): Promise<Ground> {
  const caller = await house.org();
  await house.identity.registerStore(caller, {
    ...{ adapter: "pretend", slug: "corner", title: "Corner shop", settings: { shop: "ana" } },
    credentials: { key: "key-of-ana", hookKey: "hooks-of-ana" },
  });
  const tally = { erased: 0, written: 0, refused: 0, rotations: 0 };
  return { house, gateways, caller, random, failures: [], tally, isOver: false };
}

async function run({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const house = await openTestHouse();
  try {
    const other = await house.neighbour();
    const ground = await openGround(house, [house.identity, other.identity], fractions(seed));
    const rotating = rotate(ground);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < size) {
        next += 1;
        await interleave(ground, next);
        if (ground.tally.erased % 500 === 0) say(`${ground.tally.erased} erased, ${ground.tally.rotations} rotations`);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    ground.isOver = true;
    await rotating;
    const back = await resurrected(ground);
    const { tally, failures } = ground;
    return {
      figures: {
        interleavings: size,
        "erased to the end": tally.erased,
        resurrected: back.length,
        "writes done": tally.written,
        "writes refused": tally.refused,
        "rotations meanwhile": tally.rotations,
      },
      failures: [...failures, ...back],
      controls: [await upsertingRotation(ground), await withoutFence(ground)],
    };
  } finally {
    await house.close();
  }
}

export const erasure: Campaign = {
  name: "erasure",
  title: "writes, erasures and key rotations at the same time: nobody who was forgotten comes back",
  size: 10_000,
  run,
};
