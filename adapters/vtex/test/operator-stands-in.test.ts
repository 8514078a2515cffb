/** A telesales operator in a customer's place: the known defects of the store, and everything that must not work. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Impersonation } from "@shopkey/adapter-sdk";
import type { ServedSandbox, Switches } from "@shopkey/adapter-sdk/sandbox";
import { type VtexKept, vtex } from "@shopkey/adapter-vtex";
import { KNOWN_EMAIL, startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { ANA, type Bench, heldCart, itemsOf, openBench } from "./bench.js";
import { REQUEST, takenAt } from "./impersonation.js";

const adapter = vtex();
const { apply } = adapter.checkoutIdentity;
const impersonate = adapter.impersonate as NonNullable<typeof adapter.impersonate>;
const renew = impersonate.renew as NonNullable<typeof impersonate.renew>;
const MARIA = { ...ANA, "buyer.email": KNOWN_EMAIL };

let sandbox: ServedSandbox;
let bench: Bench;

beforeEach(async () => {
  sandbox = await startSandbox();
  bench = openBench(sandbox);
});
afterEach(() => sandbox.close());

const set = (switches: Switches) => sandbox.switches.set("cobasi", switches);
const paths = () => bench.sent.map(({ method, path }) => `${method} ${path}`);
const place = (cartId: string) => fetch(`${sandbox.url}/_sandbox/carts/${cartId}/place`, { method: "POST" });

async function begin(): Promise<Extract<Impersonation<VtexKept>, { kind: "active" }>> {
  const begun = await impersonate.start(bench.call, REQUEST);
  if (begun.kind !== "active") throw new Error(`denied: ${begun.code}`);
  return begun;
}
const seatOf = (secret: VtexKept["secret"] | undefined) => {
  if (secret === undefined || !("seat" in secret)) throw new Error("no seat");
  return secret.seat;
};
const cookieOf = (secret: VtexKept["secret"] | undefined, name: string) =>
  seatOf(secret).cookies.find(([other]) => other === name)?.[1];

/** Asks the sandbox as anybody on the network could. */
async function raw(method: string, path: string, options: { body?: unknown; cookie?: string; query?: string } = {}) {
  const headers = { accept: "application/json", "content-type": "application/json", cookie: options.cookie ?? "" };
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { ...headers, "x-forwarded-host": "cobasi.vtexcommercestable.com.br" },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0]);
  return {
    status: response.status,
    json: (await response.json()) as Record<string, never>,
    cookies: cookies.join("; "),
  };
}

