/** Every field's edges, at the routes themselves: whatever is sent, the answer is one of the contract's and repeats nothing. */
import { describe, expect, test } from "@jest/globals";
import { amazonConnector } from "@shopkey/adapter-amazon-connector";
import type { Meeting, Question, Route, RouteAnswer, RouteCall } from "@shopkey/adapter-sdk";
import fc from "fast-check";
import { type AmazonKept, settingsSchema } from "../src/kept.js";

const UUID = "11111111-2222-3333-4444-555555555555";
const settings = settingsSchema.parse({
  prefix: "GWID",
  stores: [{ id: "STORE-001", keyTypes: ["QR_CODE", "PHONE_NUMBER"] }],
  inbound: { kind: "allow-all" },
});
const KNOWN: Meeting<AmazonKept> = {
  ...{ kind: "known", id: "id-of-ana", as: "SHOPPER" },
  secret: { as: "SHOPPER", by: ["code"], provider: "P", promotionIds: [] },
};

const routes = new Map((amazonConnector().routes ?? []).map((route) => [route.name, route as Route<AmazonKept>]));

async function answer(
  name: string,
  body: string | Uint8Array,
  meet: (question: Question) => Meeting<AmazonKept> = () => KNOWN,
): Promise<RouteAnswer> {
  const call = {
    store: { id: "sto_1", settings, credentials: null },
    environment: "test",
    now: () => new Date(),
    meet: async (question: Question) => meet(question),
  } as unknown as RouteCall<AmazonKept>;
  const request = { method: "POST", path: "/", headers: {}, body: Buffer.from(body) };
  const answered = await routes.get(name)?.answer(call, request);
  if (!answered) throw new Error("not proven");
  return answered;
}

const code = Buffer.from("a code").toString("base64");
const event = { id: UUID, timestamp: "2024-02-09T17:53:57Z", location: "ENTRY" };
type Body = Record<string, unknown>;
const BODIES: Readonly<Record<string, Body>> = {
  "verify-identity-keys": {
    ...{ requestId: UUID, identityKey: code, storeId: "STORE-001", authEvent: event, keyChannel: "OPTICAL" },
  },
  "get-shopper": { requestId: UUID, shopperKey: code, storeId: "STORE-001", timestamp: event.timestamp },
  "resolve-scan": { requestId: UUID, storeId: "STORE-001", scanEvent: { ...event, value: code, channel: "OPTICAL" } },
  "get-scan-details": { storeId: "STORE-001", scanResult: { id: UUID, type: "SHOPPER" } },
};
/** Fields that may be left out. */
const OPTIONAL = ["keyChannel", "shopperKeyType", "scanEvent.channel"];

const pathsOf = (body: Body): string[] =>
  Object.entries(body).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? [name, ...Object.keys(value).map((below) => `${name}.${below}`)]
      : [name],
  );
const PLACES = Object.entries(BODIES).flatMap(([name, body]) => pathsOf(body).map((path) => [name, path] as const));

function put(body: Body, path: string, value: unknown): Body {
  const [name = "", below] = path.split(".");
  if (below !== undefined) return { ...body, [name]: put(body[name] as Body, below, value) };
  const { [name]: _gone, ...others } = body;
  return value === undefined ? others : { ...others, [name]: value };
}

const STATUSES: Readonly<Record<string, readonly number[]>> = {
  "verify-identity-keys": [200, 400, 401],
  "get-shopper": [200, 400],
  "resolve-scan": [200, 400],
  "get-scan-details": [200, 400, 404],
};

