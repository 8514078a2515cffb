import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Caller } from "../../src/identity/index.js";
import { codesOf, openTestHouse, type TestHouse, withoutScope } from "../identity/house.js";
import { ANA } from "../support/story.js";

let house: TestHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
  await house.identity.saveProfile(caller, { externalId: "a", profile: ANA });
  await house.identity.createConsumer(caller, { externalId: "b" });
  await house.identity.deleteProfile(caller, { consumer: { externalId: "a" } });
});
afterAll(() => house.close());

const actions = async (filter: object = {}) => {
  const { nodes } = await house.identity.listAuditEvents(caller, { first: 50, filter });
  return nodes.map(({ action }) => action);
};

describe("the ledger", () => {
  test("tells every decision, the newest first", async () => {
    expect(await actions()).toEqual(["profile.deleted", "consumer.created", "profile.saved", "consumer.created"]);
  });

  test("is read by consumer, action and time, and in pages", async () => {
    expect(await actions({ consumer: { externalId: "b" } })).toEqual(["consumer.created"]);
    expect(await actions({ consumer: { externalId: "nobody" } })).toEqual([]);
    expect(await actions({ action: "profile.saved" })).toEqual(["profile.saved"]);
    expect(await actions({ after: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await actions({ before: new Date(Date.now() + 60_000) })).toHaveLength(4);
    const first = await house.identity.listAuditEvents(caller, { first: 3 });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await house.identity.listAuditEvents(caller, { first: 3, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ action }) => action)).toEqual(["consumer.created"]);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test("names who and what, and paths instead of values", async () => {
    const { nodes } = await house.identity.listAuditEvents(caller, { first: 1, filter: { action: "profile.saved" } });
    expect(nodes[0]).toMatchObject({
      actorKind: "CLI",
      actorId: null,
      subjectKind: "consumer",
      subjectId: expect.stringMatching(/^csm_/),
      outcome: "done",
      requestId: caller.requestId,
    });
    expect(nodes[0]?.facts).toMatchObject({ fields: expect.arrayContaining(["buyer.email"]), erased: [] });
    for (const value of Object.values(ANA.buyer)) expect(JSON.stringify(nodes)).not.toContain(value);
  });

  test("is closed to keys without the scope, and to other orgs and environments", async () => {
    const poor = withoutScope(caller, "audit:read");
    expect(await codesOf(house.identity.listAuditEvents(poor, { first: 1 }))).toEqual(["FORBIDDEN"]);
    const live = await house.identity.consoleCaller(caller.scope.orgId, "live");
    const { nodes } = await house.identity.listAuditEvents(live, { first: 50 });
    expect(nodes.map(({ action }) => action)).toEqual(["org.created"]);
  });

  test("a change that is refused leaves no line", async () => {
    const before = await actions();
    await codesOf(house.identity.createConsumer(caller, { externalId: "a" }));
    expect(await actions()).toEqual(before);
  });
});
