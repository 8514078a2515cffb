/** A store that answers with anything at all: every end is one of the table's, and quotes nothing. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import { type CommerceLayerSandbox, REPEAT_EMAIL, startSandbox } from "@shopkey/adapter-commerce-layer/sandbox";
import { AdapterError } from "@shopkey/adapter-sdk";
import { readAnswer } from "../src/answers.js";
import { alpha2Of } from "../src/countries.js";
import { errorOfAnswer, waitOf } from "../src/errors.js";
import { readCustomer, readTime } from "../src/records.js";
import { checkoutUrl, credentialsSchema, hosts, settingsSchema } from "../src/settings.js";
import { openTokenBook } from "../src/token-book.js";
import { ANA, type BenchOptions, itemsOf, openBench } from "./bench.js";

let sandbox: CommerceLayerSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ tokenCallsPerMinute: 1e6 });
});
afterAll(() => sandbox.close());

const CANARY = "valor.secreto@canary.example";
const NOW = new Date("2026-08-20T12:00:00Z");
const errors = (...list: unknown[]) => JSON.stringify({ errors: list });
const SHAPES = [
  "",
  "null",
  "[]",
  '"text"',
  "{}",
  '{"data":null}',
  '{"data":[]}',
  '{"data":{}}',
  '{"data":{"id":"../../x","type":"customers","attributes":{}}}',
  '{"data":{"id":"x","type":"customers","attributes":null}}',
  '{"data":{"id":"x","type":"orders","attributes":{"status":"pending","total_amount_cents":1e99}}}',
  `{"data":{"id":"x","type":"customers","attributes":{"email":"${CANARY}","status":"emperor"}}}`,
  `{"data":[{"id":"x","type":"customers","attributes":{"email":"${CANARY}","status":"repeat"}}]}`,
  '{"errors":"no"}',
  '{"errors":[null]}',
  '{"errors":[{"code":{"toString":1},"title":[],"source":"x","meta":[1]}]}',
  errors({ title: CANARY, detail: CANARY, code: CANARY, source: { pointer: `/data/attributes/${CANARY}` } }),
  "<html>sorry</html>",
  `{"data":{"id":"x","type":"customers","attributes":{"__proto__":{"polluted":true}}}}`,
  "[".repeat(10_000),
];
const STATUSES = [200, 201, 204, 302, 400, 401, 403, 404, 406, 409, 415, 422, 423, 429, 500, 503];

/** Every function of the adapter, against one answer to everything behind the auth server. */
async function everyEnd(options: BenchOptions): Promise<unknown[]> {
  const { connect, checkoutIdentity, anonymize, impersonate } = commerceLayer(openTokenBook({ callsPerMinute: 1e6 }));
  const open = (more: BenchOptions = {}) => openBench(sandbox, { ...options, ...more }).call;
  const rita = {
    identity: { "buyer.email": REPEAT_EMAIL },
    secret: { kind: "customer", customerId: "cstRitaRep" },
  } as const;
  const progress = { kind: "requested", reference: "cstRitaRep", note: "" } as const;
  const seat = { kind: "seat", customerId: "cstRitaRep", token: "seat-token", endsAt: Date.now() + 3_600_000 } as const;
  const resume = JSON.stringify({ order: "orderOne", own: true, mark: "shopkey-1", addresses: ["addrOne"] });
  const request = { customer: rita.identity, operator: { id: "operator-1", token: null }, reason: "by telephone" };
  return Promise.all(
    [
      () => connect.start(open(), { identity: rita.identity, shopperReference: "csm-1" }),
      () => connect.verify(open(), rita.secret),
      () => checkoutIdentity.apply(open(), null, ANA, itemsOf("CANECA-300")),
      () => checkoutIdentity.apply(open({ resume }), null, ANA, itemsOf("CANECA-300")),
      () => checkoutIdentity.apply(open(), seat, ANA, { kind: "existing", id: "orderOne" }),
      () => checkoutIdentity.abandon(open({ resume })),
      () => anonymize.request(open(), rita),
      () => anonymize.status(open(), rita, progress),
      () => anonymize.cancel(open(), rita, progress),
      async () => impersonate?.start(open(), request),
      async () => impersonate?.check(open(), seat),
      async () => impersonate?.stop(open(), seat),
    ].map(async (act) => {
      try {
        return await act();
      } catch (error) {
        return error;
      }
    }),
  );
}