describe("a field", () => {
  test.each(PLACES)("of %s: %s may not be missing or null, unless it is optional", async (name, path) => {
    const body = BODIES[name] as Body;
    for (const value of [undefined, null]) {
      const { status } = await answer(name, JSON.stringify(put(body, path, value)));
      expect(status).toBe(OPTIONAL.includes(path) ? 200 : 400);
    }
  });

  test.each(PLACES)("of %s: %s of another type is refused", async (name, path) => {
    const isText = !["authEvent", "scanEvent", "scanResult"].includes(path);
    const strange = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.array(fc.string(), { maxLength: 2 }),
      isText ? fc.constant({}) : fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(strange, async (value) => {
        expect((await answer(name, JSON.stringify(put(BODIES[name] as Body, path, value)))).status).toBe(400);
      }),
      { numRuns: 20 },
    );
  });

  test.each(PLACES)(
    "of %s: whatever text %s is, the answer is one of the contract's and repeats none of it",
    async (name, path) => {
      const text = fc.oneof(fc.string({ maxLength: 1_200 }), fc.string({ unit: "binary", maxLength: 40 }));
      await fc.assert(
        fc.asyncProperty(text, async (value) => {
          const { status, body } = await answer(name, JSON.stringify(put(BODIES[name] as Body, path, value)));
          expect(STATUSES[name]).toContain(status);
          const told = JSON.stringify(body);
          if (value.length > 8) expect(told).not.toContain(value);
        }),
        { numRuns: 40 },
      );
    },
  );

  test("unknown attributes are ignored, wherever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (more) => {
        for (const [name, body] of Object.entries(BODIES)) {
          const known = Object.fromEntries(Object.entries(more).filter(([one]) => !(one in body)));
          expect((await answer(name, JSON.stringify({ ...known, ...body }))).status).toBe(200);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("lengths", () => {
  test.each([
    ["verify-identity-keys", "identityKey", 1_000],
    ["get-shopper", "shopperKey", 1_000],
    ["get-scan-details", "storeId", 255],
    ["get-scan-details", "scanResult.id", 255],
  ])("%s: %s has at most %i characters", async (name, path, most) => {
    const body = BODIES[name] as Body;
    expect((await answer(name, JSON.stringify(put(body, path, "A".repeat(most - (most % 4)))))).status).not.toBe(400);
    expect((await answer(name, JSON.stringify(put(body, path, "A".repeat(most + 4))))).status).toBe(400);
  });
});

describe("a body", () => {
  test.each(Object.keys(BODIES))("of %s: bytes of any sort are refused without a throw", async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect((await answer(name, bytes)).status).toBe(400);
      }),
      { numRuns: 50 },
    );
  });

  test.each(["", " ", "null", "[]", "7", '"text"', "{", "\ufeff{}", '{"requestId":', `${"[".repeat(50_000)}`])(
    "that is %j is refused",
    async (text) => {
      for (const name of Object.keys(BODIES)) expect((await answer(name, text)).status).toBe(400);
    },
  );

  test("with a name twice: the last one counts, as for every reader of JSON", async () => {
    const asked: Question[] = [];
    const text = JSON.stringify(BODIES["get-shopper"]).replace("{", `{"shopperKey":"${btoa("another")}",`);
    await answer("get-shopper", text, (question) => {
      asked.push(question);
      return KNOWN;
    });
    expect(asked[0]?.keys).toEqual([{ space: "code", value: "a code" }]);
  });

  test("cannot reach a prototype", async () => {
    const text = JSON.stringify(BODIES["get-shopper"]).replace(
      '"requestId"',
      '"__proto__":{"requestId":1},"requestID"',
    );
    expect((await answer("get-shopper", text)).status).toBe(400);
  });
});

describe("times", () => {
  const at = async (timestamp: string) =>
    (await answer("get-shopper", JSON.stringify(put(BODIES["get-shopper"] as Body, "timestamp", timestamp)))).status;

  test("any moment in UTC is read, with and without fractions", async () => {
    const moments = fc.date({ min: new Date("1970-01-01Z"), max: new Date("2999-01-01Z"), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(moments, async (date) => {
        expect(await at(date.toISOString())).toBe(200);
        expect(await at(date.toISOString().replace(/\.\d+Z/, "Z"))).toBe(200);
      }),
    );
  });

  test.each([
    ...["2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z"],
    ...[
      "2024-01-01T00:60:00Z",
      "2024-01-01 00:00:00Z",
      "2024-01-01T00:00:00",
      "2024-01-01T00:00:00+02:00",
      "1707501237",
    ],
  ])("%s is none", async (text) => expect(await at(text)).toBe(400));
});

describe("freshness", () => {
  const TOKEN = "0123456789abcdef0123456789abcdef";
  const refusalAt = async (secondsAfter: number): Promise<string | null | undefined> => {
    const asked: Question[] = [];
    const issued = Date.parse(event.timestamp) / 1_000 - secondsAfter;
    const identityKey = Buffer.from(`GWID${issued}${TOKEN}`).toString("base64");
    await answer(
      "verify-identity-keys",
      JSON.stringify({ ...BODIES["verify-identity-keys"], identityKey }),
      (question) => {
        asked.push(question);
        return KNOWN;
      },
    );
    return asked[0]?.refuse;
  };

  test("is between the code and the event, whatever our own clock says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -400, max: 400 }), async (age) => {
        expect(await refusalAt(age)).toBe(age > 90 ? "STALE" : age < -30 ? "FUTURE" : null);
      }),
      { examples: [[90], [91], [-30], [-31], [0]] },
    );
  });
});

describe("telephone numbers", () => {
  const digits = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
  test("raw or in Base64, with spaces anywhere, are one number", async () => {
    await fc.assert(
      fc.asyncProperty(digits, fc.integer({ min: 1, max: 5 }), async (number, at) => {
        const spaced = `+${number.slice(0, at)} ${number.slice(at)}`;
        const asked: Question[] = [];
        for (const shopperKey of [spaced, Buffer.from(spaced).toString("base64")]) {
          const body = { ...BODIES["get-shopper"], shopperKey, shopperKeyType: "PHONE_NUMBER" };
          await answer("get-shopper", JSON.stringify(body), (question) => {
            asked.push(question);
            return KNOWN;
          });
        }
        const keys = [{ space: "phone", value: `+${number}` }];
        expect(asked.map((question) => question.keys)).toEqual([keys, keys]);
      }),
    );
  });
});
