import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "../support/gateway.js";
import {
  admit,
  base64,
  type Connector,
  DETAILS,
  details,
  entry,
  openConnector,
  question,
  SCAN,
  SHOPPER,
  scan,
  VERIFY,
} from "./gate.js";

let gateway: TestGateway;
let connector: Connector;
beforeAll(async () => {
  gateway = await openGateway();
  connector = await openConnector(gateway);
});
afterAll(() => gateway.close());

describe("a shopper who shows a pass", () => {
  test("is known at every endpoint by one opaque id, with the loyalty details", async () => {
    const ana = await admit(gateway, connector, { provider: "Example Rewards", promotionIds: "PROMO-1, PROMO-2" });
    const id = await ana.idAs();
    const code = async () => (await ana.refresh()).gatePass?.code ?? "";
    const opened = await connector.post(VERIFY, entry(await code()));
    expect([opened.status, opened.body]).toEqual([200, { visitorDetails: { id, type: "SHOPPER" } }]);
    const found = await connector.post(SHOPPER, question(await code()));
    expect([found.status, found.body]).toEqual([200, { shopperId: id }]);
    const scanned = await connector.post(SCAN, scan(base64(await code())));
    expect(scanned.body).toEqual({ resolution: "ACCEPT", scanResult: { id, type: "SHOPPER" } });
    const told = await connector.post(DETAILS, details(id));
    expect(told.body).toEqual({ provider: "Example Rewards", promotionIds: ["PROMO-1", "PROMO-2"] });
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("is nobody before finishing and after disconnecting", async () => {
    const ana = await admit(gateway, connector, { code: "printed-card-17" });
    expect((await connector.post(VERIFY, entry("printed-card-17"))).status).toBe(200);
    const id = await ana.idAs();
    await ana.disconnect();
    expect((await connector.post(VERIFY, entry("printed-card-17"))).status).toBe(401);
    expect((await connector.post(SHOPPER, question("printed-card-17"))).status).toBe(400);
    expect((await connector.post(SCAN, scan("printed-card-17"))).body).toEqual({ resolution: "REJECT" });
    expect((await connector.post(DETAILS, details(id))).status).toBe(404);
  });
});

describe("the log of refusals", () => {
  const QUERY = `query ($first: Int!, $after: String, $filter: GateRefusalFilter) {
    gateRefusals(first: $first, after: $after, filter: $filter) {
      nodes { id reason standing storeId connectionId } pageInfo { hasNextPage endCursor } } }`;
  interface Page {
    readonly nodes: readonly { readonly id: string; readonly reason: string; readonly connectionId: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  }
  const read = async (variables: object): Promise<Page> => {
    const { body } = await gateway.ask<{ gateRefusals: Page }>(QUERY, variables);
    if (body.data === undefined || body.data === null) throw new Error(JSON.stringify(body));
    return body.data.gateRefusals;
  };

  test("tells why somebody who is known was not let in, once for each question, page by page", async () => {
    const ana = await admit(gateway, connector);
    const code = (await ana.refresh()).gatePass?.code ?? "";
    const late = entry(code, {}, new Date(Date.now() + 600_000));
    expect((await connector.post(VERIFY, late)).status).toBe(401);
    expect((await connector.post(VERIFY, late)).status).toBe(401);
    expect((await connector.post(VERIFY, entry(code))).status).toBe(200);
    expect((await connector.post(VERIFY, entry(code))).status).toBe(401);
    // Nobody is noted whom nobody knows.
    expect((await connector.post(VERIFY, entry("nobody-at-all"))).status).toBe(401);

    const filter = { consumer: { externalId: ana.externalId }, store: { slug: connector.slug } };
    const first = await read({ first: 1, filter });
    expect(first.nodes.map(({ reason, connectionId }) => [reason, connectionId])).toEqual([["SPENT", ana.connection]]);
    const second = await read({ first: 1, filter, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ reason }) => reason)).toEqual(["STALE"]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    expect((await read({ first: 1, filter: { store: { slug: "nowhere" } } })).nodes).toEqual([]);
    expect(JSON.stringify(await read({ first: 100 }))).not.toContain(code);
  });
});
