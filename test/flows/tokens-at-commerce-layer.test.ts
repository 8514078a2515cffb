/** Two gateways at one Commerce Layer organization: its tokens are theirs together, and so is the little that it lets them ask. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import pg from "pg";
import { openLog } from "../../src/kernel/log.js";
import { openHouse } from "../../src/main.js";
import { mutate, type Organization, organizationOf, register } from "../support/commerce-layer.js";
import { CONNECT } from "../support/forgetting.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, SAVE_PROFILE } from "../support/story.js";
import { END, START } from "../support/telesales.js";

const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health why userErrors { code } } }`;
const store = { slug: "loja" };
const consumer = { externalId: "rita" };

let shift = 0;
const clock = { now: () => new Date(Date.now() + shift) };
let gateway: TestGateway;
let replica: TestGateway;
let loja: Organization;
let connection: string;
beforeAll(async () => {
  gateway = await openGateway({ times: { clock } });
  replica = await gateway.replica();
  await register(gateway, "loja");
  loja = organizationOf(gateway, "loja");
  await mutate(gateway, SAVE_PROFILE, {
    ...consumer,
    profile: { ...ANA, buyer: { ...ANA.buyer, email: REPEAT_EMAIL } },
  });
  connection = (await mutate(gateway, CONNECT, { consumer, store })).connection.id;
}, 60_000);
afterAll(async () => {
  await replica.close();
  await gateway.close();
});

/** Status of every answer that the auth server gave to whoever wanted a token. */
const tokenCalls = async () =>
  ((await loja.control("GET", "journal?account=auth")) as { path: string; status: number }[])
    .filter(({ path }) => path === "/oauth/token")
    .map(({ status }) => status);
const verifyAll = async (times: number) => {
  const asked = Array.from({ length: times }, (_, nth) =>
    mutate(nth % 2 === 0 ? gateway : replica, VERIFY, { connection }),
  );
  const healths = (await Promise.all(asked)).map(({ health }) => health);
  expect(new Set(healths)).toEqual(new Set(["LIVE"]));
};

test("one token for both, however many ask; one that the store refuses is replaced once", async () => {
  expect(await tokenCalls()).toEqual([200]);
  await verifyAll(20);
  expect(await tokenCalls()).toEqual([200]);
  await loja.control("POST", "tokens/expire");
  await verifyAll(20);
  expect(await tokenCalls()).toEqual([200, 200]);
  for (const one of [gateway, replica]) {
    const input = { consumer, store, cart: { items: [{ id: "CANECA-300" }] } };
    expect(await mutate(one, APPLY, input)).toMatchObject({ checkoutIdentity: { state: "APPLIED" }, userErrors: [] });
  }
  expect(await tokenCalls()).toEqual([200, 200, 200]);
  shift += 3 * 60 * 60_000;
  await verifyAll(10);
  expect(await tokenCalls()).toHaveLength(4);
}, 60_000);

test("what is kept of a token is sealed", async () => {
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query("select sealed from store_memory");
    expect(rows.length).toBeGreaterThan(0);
    for (const { sealed } of rows) expect(sealed.includes("eyJ")).toBe(false);
    expect([...gateway.logLines, ...replica.logLines].join("\n")).not.toContain("eyJ");
  } finally {
    await admin.end();
  }
});

test("when the org's keys are rotated, what is kept of a token goes along: nobody asks for another", async () => {
  await verifyAll(2);
  const before = (await tokenCalls()).length;
  const log = openLog({ level: "silent" });
  const house = await openHouse({ log, onStep: () => undefined, config: { ...gateway.config, sandboxes: false } });
  expect(await house.identity.rotateKeys({ settleMs: 300, org: null })).toBe(true);
  await house.close();
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ sealed: Buffer }>("select sealed from store_memory where length(sealed) > 0");
  await admin.end();
  expect(rows.length).toBeGreaterThan(0);
  expect(new Set(rows.map(({ sealed }) => sealed.readUInt32BE(4)))).toEqual(new Set([2]));
  // Its own memory is empty: it opens what the others keep.
  const third = await gateway.replica();
  try {
    expect(await mutate(third, VERIFY, { connection })).toMatchObject({ health: "LIVE", userErrors: [] });
    expect(await tokenCalls()).toHaveLength(before);
  } finally {
    await third.close();
  }
}, 60_000);

test("both together never make the thirtieth call of a minute, and later there is room again", async () => {
  shift += 10 * 60_000;
  const before = (await tokenCalls()).length;
  const codes: (string | undefined)[] = [];
  for (let nth = 0; nth < 40; nth += 1) {
    const one = nth % 2 === 0 ? gateway : replica;
    const { impersonationSession, userErrors } = await mutate(one, START, {
      ...{ store, customer: { consumer }, reason: "phone order" },
    });
    codes.push(userErrors[0]?.code);
    if (impersonationSession?.state === "ACTIVE")
      await mutate(one, END, { impersonationSession: impersonationSession.id });
  }
  const calls = (await tokenCalls()).slice(before);
  expect(calls.length).toBeLessThanOrEqual(28);
  expect(calls.length).toBeGreaterThan(20);
  expect(new Set(calls)).toEqual(new Set([200]));
  expect(codes).toContain("RATE_LIMITED");
  shift += 61_000;
  const again = await mutate(replica, START, { store, customer: { consumer }, reason: "phone order" });
  expect(again).toMatchObject({ impersonationSession: { state: "ACTIVE" }, userErrors: [] });
}, 60_000);
