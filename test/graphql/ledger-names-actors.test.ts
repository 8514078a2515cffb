/** Who decided: every line of a page names its key, and one query finds them all. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openGraphql } from "../../src/graphql/index.js";
import type { ScopeName } from "../../src/identity/index.js";
import { openLog } from "../../src/kernel/log.js";
import { openTestHouse, type TestHouse } from "../identity/house.js";

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

interface Ledger {
  data: { auditEvents: { nodes: { action: string; actor: { ownerName: string } | null }[] } };
  errors?: { path: unknown[]; extensions: { code: string } }[];
}

test("a page of the ledger asks for its keys once, and only with the scope", async () => {
  const caller = await house.org();
  const makeKey = async (ownerName: string, scopes: readonly ScopeName[]) =>
    (await house.identity.createApiKey(caller, { name: ownerName, scopes, ownerKind: "USER", ownerName })).secret;
  const keys = await Promise.all(
    ["Rui", "Eva"].map((owner) => makeKey(owner, ["consumers:write", "audit:read", "keys:read"])),
  );
  const clerk = await makeKey("Clerk", ["audit:read"]);

  let asked = 0;
  const identity = {
    ...house.identity,
    findApiKeys: (...given: Parameters<typeof house.identity.findApiKeys>) => {
      asked++;
      return house.identity.findApiKeys(...given);
    },
  };
  const desk = await openGraphql({ identity, log: openLog({ level: "silent" }) });
  const ask = async (key: string | null | undefined, query: string): Promise<Ledger> => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const { body } = await desk.answer({ method: "POST", headers, body: { query }, requestId: "r" });
    return JSON.parse(body) as Ledger;
  };
  for (const [index, key] of [...keys, ...keys].entries()) {
    await ask(key, `mutation { createConsumer(input: { externalId: "shopper_${index}" }) { consumer { id } } }`);
  }

  const page = "{ auditEvents(first: 20) { nodes { action actor { ownerName } } } }";
  const { data } = await ask(keys[0], page);
  const created = data.auditEvents.nodes.filter(({ action }) => action === "consumer.created");
  expect(created.map(({ actor }) => actor?.ownerName)).toEqual(["Eva", "Rui", "Eva", "Rui"]);
  expect(data.auditEvents.nodes.find(({ action }) => action === "key.created")?.actor).toBeNull();
  expect(asked).toBe(1);

  const { data: without, errors } = await ask(clerk, page);
  expect(without.auditEvents.nodes.every(({ actor }) => actor === null)).toBe(true);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(expect.arrayContaining(["FORBIDDEN"]));
  await desk.close();
});