describe("beginning", () => {
  test("proves the operator, asks with one public key, reads back, tries a cart", async () => {
    const begun = await begin();
    expect(paths()).toEqual([
      "POST /api/vtexid/credential/validate",
      "POST /api/sessions",
      "PATCH /api/sessions",
      "GET /api/sessions?items=*",
      "GET /api/checkout/pub/orderForm?forceNewCart=true",
    ]);
    expect(bench.sent[2]?.body).toEqual({ public: { "vtex-impersonated-customer-email": { value: KNOWN_EMAIL } } });
    expect(begun).toMatchObject({ account: "cobasi", expiresAt: null });
    expect(begun.storeUserId).toMatch(/^[0-9a-f-]{36}$/);
    expect(takenAt(sandbox)).toEqual([KNOWN_EMAIL]);
  });

  test("the cookies that the store rotates are the ones that are kept", async () => {
    await begin();
    const tokens = bench.kept.map((secret) => cookieOf(secret, "vtex_session"));
    expect(new Set(tokens).size).toBe(2);
    expect(bench.sent.at(-1)?.headers.cookie).toContain(`vtex_session=${tokens.at(-1)}`);
    expect(bench.sent.at(-1)?.headers.cookie).toContain(`vtex-impersonated-customer-email=${KNOWN_EMAIL}`);
  });

  test("a profile that is only there at the second look is waited for, one look long", async () => {
    set({ lateProfile: true });
    await begin();
    expect(paths().filter((path) => path.startsWith("GET /api/sessions"))).toHaveLength(2);
  });

  test("a cart in the operator's name is mended", async () => {
    set({ operatorInCart: true });
    const { secret } = await begin();
    expect(await heldCart(sandbox, seatOf(secret).cartId ?? "")).toMatchObject({
      clientProfileData: { email: KNOWN_EMAIL },
    });
  });

  test("an operator's own login that says when it ends is believed to end then", async () => {
    const issued = await fetch(`${sandbox.url}/_sandbox/tokens?account=cobasi&minutes=30`, { method: "POST" });
    const { token } = (await issued.json()) as { token: string };
    const begun = await impersonate.start(bench.call, { ...REQUEST, operator: { id: "Olivia", token } });
    const minutes = ((begun.kind === "active" ? (begun.expiresAt?.getTime() ?? 0) : 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(28);
    expect(minutes).toBeLessThanOrEqual(30);
  });

  test("a login of a key stands in for nobody", async () => {
    const keyed = await raw("POST", "/api/vtexid/apptoken/login", {
      body: { appkey: "vtexappkey-cobasi-A", apptoken: "secret" },
    });
    const token = String(keyed.json.token);
    const begun = await impersonate.start(bench.call, { ...REQUEST, operator: { id: "Olivia", token } });
    expect(begun).toMatchObject({ kind: "denied", code: "OPERATOR_REJECTED" });
    expect(takenAt(sandbox)).toEqual([]);
  });

  test("a denial that the store does not take back is no denial: it is thrown, and what was kept ends it", async () => {
    set({ profileNeverLoads: true, impersonationSurvives: true });
    await expect(impersonate.start(bench.call, REQUEST)).rejects.toMatchObject({ code: "REFUSED_BY_STORE" });
    set({});
    const last = bench.kept.at(-1);
    if (last === undefined) throw new Error("nothing was kept");
    expect(await impersonate.stop(openBench(sandbox).call, last)).toMatchObject({ storeAgreed: true });
    expect(takenAt(sandbox)).toEqual([]);
  });
});

describe("buying", () => {
  test("fills in the cart of a customer whom a guest could not name", async () => {
    const { secret } = await begin();
    const applied = await apply(bench.call, secret, MARIA, itemsOf("1001"));
    expect(applied.fields).toContain("buyer.email");
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({ clientProfileData: { email: KNOWN_EMAIL } });
    expect(seatOf(bench.kept.at(-1)).cartId).toBe(applied.cart.id);
    const guest = apply(openBench(sandbox).call, { storeKnowsEmail: true }, MARIA, itemsOf("1001"));
    await expect(guest).rejects.toMatchObject({ code: "CHALLENGE_REQUIRED" });
  });

  test("a cart in the operator's name is the customer's before anything is placed, or it is lost", async () => {
    const { secret } = await begin();
    set({ operatorInCart: true });
    const applied = await apply(bench.call, secret, MARIA, itemsOf("1001"));
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({ clientProfileData: { email: KNOWN_EMAIL } });
    set({ operatorEmail: true });
    const other = apply(bench.call, secret, MARIA, itemsOf("1001"));
    await expect(other).rejects.toMatchObject({ code: "IMPERSONATION_LOST" });
  });

  test("another customer's checkout is none of this place", async () => {
    const { secret } = await begin();
    await expect(apply(bench.call, secret, ANA, itemsOf("1001"))).rejects.toMatchObject({ code: "IMPERSONATION_LOST" });
    expect(JSON.stringify(sandbox.state("cobasi"))).not.toContain("ana@example.com");
  });

  test("with an order VTEX drops it: it is lost, and taken again by renewing", async () => {
    await begin();
    const first = await apply(bench.call, bench.kept.at(-1) ?? null, MARIA, itemsOf("1001"));
    await place(first.cart.id);
    const dropped = bench.kept.at(-1) as VtexKept["secret"];
    expect(await impersonate.check(bench.call, dropped)).toMatchObject({ kind: "lost" });
    await expect(apply(bench.call, dropped, MARIA, itemsOf("1001"))).rejects.toMatchObject({
      code: "IMPERSONATION_LOST",
    });
    // And without a look at the cart that was ordered, the new one says so.
    const blind = { seat: { ...seatOf(dropped), cartId: null } };
    await expect(apply(bench.call, blind, MARIA, itemsOf("1001"))).rejects.toMatchObject({
      code: "IMPERSONATION_LOST",
    });
    const renewed = await renew(bench.call, dropped);
    if (renewed.kind !== "active") throw new Error(renewed.code);
    expect(await impersonate.check(bench.call, renewed.secret)).toEqual({ kind: "live" });
    const second = await apply(bench.call, renewed.secret, MARIA, itemsOf("1001"));
    expect(second.cart.id).not.toBe(first.cart.id);
  });

  test("a role that is taken away meanwhile ends it at the next renewal", async () => {
    const { secret } = await begin();
    set({ telesalesRoleMissing: true });
    expect(await renew(bench.call, secret)).toMatchObject({ kind: "denied", code: "ROLE_MISSING" });
    expect(takenAt(sandbox)).toEqual([]);
  });
});

describe("ending", () => {
  test("an empty value, a new cart, the cookie gone, and a look whether it is true", async () => {
    const { secret } = await begin();
    bench.sent.length = 0;
    expect(await impersonate.stop(bench.call, secret)).toMatchObject({ storeAgreed: true });
    expect(paths()).toEqual([
      "PATCH /api/sessions",
      "GET /api/checkout/pub/orderForm?forceNewCart=true",
      "GET /api/sessions?items=*",
    ]);
    expect(bench.sent[0]?.body).toEqual({ public: { "vtex-impersonated-customer-email": { value: "" } } });
    expect(bench.sent.map(({ headers }) => headers.cookie).join()).not.toContain("vtex-impersonated-customer-email=");
    expect(takenAt(sandbox)).toEqual([]);
  });

  test("an end that shows late is believed at the second look; one that never comes is not", async () => {
    set({ lateEnd: true });
    expect(await impersonate.stop(bench.call, (await begin()).secret)).toMatchObject({ storeAgreed: true });
    const { secret } = await begin();
    set({ impersonationSurvives: true });
    expect(await impersonate.stop(bench.call, secret)).toMatchObject({ storeAgreed: false });
    expect(takenAt(sandbox)).toEqual([KNOWN_EMAIL]);
  });

  test("cookies that the store knows no more prove no end: it answers with a session made new", async () => {
    await renew(bench.call, (await begin()).secret);
    const [stale] = bench.kept;
    if (stale === undefined) throw new Error("nothing was kept");
    expect(await impersonate.stop(openBench(sandbox).call, stale)).toMatchObject({ storeAgreed: false });
    expect(takenAt(sandbox)).toEqual([KNOWN_EMAIL]);
  });

  test("ends after the operator's own login has run out", async () => {
    const issued = await fetch(`${sandbox.url}/_sandbox/tokens?account=cobasi&minutes=0.0005`, { method: "POST" });
    const { token } = (await issued.json()) as { token: string };
    const { secret } = await begin();
    const cookies = seatOf(secret).cookies.map(([name, value]): [string, string] =>
      name.startsWith("VtexId") ? [name, token] : [name, value],
    );
    expect(await impersonate.stop(bench.call, { seat: { ...seatOf(secret), cookies } })).toMatchObject({
      storeAgreed: true,
    });
    expect(takenAt(sandbox)).toEqual([]);
  });
});

describe("the store itself", () => {
  const email = "vtex-impersonated-customer-email";

  test("`public.authentication` proves nothing", async () => {
    const forged = { [email]: { value: KNOWN_EMAIL }, authentication: { value: "operadora@loja.example" } };
    const { cookies } = await raw("POST", "/api/sessions", {
      body: { public: forged, authentication: { adminUserEmail: { value: "operadora@loja.example" } } },
    });
    const { json } = await raw("GET", "/api/sessions?items=*", { cookie: cookies });
    expect(json.namespaces).toMatchObject({ authentication: {}, impersonate: { canImpersonate: { value: "false" } } });
    expect(takenAt(sandbox)).toEqual([]);
  });

  test.each([
    ["another account's login", "operator-animale-operadora"],
    ["a shopper's login", "shopper-cobasi-operadora"],
    ["yesterday's login", "expired-cobasi-operadora"],
    ["a manager's login", "operator-cobasi-gerente"],
  ])("%s takes no place", async (_who, token) => {
    const cookie = `VtexIdclientAutCookie=${token}`;
    const { status } = await raw("POST", "/api/sessions", {
      cookie,
      body: { public: { [email]: { value: KNOWN_EMAIL } } },
    });
    expect(status).toBe(201);
    expect(takenAt(sandbox)).toEqual([]);
  });

  test("of two public keys that begin alike one is kept; a session without its cookies is nobody's", async () => {
    const body = { public: { variable1: { value: "1" }, variable2: { value: "2" } } };
    const { cookies, json } = await raw("POST", "/api/sessions", { body });
    expect(Object.keys(json).sort()).toEqual(["segmentToken", "sessionToken"]);
    const read = await raw("GET", "/api/sessions?items=public.variable1,public.variable2", { cookie: cookies });
    expect(read.json.namespaces).toEqual({ public: { variable2: { value: "2" } } });
    expect((await raw("GET", "/api/sessions?items=*")).status).toBe(401);
    expect((await raw("GET", "/api/sessions", { cookie: cookies })).status).toBe(400);
  });
});
