/**
 * What a gateway keeps in its memory of somebody who was forgotten: of everything that it can still reach (parsed documents, keys,
 * tokens, what is known of Stores and callers, connections to the database and to stores), nothing. Bytes outside the engine's heap,
 * and what is free and not written over yet, are not looked at.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  type Ground,
  letPass,
  openGround,
  registerStores,
  requestIt,
  startForgetter,
  wishOf,
} from "../campaigns/anonymization-world.js";
import { ask } from "../campaigns/connect-world.js";
import type { MortalGateway } from "../campaigns/mortal-gateway.js";
import { eventually } from "../support/forgetting.js";
import { ANA, APPLY, SAVE_PROFILE } from "../support/story.js";
import { isIn } from "../support/traces.js";

const CONNECT = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { connection { status } userErrors { code } } }`;
const SHOW = `query Vermelhidao($id: String!) { consumer(externalId: $id) { status profile { buyer { firstName email document phone } address { street } } } }`;

const ZOE = {
  ...{ firstName: "Zafira", lastName: "Quimbundo", email: "zafira.q@forgotten-memory.example.com" },
  ...{ document: "84620195733", phone: "+5511962847715" },
};
const NOTHING = { jobs: 0, corner: 0 };
const VALUES = [...Object.values(ZOE), "Rua das Xananas Roxas"];

let home: string;
let ground: Ground;
let gateway: MortalGateway;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "shopkey-memory-"));
  ground = await openGround(home, false);
  gateway = await startForgetter(ground);
  await registerStores(gateway);
}, 90_000);
afterAll(async () => {
  await gateway?.stop();
  await ground?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 10 });
}, 60_000);

const show = async (id: string): Promise<string> => {
  const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
  const body = JSON.stringify({ query: SHOW, variables: { id } });
  return (await fetch(`${gateway.url}/graphql`, { method: "POST", headers, body })).text();
};

/** All that is done for a shopper, so that all that remembers anything has something to remember. */
async function live(externalId: string, buyer: object, street: string): Promise<void> {
  const profile = { buyer, address: { ...ANA.address, street } };
  const store = { slug: "caneca" };
  const consumer = { externalId };
  expect((await ask(gateway, SAVE_PROFILE, { externalId, profile }))?.userErrors).toEqual([]);
  expect((await ask(gateway, CONNECT, { consumer, store }))?.userErrors).toEqual([]);
  const cart = { items: [{ id: "CANECA-300" }] };
  expect((await ask(gateway, APPLY, { consumer, store, cart }))?.userErrors).toEqual([]);
  for (let times = 0; times < 5; times += 1) expect(await show(externalId)).toContain("•••");
}

async function memory(name: string): Promise<Buffer> {
  const path = join(home, `${name}.heapsnapshot`);
  await gateway.writeMemory(path);
  const bytes = await readFile(path);
  await rm(path);
  return bytes;
}

test("nothing that a gateway can still reach is of who was forgotten", async () => {
  await live("leaves", ZOE, "Rua das Xananas Roxas");
  const shopper = { externalId: "leaves", email: ZOE.email, document: ZOE.document, customerId: "", before: NOTHING };
  await requestIt(ground, gateway, shopper);
  await eventually(
    async () => {
      const wish = await wishOf(ground, shopper);
      if (wish !== null && wish.state !== "COMPLETED") await letPass(ground, gateway, wish);
      return wish?.state;
    },
    (state) => state === "COMPLETED",
  );
  // Others are served, as they always are.
  for (const nth of [1, 2, 3])
    await live(
      `stays-${nth}`,
      { ...ANA.buyer, email: `stays-${nth}@example.com`, document: `3000000000${nth}` },
      "Rua Um",
    );
  const bytes = await memory("after");
  const found = VALUES.filter((value) => isIn(bytes, [value]));
  expect(found).toEqual([]);
  // The search does see what is kept: a document by its text.
  expect(isIn(bytes, ["Vermelhidao"])).toBe(true);
}, 180_000);
