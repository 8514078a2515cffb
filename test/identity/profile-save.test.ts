import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import { codesOf, ledgerOf, openTestHouse, refusalsOf, type TestHouse, wanted, withoutScope } from "./house.js";

let house: TestHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
});
afterAll(() => house.close());

const save = (externalId: string, profile: object, more: object = {}) =>
  house.identity.saveProfile(caller, { externalId, profile, ...more });
const read = async (externalId: string) =>
  (await house.identity.findConsumer(caller, { externalId }, wanted))?.profile ?? null;

describe("the seed's shopper", () => {
  test("is made when new, and comes back masked", async () => {
    const { consumer, profile, created } = await save("shopper_abc", ANA);
    expect(created).toBe(true);
    expect(consumer).toMatchObject({
      externalId: "shopper_abc",
      status: "PROSPECT",
      orderCount: 0,
      environment: "test",
    });
    expect(consumer.shopperReference).toMatch(/^shr_[0-9a-f]{32}$/);
    expect(profile?.buyer).toMatchObject({
      firstName: "A•••",
      lastName: "L•••",
      email: "a•••@example.com",
      document: "•••00",
      documentType: "cpf",
      phone: "•••99",
    });
    expect(profile?.address).toMatchObject({ street: "•••", postalCode: "•••", state: "SP", country: "BRA" });
    expect(profile).toMatchObject({ complete: true, missing: [] });
    expect(profile?.warnings).toMatchObject([{ code: "CHECK_DIGITS", field: ["buyer", "document"] }]);
  });

  test("is read as it was answered", async () => {
    const { profile } = await save("shopper_abc", { buyer: { firstName: "Ana" } });
    expect(await read("shopper_abc")).toEqual(profile);
  });

  test("is merged field by field: absent leaves, null erases", async () => {
    await save("shopper_merge", ANA);
    const { profile, created } = await save("shopper_merge", {
      buyer: { firstName: "Bia", phone: null },
      address: { complement: "ap 12", number: null },
    });
    expect(created).toBe(false);
    expect(profile?.buyer).toMatchObject({ firstName: "B•••", lastName: "L•••", phone: null, document: "•••00" });
    expect(profile?.address).toMatchObject({ complement: "•••", number: null, street: "•••" });
    expect(profile).toMatchObject({ complete: false, missing: ["buyer.phone", "address.number"] });
  });

  test("opens only what is asked for", async () => {
    await save("shopper_parts", ANA);
    const found = await house.identity.findProfile(caller, { externalId: "shopper_parts" }, new Set(["email"]));
    expect(found?.buyer).toMatchObject({ email: "a•••@example.com", document: null, firstName: null });
    expect(found?.address.street).toBeNull();
  });
});