function expectTame(ends: readonly unknown[], where: string): void {
  for (const end of ends) {
    const isTame = !(end instanceof Error) || end instanceof AdapterError;
    expect(isTame ? "tame" : `${where}: ${String(end)}`).toBe("tame");
    const told = end instanceof Error ? `${end.message} ${JSON.stringify(end)}` : JSON.stringify(end);
    expect(told ?? "").not.toContain(CANARY);
  }
}

describe("whatever the Core API answers", () => {
  test.each(STATUSES)("with %i and any body, every end is an error of the table or an answer", async (status) => {
    for (const [index, body] of SHAPES.entries()) {
      const answer: BenchOptions["answer"] = ({ pathname }) =>
        pathname.startsWith("/api/")
          ? new Response(status === 204 ? null : body, {
              status,
              headers: { "content-type": "application/vnd.api+json" },
            })
          : undefined;
      expectTame(await everyEnd({ answer }), `${status}, body ${index}`);
    }
  });

  test("nothing of it is taken for success", async () => {
    const answer: BenchOptions["answer"] = ({ pathname }) =>
      pathname.startsWith("/api/") ? new Response("{}", { status: 200 }) : undefined;
    for (const end of await everyEnd({ answer })) {
      const kind = (end as { kind?: string } | undefined)?.kind;
      expect(end instanceof AdapterError || kind === "inconclusive").toBe(true);
    }
  });
});

describe("whatever the auth server answers", () => {
  test.each(STATUSES)("with %i and any body, every end is an error of the table or an answer", async (status) => {
    for (const [index, body] of SHAPES.entries()) {
      const answer: BenchOptions["answer"] = ({ pathname }) =>
        pathname.startsWith("/oauth/") ? new Response(status === 204 ? null : body, { status }) : undefined;
      expectTame(await everyEnd({ answer }), `${status}, body ${index}`);
    }
  });
});

