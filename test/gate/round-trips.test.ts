import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { admit, type Connector, DETAILS, details, entry, openConnector, question, SHOPPER, VERIFY } from "./gate.js";

const REQUESTS = 60;

let gateway: TestGateway;
let connector: Connector;
let id: string;
beforeAll(async () => {
  gateway = await openGateway({ logLevel: "error" });
  connector = await openConnector(gateway);
  const ana = await admit(gateway, connector, { code: "card-of-ana", provider: "P" });
  id = await ana.idAs();
});
afterAll(() => gateway.close());

/** Every statement that this process sends while `work` runs: it is where the gateway lives. */
async function statementsDuring(work: () => Promise<void>): Promise<readonly string[]> {
  const sent: string[] = [];
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function counted(this: pg.Client, ...given: Parameters<typeof query>) {
    const [asked] = given as unknown as [string | { readonly text?: string }];
    sent.push(typeof asked === "string" ? asked : (asked.text ?? ""));
    return query.apply(this, given);
  } as typeof query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return sent;
}

test("a request is one statement, whatever it asks; the Store is read once", async () => {
  const sent = await statementsDuring(async () => {
    for (let nth = 0; nth < REQUESTS; nth += 1) {
      const asked = [
        () => connector.post(VERIFY, entry("card-of-ana")),
        () => connector.post(SHOPPER, question("card-of-ana")),
        () => connector.post(DETAILS, details(id)),
      ][nth % 3];
      expect((await asked?.())?.status).toBe(200);
    }
  });
  expect(sent.filter((text) => text.includes("meet_shoppers"))).toHaveLength(REQUESTS);
  expect(sent.filter((text) => text.includes("store_by_address")).length).toBeLessThan(REQUESTS / 4);
  // The clock's own looks and heartbeats know neither.
  expect(sent.filter((text) => text.includes("recognition"))).toEqual([]);
});
