import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import { type CommerceLayerSandbox, REPEAT_EMAIL, startSandbox } from "@shopkey/adapter-commerce-layer/sandbox";
import { readClaims } from "../src/claims.js";
import { openTokenBook } from "../src/token-book.js";
import { ANA, type BenchOptions, heldBy, itemsOf, openBench, tokenCalls } from "./bench.js";

const rita = { kind: "customer", customerId: "cstRitaRep" } as const;
const HOUR_MS = 3_600_000;
let now = new Date("2026-08-20T12:00:00Z");
let sandbox: CommerceLayerSandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ now: () => now });
});
afterEach(() => sandbox.close());

const open = (options: BenchOptions = {}) => openBench(sandbox, { now: () => now, ...options });
const wait = (ms: number): void => {
  now = new Date(now.getTime() + ms);
};
/** What the auth server was asked, by whomever. */
const asked = () => sandbox.journal.filter(({ path }) => path === "/oauth/token");

describe("a token of the org's own", () => {
  test("is asked for once in two hours, whoever needs it", async () => {
    const { connect } = commerceLayer();
    for (let call = 0; call < 100; call++)
      expect(await connect.verify(open().call, rita)).toMatchObject({ kind: "live" });
    expect(asked()).toHaveLength(1);
    wait(2 * HOUR_MS - 59_000); // a minute before its end it is not begun with
    await connect.verify(open().call, rita);
    expect(asked()).toHaveLength(2);
  });

  test("is asked for once by fifty who need it at the same moment", async () => {
    const { connect } = commerceLayer();
    const healths = await Promise.all(Array.from({ length: 50 }, () => connect.verify(open().call, rita)));
    expect(new Set(healths.map(({ kind }) => kind))).toEqual(new Set(["live"]));
    expect(asked()).toHaveLength(1);
  });

  test("is asked for anew when the one who asked was given up", async () => {
    const { connect } = commerceLayer();
    sandbox.switches.set(null, { trouble: "hang", path: "/oauth/token", times: 1 });
    const abort = new AbortController();
    const first = connect.verify(open({ signal: abort.signal }).call, rita).catch((error: unknown) => error);
    while (asked().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const others = Array.from({ length: 20 }, () => connect.verify(open().call, rita));
    abort.abort();
    expect(await first).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(new Set((await Promise.all(others)).map(({ kind }) => kind))).toEqual(new Set(["live"]));
    expect(asked()).toHaveLength(2);
  });

  test("is not asked for by everyone who waits when the store is down", async () => {
    const { connect } = commerceLayer();
    sandbox.switches.set(null, { trouble: "down" });
    const healths = await Promise.all(Array.from({ length: 50 }, () => connect.verify(open().call, rita)));
    expect(new Set(healths.map(({ kind }) => kind))).toEqual(new Set(["inconclusive"]));
    expect(asked()).toHaveLength(1);
  });

  test("that stopped working is replaced once, and the request repeated", async () => {
    const { connect } = commerceLayer();
    await connect.verify(open().call, rita);
    sandbox.tokens.expireAll();
    const bench = open();
    expect(await connect.verify(bench.call, rita)).toMatchObject({ kind: "live" });
    expect(bench.sent.map(({ path }) => path.replace(/\?.*/, ""))).toEqual([
      "/api/customers/cstRitaRep",
      "/oauth/token",
      "/api/customers/cstRitaRep",
    ]);
  });

  test("that never works is replaced once, and no more", async () => {
    const problem = { errors: [{ title: "Invalid token", code: "INVALID_TOKEN", status: "401" }] };
    const bench = open({
      answer: ({ pathname }) => (pathname.startsWith("/api/") ? Response.json(problem, { status: 401 }) : undefined),
    });
    const { anonymize } = commerceLayer();
    const progress = { kind: "requested", reference: "cstRitaRep", note: "" } as const;
    const status = anonymize.status(bench.call, { identity: {}, secret: rita }, progress);
    await expect(status).rejects.toMatchObject({ code: "CREDENTIALS_REJECTED" });
    expect(tokenCalls(bench)).toHaveLength(2);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    "that runs out before request %i of a checkout is replaced, and nothing is done twice",
    async (at) => {
      const { checkoutIdentity } = commerceLayer();
      await checkoutIdentity.readiness(open().call, null, {});
      let asks = 0;
      const answer: BenchOptions["answer"] = ({ pathname }) => {
        if (pathname.startsWith("/api/") && ++asks === at) sandbox.tokens.expireAll();
        return undefined;
      };
      const bench = open({ answer });
      const applied = await checkoutIdentity.apply(bench.call, null, ANA, itemsOf("CANECA-300"));
      expect(applied.total.amountMinor).toBe(3490);
      expect(tokenCalls(bench)).toHaveLength(1);
      const { orders, addresses, lineItems } = heldBy(sandbox);
      expect([orders, addresses, lineItems].map((held) => Object.keys(held).length)).toEqual([1, 2, 1]);
    },
  );

  test("is not shared with somebody who knows the client's id and not its secret", async () => {
    const { connect, anonymize } = commerceLayer();
    await connect.verify(open().call, rita);
    const { credentials } = open().call.store;
    const wrong = { integration: { clientId: "integration_loja", clientSecret: "guessed-secret" } };
    const thief = open({ credentials: credentials && { ...credentials, ...wrong } });
    const subject = { identity: { "buyer.email": REPEAT_EMAIL }, secret: null };
    await expect(anonymize.request(thief.call, subject)).rejects.toMatchObject({ code: "CREDENTIALS_REJECTED" });
    expect(thief.sent.filter(({ path }) => path.startsWith("/api/"))).toEqual([]);
  });
});

describe("the auth server is spared", () => {
  test("wrong credentials are refused without asking, for half a minute", async () => {
    const { connect } = commerceLayer();
    const { credentials } = open().call.store;
    const wrong = credentials && {
      ...credentials,
      integration: { clientId: "integration_loja", clientSecret: "wrong-secret" },
    };
    for (let call = 0; call < 40; call++) {
      expect(await connect.verify(open({ credentials: wrong }).call, rita)).toMatchObject({ kind: "inconclusive" });
    }
    expect(asked()).toHaveLength(1);
    expect(await connect.verify(open().call, rita)).toMatchObject({ kind: "live" });
    wait(31_000);
    await connect.verify(open({ credentials: wrong }).call, rita);
    expect(asked()).toHaveLength(3);
  });

  test("the thirtieth call of a minute is never made; later there is room again", async () => {
    const { impersonate } = commerceLayer();
    const request = {
      customer: { "buyer.email": REPEAT_EMAIL },
      operator: { id: "operator-1", token: null },
      reason: "Order by telephone",
    };
    const refusals: unknown[] = [];
    for (let round = 0; round < 40; round++) {
      await impersonate?.start(open().call, request).catch((error: unknown) => refusals.push(error));
    }
    expect(asked()).toHaveLength(28);
    expect(sandbox.journal.filter(({ status }) => status === 429)).toEqual([]);
    expect(refusals[0]).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
    wait(60_001);
    expect(await impersonate?.start(open().call, request)).toMatchObject({ kind: "active" });
  });

  test("when others used the limit up, the wait is the length of its window", async () => {
    const { anonymize } = commerceLayer();
    sandbox.switches.set(null, { tokenLimit: 0 });
    const subject = { identity: { "buyer.email": REPEAT_EMAIL }, secret: null };
    const limited = anonymize.request(open().call, subject);
    await expect(limited).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
    sandbox.switches.set(null, { coreLimit: 0 });
    const core = anonymize.request(open().call, subject);
    await expect(core).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 10_000 });
  });
});

