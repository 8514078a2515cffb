/** Nothing leaks: a shopper's values are looked for everywhere that they must not be. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "./support/gateway.js";
import { ANA, APPLY, READINESS, SAVE_PROFILE } from "./support/story.js";
import { everyRow } from "./support/whole-database.js";

/** Values that occur nowhere else, so that a hit is a leak. */
const CANARY = {
  buyer: {
    firstName: "Quiteria",
    lastName: "Zoroastro",
    email: "quiteria.zoroastro@canary-example.com",
    document: "98765432100",
    phone: "+5521987650123",
  },
  address: {
    ...ANA.address,
    street: "Rua Xilofone Dourado",
    number: "8731",
    neighborhood: "Vila Canario",
    complement: "fundos-canario",
  },
};
const VALUES = [
  ...Object.values(CANARY.buyer),
  CANARY.address.street,
  CANARY.address.neighborhood,
  CANARY.address.complement,
  "987.654.321-00",
  "5521987650123",
];

/** As it stands, in base64 (three offsets), in hex, reversed, in UTF-16, and as JSON or a URL would write it. */
function encodings(value: string): string[] {
  const bytes = Buffer.from(value);
  const offsets = [0, 1, 2].map((pad) =>
    Buffer.concat([Buffer.alloc(pad), bytes])
      .toString("base64")
      .slice(pad === 0 ? 0 : 4, -4),
  );
  return [
    value,
    bytes.toString("hex"),
    [...value].reverse().join(""),
    encodeURIComponent(value),
    ...offsets.filter((text) => text.length >= 8),
  ];
}
const NEEDLES = VALUES.flatMap(encodings).map((needle) => needle.toLowerCase());
const hits = (haystack: string): string[] => NEEDLES.filter((needle) => haystack.toLowerCase().includes(needle));

let gateway: TestGateway;
const answers: string[] = [];
async function ask(query: string, variables: object, key?: string | null) {
  const answer = await gateway.ask(query, variables, key);
  answers.push(JSON.stringify({ ...answer, headers: [...answer.headers] }));
}

beforeAll(async () => {
  gateway = await openGateway({ logLevel: "debug" });
  const consumer = { externalId: "canary" };
  const input = { consumer, store: { slug: "cobasi" }, cart: { items: [{ id: "1001", quantity: 1 }] } };
  await ask(SAVE_PROFILE, { input: { ...consumer, profile: CANARY } });
  await ask(READINESS, { consumer, store: { slug: "cobasi" } });
  await ask(APPLY, { input });
  await ask(APPLY, { input: { ...input, overrides: CANARY, idempotencyKey: "canary-1" } });
  // Where values tend to be echoed: wrong types, literals, unknown fields, refused values, no key at all.
  await ask(SAVE_PROFILE, {
    input: { ...consumer, profile: { buyer: { email: [CANARY.buyer.email], phone: { n: CANARY.buyer.phone } } } },
  });
  await ask(SAVE_PROFILE, { input: { ...consumer, profile: { buyer: { [CANARY.buyer.email]: 1 } } } });
  await ask(SAVE_PROFILE, { input: { externalId: { wrong: CANARY.buyer.document }, profile: CANARY } });
  await ask(SAVE_PROFILE, { input: CANARY.buyer.email });
  await ask(
    `mutation { saveProfile(input: { externalId: "x", profile: { buyer: { nope: "${CANARY.buyer.document}" } } }) { created } }`,
    {},
  );
  await ask(`query { consumer(externalId: "${CANARY.buyer.email}") { id } }`, {});
  await ask(`query { ${"x"} (document: "${CANARY.buyer.document}") }`, {});
  await ask(
    `{ consumers(filter: { email: "${CANARY.buyer.email}", document: "${CANARY.buyer.document}" }) { nodes { id profile { buyer { email } } } } }`,
    {},
  );
  await ask(SAVE_PROFILE, { input: { ...consumer, profile: CANARY } }, null);
  await ask(`{ auditEvents { nodes { action facts purpose outcome } } }`, {});
}, 60_000);
afterAll(() => gateway.close());

describe("a shopper's values are not found", () => {
  test("in any answer", () => {
    expect(answers.length).toBeGreaterThan(10);
    expect(answers.flatMap(hits)).toEqual([]);
  });

  test("in the log, at its most talkative", () => {
    expect(gateway.logLines.length).toBeGreaterThan(10);
    expect(gateway.logLines.flatMap(hits)).toEqual([]);
  });

  test("in any column of any table", async () => {
    const rows = await everyRow(gateway.adminUrl);
    expect(rows).toContain("canary"); // the org's own id of the shopper is there: the search does see the rows
    expect(hits(rows)).toEqual([]);
  });

  test("in the metrics", async () => {
    expect(hits(await (await fetch(`${gateway.url}/metrics`)).text())).toEqual([]);
  });
});

test("a planted value is found, in each encoding", () => {
  for (const value of VALUES) for (const encoded of encodings(value)) expect(hits(`…${encoded}…`)).not.toEqual([]);
});
