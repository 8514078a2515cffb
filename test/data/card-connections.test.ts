/** What the database's functions lay out by place is read so, or not at all. */
import { expect, test } from "@jest/globals";
import { readConnections } from "../../src/data/cards.js";
import { newId } from "../../src/kernel/ids.js";

const scope = { orgId: newId("org"), environment: "test" } as const;
const [connection, store] = [newId("con"), newId("sto")];
const facts = [connection, "LOGIN", "ACTIVE", null];
const place = [store, "mercadolivre", "meli", "Mercado Livre"];
const times = [1, 2, null, 3];

test("brief and full", () => {
  const brief = [...facts, ...place];
  const full = [...brief, "00ff", ...times, { site: "MLB" }, false, 4, 5, null];
  const read = readConnections(JSON.stringify([brief, full]), scope);
  expect(read).toMatchObject([
    { id: connection, accountLabel: null, store: { id: store, slug: "mercadolivre" } },
    {
      id: connection,
      accountLabel: Buffer.from("00ff", "hex"),
      lastUsedAt: new Date(3),
      store: { id: store, removedAt: null },
    },
  ]);
});

test("lean, of a Store that came with the page", () => {
  const lean = [...facts, store];
  const known = { ...scope, id: store, slug: "mercadolivre" } as never;
  expect(readConnections(JSON.stringify([lean]), scope, new Map([[store, known]]))).toMatchObject([
    { id: connection, status: "ACTIVE", accountLabel: null, store: { id: store, slug: "mercadolivre" } },
  ]);
  expect(() => readConnections(JSON.stringify([lean]), scope, new Map())).toThrow("not laid out");
  expect(() => readConnections(JSON.stringify([lean]), scope)).toThrow("not laid out");
});

test.each([
  [
    "an older version's, with the label before the store",
    [...facts, "00ff", ...times, ...place, {}, false, 4, 5, null],
  ],
  ["the same without a label", [...facts, null, ...times, ...place, {}, false, 4, 5, null]],
  ["one value short", [...facts, ...place.slice(1)]],
  ["one too many", [...facts, ...place, "00ff"]],
  ["a store without an id", [...facts, null, ...place.slice(1)]],
])("%s is refused, and nothing is shown in another's place", (_name, laid) => {
  expect(() => readConnections(JSON.stringify([laid]), scope)).toThrow("not laid out");
});