describe("a token is judged before it is used", () => {
  const subject = { identity: { "buyer.email": REPEAT_EMAIL }, secret: null };
  const request = (options: BenchOptions) => {
    const bench = open(options);
    return { bench, answer: commerceLayer().anonymize.request(bench.call, subject) };
  };

  test.each([
    ["a test-mode token on a live store", { environment: "live" }, {}],
    ["a live-mode token on a test store", {}, { liveTokens: true }],
    ["a token of another organization", {}, { otherOrganization: true }],
  ] as const)("%s is refused, and nothing is asked with it", async (_what, options, switches) => {
    sandbox.switches.set(null, switches);
    const { bench, answer } = request(options);
    await expect(answer).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    expect(bench.sent.filter(({ path }) => path.startsWith("/api/"))).toEqual([]);
  });

  test("a sales channel's key in the integration's place is refused", async () => {
    const { credentials } = open().call.store;
    const swapped = credentials && {
      ...credentials,
      integration: { clientId: "webapp_loja", clientSecret: "secret_loja" },
    };
    await expect(request({ credentials: swapped }).answer).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    await expect(request({ credentials: null }).answer).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
  });

  test.each(["", "no.jwt.at-all", "eyJhbGciOiJub25lIn0.e30.", "x".repeat(9000)])("%# is no token", async (token) => {
    const answer: BenchOptions["answer"] = ({ pathname }) =>
      pathname === "/oauth/token" ? Response.json({ access_token: token, expires_in: 7200 }) : undefined;
    await expect(request({ answer }).answer).rejects.toMatchObject({ code: "STORE_CHANGED" });
  });

  test("an error may be a list or one object", async () => {
    sandbox.switches.set(null, { authErrorSingle: true });
    const { credentials } = open().call.store;
    const wrong = credentials && {
      ...credentials,
      integration: { clientId: "integration_loja", clientSecret: "wrong-secret" },
    };
    await expect(request({ credentials: wrong }).answer).rejects.toMatchObject({ code: "CREDENTIALS_REJECTED" });
  });

  test("a scope that the store does not know is the settings' fault", async () => {
    const { call } = open({ settings: { scope: "market:code:nowhere" } });
    const applied = commerceLayer().checkoutIdentity.readiness(call, null, {});
    await expect(applied).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
  });
});

test("the sales channel's secret goes along for impersonation alone", async () => {
  const bench = open();
  const book = openTokenBook();
  expect(readClaims(await book.obtain(bench.call, "salesChannel"))).toMatchObject({
    application: { kind: "sales_channel" },
    test: true,
  });
  expect(tokenCalls(bench).map(({ body }) => Object.keys(body as object).sort())).toEqual([
    ["client_id", "grant_type", "scope"],
  ]);
});