describe("what belongs together", () => {
  test("a document without a type is a CPF, whatever was there", async () => {
    await save("doc", { buyer: { document: "AB123456", documentType: "passport" } });
    expect((await read("doc"))?.buyer).toMatchObject({ documentType: "passport", document: "•••56" });
    await save("doc", { buyer: { document: "AB123456", documentType: "CedulaCOL" } });
    expect((await read("doc"))?.buyer).toMatchObject({ documentType: "cedulacol" });
    // What no store calls a document may be the shopper's own: it is kept for the store, and told to nobody.
    await save("doc", { buyer: { document: "AB123456", documentType: "ana-lima" } });
    expect((await read("doc"))?.buyer).toMatchObject({ documentType: "•••" });
    const { profile } = await save("doc", { buyer: { document: "111.444.777-35" } });
    expect(profile?.buyer).toMatchObject({ documentType: "cpf", document: "•••35" });
    expect(profile?.warnings).toEqual([]);
    expect(await codesOf(save("doc", { buyer: { documentType: "cnpj" } }))).toEqual(["INVALID"]);
    await save("doc", { buyer: { document: null } });
    expect((await read("doc"))?.buyer.documentType ?? null).toBeNull();
  });

  test("a postal code and a state are of their country", async () => {
    const [refusal] = await refusalsOf(save("place", { address: { postalCode: "9021", state: "SP" } }));
    expect(refusal).toMatchObject({ code: "INVALID", field: ["profile", "address", "postalCode"] });
    await save("place", { address: { postalCode: "90210", state: "ca", country: "usa" } });
    expect((await read("place"))?.address).toMatchObject({ state: "CA", country: "USA" });
    const moved = await refusalsOf(save("place", { address: { country: null } }));
    expect(moved.map(({ field }) => field?.at(-1))).toEqual(["country", "country"]);
  });

  test("a strict org refuses wrong check digits", async () => {
    const strict = await house.org({ cpfPolicy: "STRICT" });
    const refused = await refusalsOf(house.identity.saveProfile(strict, { externalId: "x", profile: ANA }));
    expect(refused).toMatchObject([{ code: "INVALID", field: ["profile", "buyer", "document"] }]);
    expect(await house.identity.findConsumer(strict, { externalId: "x" }, wanted)).toBeNull();
  });

  test("an org may hide the domain", async () => {
    const shy = await house.org({ emailDomainPolicy: "HIDE" });
    const { profile } = await house.identity.saveProfile(shy, { externalId: "x", profile: ANA });
    expect(profile?.buyer.email).not.toContain("example.com");
  });
});

describe("finding", () => {
  test("by e-mail and document, until they change", async () => {
    await save("find_me", { buyer: { email: "find@example.com", document: "529.982.247-25" } });
    const find = async (filter: object) => {
      const want = { profile: false, connections: false, totalCount: true };
      const page = await house.identity.listConsumers(caller, { first: 10, filter }, want);
      return page.nodes.map(({ externalId }) => externalId);
    };
    expect(await find({ email: " FIND@EXAMPLE.com " })).toEqual(["find_me"]);
    expect(await find({ email: "find@example.com" })).toEqual(["find_me"]);
    expect(await find({ document: "52998224725" })).toEqual(["find_me"]);
    expect(await find({ email: "find@example.com", document: "11144477735" })).toEqual([]);
    expect(await find({ email: 7 })).toEqual([]);
    await save("find_me", { buyer: { email: "other@example.com", document: null } });
    expect(await find({ email: "find@example.com" })).toEqual([]);
    expect(await find({ document: "52998224725" })).toEqual([]);
    expect(await find({ email: "other@example.com" })).toEqual(["find_me"]);
  });
});

describe("what is refused", () => {
  test("everything at once, by path", async () => {
    const refused = await refusalsOf(
      save("someone@example.com", {
        buyer: { email: "no", phone: 5, firstName: "" },
        address: { street: "a\u0000b", city: "x".repeat(201), nowhere: 1 },
      }),
    );
    expect(refused.map(({ field }) => field?.join(".")).sort()).toEqual([
      "externalId",
      "profile.address",
      "profile.address.city",
      "profile.address.street",
      "profile.buyer.email",
      "profile.buyer.firstName",
      "profile.buyer.phone",
    ]);
  });

  test("nothing to save, nobody to save it for, an unknown consumer", async () => {
    expect(await codesOf(save("empty", {}))).toEqual(["INVALID"]);
    expect(await codesOf(house.identity.saveProfile(caller, { profile: ANA }))).toEqual(["INVALID"]);
    const nobody = { consumer: { id: `csm_${"0".repeat(32)}` }, profile: ANA };
    expect(await codesOf(house.identity.saveProfile(caller, nobody))).toEqual(["NOT_FOUND"]);
    const malformed = { consumer: { id: "nonsense" }, profile: ANA };
    expect(await codesOf(house.identity.saveProfile(caller, malformed))).toEqual(["NOT_FOUND"]);
  });

  test("a key without the scope", async () => {
    const poor = withoutScope(caller, "profiles:write");
    expect(await codesOf(house.identity.saveProfile(poor, { externalId: "a", profile: ANA }))).toEqual(["FORBIDDEN"]);
  });

  test("another org and the other environment see nothing", async () => {
    const { consumer } = await save("mine", ANA);
    const other = await house.org();
    const live = await house.identity.consoleCaller(caller.scope.orgId, "live");
    for (const stranger of [other, live]) {
      expect(await house.identity.findConsumer(stranger, { id: consumer.id }, wanted)).toBeNull();
      expect(await house.identity.findConsumer(stranger, { externalId: "mine" }, wanted)).toBeNull();
      const foreign = { consumer: { id: consumer.id }, profile: ANA };
      expect(await codesOf(house.identity.saveProfile(stranger, foreign))).toEqual(["NOT_FOUND"]);
    }
  });
});

