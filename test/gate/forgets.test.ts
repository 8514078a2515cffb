import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { SCOPES } from "../../src/identity/index.js";
import { openLog } from "../../src/kernel/log.js";
import { openHouse } from "../../src/main.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, SAVE_PROFILE } from "../support/story.js";
import {
  admit,
  base64,
  type Connector,
  DETAILS,
  details,
  entry,
  openConnector,
  question,
  type Reply,
  SCAN,
  SHOPPER,
  scan,
  VERIFY,
} from "./gate.js";
import { forget } from "./stages.js";

let gateway: TestGateway;
let connector: Connector;
let admin: pg.Client;
beforeAll(async () => {
  gateway = await openGateway();
  connector = await openConnector(gateway);
  admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await gateway.close();
});

/** All that can be seen of an answer, but for what is another one each time. */
const seen = ({ status, text, headers }: Reply) => {
  const shown = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return JSON.stringify({ status, text, shown });
};
const askAll = async (code: string, phone: string, id: string): Promise<string[]> =>
  (
    await Promise.all([
      connector.post(VERIFY, entry(code)),
      connector.post(SHOPPER, question(code)),
      connector.post(SHOPPER, question("", { shopperKey: phone, shopperKeyType: "PHONE_NUMBER" })),
      connector.post(SCAN, scan(base64(code))),
      connector.post(DETAILS, details(id)),
    ])
  ).map(seen);

const LEFT = ["recognition", "recognition_key", "recognition_answer", "recognition_refusal"] as const;
/** Rows that speak of this opaque id. */
async function rowsOf(id: string): Promise<number[]> {
  const counts: number[] = [];
  for (const table of LEFT) {
    const column = table === "recognition" ? "id" : "recognition_id";
    const { rows } = await admin.query<{ count: number }>(
      `select count(*)::int as count from ${table} where ${column} = $1`,
      [id],
    );
    counts.push(rows[0]?.count ?? -1);
  }
  return counts;
}

describe("a shopper who is forgotten", () => {
  test("is answered byte for byte as nobody ever was, also to a request that was answered before; nothing is left of them", async () => {
    const ana = await admit(gateway, connector, {
      ...{ code: "card-of-ana", phone: "+5511987651111", provider: "P", promotionIds: "A" },
    });
    const id = await ana.idAs();
    const asked = entry("card-of-ana");
    expect((await connector.post(VERIFY, asked)).status).toBe(200);
    // Too old at the gate: noted as a refusal of somebody who is known.
    const stale = (await ana.refresh()).gatePass?.code ?? "";
    expect((await connector.post(VERIFY, entry(stale, {}, new Date(Date.now() + 600_000)))).status).toBe(401);
    expect((await rowsOf(id)).every((count) => count > 0)).toBe(true);

    await forget(gateway, ana.externalId);

    expect(await rowsOf(id)).toEqual([0, 0, 0, 0]);
    const unknown = await askAll("card-of-nobody", "+5511987652222", crypto.randomUUID());
    expect(await askAll("card-of-ana", "+5511987651111", id)).toEqual(unknown);
    expect(seen(await connector.post(VERIFY, asked))).toBe(unknown[0]);
  }, 120_000);

  test("gets another id when they come back, and the codes of before open nothing", async () => {
    const bia = await admit(gateway, connector, { code: "card-of-bia" });
    const before = await bia.idAs();
    await forget(gateway, bia.externalId);
    const again = await admit(gateway, connector, { code: "card-of-bia" }, { externalId: "bia-again" });
    const found = await connector.post(SHOPPER, question("card-of-bia"));
    expect(found.body).toEqual({ shopperId: await again.idAs() });
    expect(found.text).not.toContain(before);
    expect((await connector.post(SHOPPER, question(bia.pass.code))).status).toBe(400);
  }, 120_000);
});

describe("a shopper who disconnects", () => {
  test("is nobody at once, also to a request that was answered before, and is the same one after coming back", async () => {
    const caio = await admit(gateway, connector, { code: "card-of-caio", provider: "P" });
    const id = await caio.idAs();
    const asked = entry("card-of-caio");
    expect((await connector.post(VERIFY, asked)).status).toBe(200);
    await caio.disconnect();
    expect((await connector.post(VERIFY, asked)).status).toBe(401);
    expect(await askAll("card-of-caio", "+5511987653333", id)).toEqual(
      await askAll("card-of-nobody", "+5511987653333", crypto.randomUUID()),
    );
    expect((await caio.refresh()).userErrors).toMatchObject([{ code: "INVALID" }]);
    await admit(gateway, connector, { code: "card-of-caio" }, { externalId: caio.externalId });
    expect((await connector.post(SHOPPER, question("card-of-caio"))).body).toEqual({ shopperId: id });
  });
});