describe("what is read", () => {
  const read = (status: number, body: string, headers: Record<string, string> = {}) =>
    readAnswer(status, new Headers(headers), body);
  const codeOf = (status: number, body: string) => errorOfAnswer(read(status, body), NOW).code;

  test.each([
    [400, errors({ code: "KEY_NOT_INCLUDED_IN_URL" }), "STORE_CHANGED"],
    [401, errors({ code: "INVALID_TOKEN" }), "CREDENTIALS_REJECTED"],
    [401, errors({ code: "UNAUTHORIZED" }), "PERMISSION_MISSING"],
    [404, errors({ code: "RECORD_NOT_FOUND" }), "REFUSED_BY_STORE"],
    [404, "<html></html>", "STORE_CHANGED"],
    [406, errors({ code: "NOT_ACCEPTABLE" }), "STORE_CHANGED"],
    [409, errors({ code: "RECORD_NOT_UNIQUE" }), "REFUSED_BY_STORE"],
    [415, errors({ code: "UNSUPPORTED_MEDIA_TYPE" }), "STORE_CHANGED"],
    [422, errors({ code: "VALIDATION_ERROR", source: { pointer: "/data/attributes/quantity" } }), "REFUSED_BY_STORE"],
    [423, errors({ code: "RECORD_LOCKED" }), "STORE_UNAVAILABLE"],
    [500, errors({ code: "INTERNAL" }), "STORE_UNAVAILABLE"],
  ])("%i %s is %s", (status, body, code) => {
    expect(codeOf(status, body)).toBe(code);
  });

  test.each([
    ["first_name", "buyer.firstName"],
    ["customer_email", "buyer.email"],
    ["billing_info", "buyer.document"],
    ["zip_code", "address.postalCode"],
    ["state_code", "address.state"],
    ["line_1", "address.street"],
    ["phone", "buyer.phone"],
  ])("a pointer at %s is our %s", (attribute, field) => {
    const body = errors({
      code: "VALIDATION_ERROR",
      source: { pointer: `/data/attributes/${attribute}` },
      meta: { value: CANARY },
    });
    expect(errorOfAnswer(read(422, body), NOW)).toMatchObject({ code: "IDENTITY_INCOMPLETE", fields: [field] });
  });

  test.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "Thu, 20 Aug 2026 12:01:30 GMT" }, 90_000],
    [{ "x-ratelimit-interval": "10" }, 10_000],
    [{ "retry-after": "soon" }, 60_000],
    [{ "retry-after": "999999999" }, 86_400_000],
    [{}, 60_000],
  ])("a 429 with %j waits %i ms", (headers, ms) => {
    expect(waitOf(read(429, "", headers), NOW)).toBe(ms);
  });

  test.each([
    ["2025-03-15 11:39:21 UTC", Date.UTC(2025, 2, 15, 11, 39, 21)],
    ["2025-03-15T11:39:21.000Z", Date.UTC(2025, 2, 15, 11, 39, 21)],
    ["yesterday", 0],
    [17, 0],
    [null, 0],
  ])("%p is the time %i", (text, ms) => {
    expect(readTime(text)).toBe(ms);
  });

  test.each([
    ["requested", "requested"],
    ["in_progress", "started"],
    ["", null],
    [null, null],
  ])("an anonymization that is %p reads as %p", (told, state) => {
    const attributes = {
      email: "a@example.com",
      status: "prospect",
      anonymization_status: told,
      anonymization_info: "not an object",
    };
    expect(readCustomer({ data: { id: "x", type: "customers", attributes } }).anonymization).toBe(state);
  });

  test.each([
    ["BRA", "BR"],
    ["ita", "IT"],
    ["PT", "PT"],
    ["XYZ", undefined],
    ["", undefined],
  ])("the country %p has the two letters %p", (country, code) => {
    expect(alpha2Of(country)).toBe(code);
  });
});

describe("settings", () => {
  const good = { slug: "loja" };

  test("name the hosts that are spoken to, and the one that shoppers are sent to", () => {
    const settings = settingsSchema.parse({ ...good, checkoutUrl: "https://www.loja.example/pagar?o={order}" });
    expect(hosts(settings)).toEqual(["loja.commercelayer.io", "auth.commercelayer.io", "www.loja.example"]);
    expect(checkoutUrl(settings, "a/b")).toBe("https://www.loja.example/pagar?o=a%2Fb");
  });

  test.each([
    { slug: "auth" },
    { slug: "Loja" },
    { slug: "loja.evil.example" },
    { ...good, domain: "localhost" },
    { ...good, domain: "evil.example/path" },
    { ...good, checkoutUrl: "http://www.loja.example/{order}" },
    { ...good, checkoutUrl: "https://www.loja.example/" },
    { ...good, checkoutUrl: "https://{order}.loja.example/" },
    { ...good, checkoutUrl: "https://user:pass@loja.example/{order}" },
    { ...good, checkoutUrl: "https://127.0.0.1/{order}" },
    { ...good, scope: "market:id:a&grant_type=x" },
    { ...good, userId: "a/b" },
    { ...good, more: true },
  ])("%j is refused", (settings) => {
    expect(settingsSchema.safeParse(settings).success).toBe(false);
  });

  test("credentials are header-safe and whole", () => {
    const integration = { clientId: "a", clientSecret: "b" };
    expect(credentialsSchema.safeParse({ integration, salesChannel: { clientId: "c" } }).success).toBe(true);
    expect(credentialsSchema.safeParse({ integration, salesChannel: { clientId: "c\r\nd" } }).success).toBe(false);
    expect(credentialsSchema.safeParse({ integration }).success).toBe(false);
  });
});