describe("many at once", () => {
  test("saves of different fields all stay", async () => {
    const names = ["firstName", "lastName", "corporateName", "tradeName", "stateInscription"] as const;
    await Promise.all(
      [...names, ...names].map((name) => save("race", { buyer: { [name]: "Valor" }, address: { street: "Rua" } })),
    );
    const profile = await read("race");
    for (const name of names) expect(profile?.buyer[name]).not.toBeNull();
    const { rows } = await house.admin.query("select 1 from consumer where external_id = 'race'");
    expect(rows).toHaveLength(1);
  });

  test("saves with one idempotency key are one save", async () => {
    const more = { idempotencyKey: "save-1" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => save("once", ANA, more)));
    expect(new Set(answers.map(({ consumer }) => consumer.id)).size).toBe(1);
    expect(answers.every(({ created }) => created)).toBe(true);
    const { rows } = await house.admin.query(
      "select revision from profile p join consumer c on c.id = p.consumer_id where c.external_id = 'once'",
    );
    expect(rows).toEqual([{ revision: 1 }]);
    await save("once", { buyer: { firstName: "Zoe" } });
    expect((await save("once", ANA, more)).profile?.buyer.firstName).toBe("Z•••");
    expect(await codesOf(save("once", { buyer: { firstName: "Bia" } }, more))).toEqual(["IDEMPOTENCY_KEY_REUSED"]);
    expect(await codesOf(house.identity.createConsumer(caller, { externalId: "k", ...more }))).toEqual([
      "IDEMPOTENCY_KEY_REUSED",
    ]);
  });
});

test("deleting leaves the consumer without profile and without index rows", async () => {
  await save("gone", ANA);
  const { consumer } = await house.identity.deleteProfile(caller, { consumer: { externalId: "gone" } }, wanted);
  expect(consumer).toMatchObject({ externalId: "gone", profile: null });
  expect(await house.identity.findProfile(caller, { externalId: "gone" })).toBeNull();
  await house.identity.deleteProfile(caller, { consumer: { externalId: "gone" } });
  const { rows } = await house.admin.query(
    "select 1 from consumer_index i join consumer c on c.id = i.consumer_id where c.external_id = 'gone'",
  );
  expect(rows).toEqual([]);
  await save("gone", { buyer: { firstName: "Ana" } });
  expect((await read("gone"))?.buyer.firstName).toBe("A•••");
});

test("no table and no line of the log or the ledger holds a plain value", async () => {
  const canary = { firstName: "Canarina", email: "canarina@example.com", document: "98765432100" };
  const org = await house.org();
  await house.identity.saveProfile(org, { externalId: "canary", profile: { buyer: canary } });
  const { rows } = await house.admin.query<{ tables: string }>(
    `select string_agg(query_to_xml(format('select * from %I', tablename), true, false, '')::text, '') as tables
     from pg_tables where schemaname = 'public'`,
  );
  const everything = (rows[0]?.tables ?? "") + house.logLines.join("");
  expect(everything).toContain("canary");
  for (const value of Object.values(canary)) expect(everything).not.toContain(value);
  expect(await ledgerOf(house, org.scope.orgId)).toEqual(["org.created", "consumer.created", "profile.saved"]);
});