describe("what a shopper is known by", () => {
  test("is told by finishing, all of it: what is not told again opens nothing", async () => {
    const dora = await admit(gateway, connector, { code: "old-card", phone: "+5511987654444" });
    await admit(gateway, connector, { code: "new-card" }, { externalId: dora.externalId });
    expect((await connector.post(VERIFY, entry("old-card"))).status).toBe(401);
    expect((await connector.post(VERIFY, entry("new-card"))).status).toBe(200);
    const byPhone = question("", { shopperKey: "+5511987654444", shopperKeyType: "PHONE_NUMBER" });
    expect((await connector.post(SHOPPER, byPhone)).status).toBe(400);
  });

  test("cannot be another shopper's card; a telephone number moves", async () => {
    const eva = await admit(gateway, connector, { code: "card-of-eva", phone: "+5511987655555" });
    await expect(admit(gateway, connector, { code: "card-of-eva" })).rejects.toThrow("ANSWER_INVALID");
    const fabio = await admit(gateway, connector, { phone: "+55 (11) 98765-5555" });
    const byPhone = question("", { shopperKey: "+55 11 987655555", shopperKeyType: "PHONE_NUMBER" });
    expect((await connector.post(SHOPPER, byPhone)).body).toEqual({ shopperId: await fabio.idAs() });
    expect((await connector.post(SHOPPER, question("card-of-eva"))).body).toEqual({ shopperId: await eva.idAs() });
  });

  test("is a pass that is another one each time, and the same one for the same idempotency key", async () => {
    const gil = await admit(gateway, connector);
    const [first, second] = [await gil.refresh(), await gil.refresh()];
    expect(first.gatePass?.code).not.toBe(second.gatePass?.code);
    expect(first.gatePass?.code).toMatch(/^GWID\d{10}[0-9a-f]{32}$/);
    expect(first.gatePass?.svg).toMatch(/^<svg /);
    expect(
      Buffer.from(first.gatePass?.png.split(",")[1] ?? "", "base64")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    const key = `pass-of-${gil.externalId}`;
    const kept = await gil.refresh(key);
    expect((await gil.refresh(key)).gatePass).toEqual(kept.gatePass);
    // Those before it are good until they are old.
    for (const { gatePass } of [first, second, kept])
      expect((await connector.post(VERIFY, entry(gatePass?.code ?? ""))).status).toBe(200);
  });

  test("is staff apart from shoppers", async () => {
    const staff = await admit(gateway, connector, { role: "ASSOCIATE", code: "badge-7" });
    const id = await staff.idAs("ASSOCIATE");
    expect((await connector.post(VERIFY, entry("badge-7"))).body).toEqual({
      visitorDetails: { id, type: "ASSOCIATE" },
    });
    expect((await connector.post(SHOPPER, question("badge-7"))).status).toBe(400);
  });
});

describe("orgs", () => {
  test("know nobody of each other's, at Stores with the same settings and the same codes", async () => {
    const config = { ...gateway.config, sandboxes: false, development: false };
    const house = await openHouse({ config, log: openLog({ level: "silent" }), onStep: () => undefined });
    const { orgId } = await house.identity.createOrg({ name: "Others" });
    const caller = await house.identity.consoleCaller(orgId, "test");
    const owner = { name: "key", scopes: SCOPES, ownerKind: "USER", ownerName: "Somebody" } as const;
    const key = (await house.identity.createApiKey(caller, owner)).secret ?? "";
    await house.close();
    const theirs = await openConnector(gateway, undefined, { key });
    await admit(gateway, theirs, { code: "card-of-hugo" }, { key });
    expect((await theirs.post(VERIFY, entry("card-of-hugo"))).status).toBe(200);
    expect((await connector.post(VERIFY, entry("card-of-hugo"))).status).toBe(401);
    const { rows } = await admin.query("select digest from recognition_key where space = 'code'");
    expect(new Set(rows.map(({ digest }) => digest.toString("hex"))).size).toBe(rows.length);
  });
});

describe("a consumer", () => {
  test("who is connected here and at another store is one consumer with both", async () => {
    const iris = await admit(gateway, connector);
    await gateway.ask(SAVE_PROFILE, { input: { externalId: iris.externalId, profile: ANA } });
    const start = "mutation ($input: StartConnectionInput!) { startConnection(input: $input) { userErrors { code } } }";
    await gateway.ask(start, { input: { consumer: { externalId: iris.externalId }, store: { slug: "cobasi" } } });
    const { body } = await gateway.ask<{ consumer: { connections: { status: string; store: { slug: string } }[] } }>(
      "query ($externalId: String!) { consumer(externalId: $externalId) { connections { status store { slug } } } }",
      { externalId: iris.externalId },
    );
    expect(body.data?.consumer.connections).toEqual([
      { status: "ACTIVE", store: { slug: connector.slug } },
      { status: "ACTIVE", store: { slug: "cobasi" } },
    ]);
  });
});
