/** What a stand-in for Commerce Layer must do, asked of it directly. */
import { describe, expect, test } from "@jest/globals";
import { startSandbox, userIdOf } from "@shopkey/adapter-commerce-layer/sandbox";
import { decodeJwt } from "jose";
import { mintAssertion } from "../src/claims.js";
import { askSandbox, clientOf, MEDIA, openAuth, type Told } from "./sandbox-client.js";
import { openShop } from "./shop.js";

const shop = openShop();
const { oauth, bearer, integration, guest } = openAuth(shop);
const core = (token: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  askSandbox(shop.sandbox, "loja.commercelayer.io", method, path, {
    headers: {
      accept: MEDIA,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": MEDIA }),
      ...headers,
    },
    body,
  });
const rita = (attributes: unknown) => ({ data: { type: "customers", id: "cstRitaRep", attributes } });
const codeOf = ({ status, body }: Told) => `${status} ${body?.errors?.[0]?.code}`;

describe("the auth server", () => {
  test("gives a sales channel four hours, an integration two, with everything that a payload has", async () => {
    const { status, body } = await oauth("token", {
      grant_type: "client_credentials",
      client_id: "sales_channel_loja",
      scope: "market:id:mrkBrazil1",
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { token_type: "bearer", expires_in: 14_400, scope: "market:id:mrkBrazil1" },
    });
    expect(body).not.toHaveProperty("refresh_token");
    expect(decodeJwt(body.access_token)).toMatchObject({
      organization: { slug: "loja", enterprise: true },
      application: { client_id: "sales_channel_loja", kind: "sales_channel", public: true },
      ...{ test: true, iss: "https://auth.commercelayer.io", exp: shop.now().getTime() / 1000 + 14_400 },
    });
    expect(
      (await oauth("token", { grant_type: "client_credentials", ...clientOf("integration") })).body.expires_in,
    ).toBe(7200);
  });

  test("decodes an assertion without looking at its signature, and knows owners of its own organization only", async () => {
    const assertion = await mintAssertion({ type: "Customer", id: "cstRitaRep" }, shop.now());
    const forged = `${assertion.slice(0, assertion.lastIndexOf("."))}.forged`;
    const grant = {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ...clientOf("sales_channel"),
      scope: "market:all",
    };
    const told = await oauth("token", { ...grant, assertion: forged });
    expect(told).toMatchObject({
      status: 200,
      body: { owner_id: "cstRitaRep", owner_type: "customer", refresh_token: expect.any(String) },
    });
    for (const owner of [
      { type: "User", id: userIdOf("outra") },
      { type: "Customer", id: "nobodyHere" },
    ] as const) {
      const { status, body } = await bearer(owner);
      // A number here, and a text in the Core API's errors.
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { errors: [{ title: "invalid_assertion", code: "BAD_REQUEST", status: 400 }] },
      });
    }
    expect((await oauth("token", { ...grant, client_secret: undefined, assertion })).status).toBe(401);
    expect((await oauth("token", { ...grant, assertion: `${assertion}${"a".repeat(4096)}` })).status).toBe(400);
  });

  test("refuses a wrong secret, a sales channel without scope, and the thirty-first call of a minute", async () => {
    const wrong = await oauth("token", {
      grant_type: "client_credentials",
      client_id: "integration_loja",
      client_secret: "x",
    });
    expect(wrong.body.errors[0]).toMatchObject({ title: "invalid_client", code: "UNAUTHORIZED", status: 401 });
    const scopeless = await oauth("token", { grant_type: "client_credentials", client_id: "sales_channel_loja" });
    expect(scopeless.body.errors[0]).toMatchObject({ title: "invalid_scope" });
    const strict = await startSandbox({ now: shop.now });
    try {
      const statuses: number[] = [];
      for (let call = 0; call < 31; call++) {
        const body = JSON.stringify({ grant_type: "client_credentials", ...clientOf("integration") });
        const headers = { "x-forwarded-host": "auth.commercelayer.io", "content-type": "application/json" };
        const reply = await fetch(`${strict.url}/oauth/token`, { method: "POST", headers, body });
        statuses.push(reply.status);
        if (reply.status === 429) {
          expect(reply.headers.get("x-ratelimit-interval")).toBe("60");
          expect(reply.headers.get("retry-after")).toBeNull();
        }
        await reply.body?.cancel();
      }
      expect(statuses.filter((status) => status === 200)).toHaveLength(30);
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await strict.close();
    }
  });

  test("takes a token back from whoever it was given to, access and refresh each by itself", async () => {
    const { body } = await bearer({ type: "Customer", id: "cstRitaRep" }, "sales_channel");
    const own = () => core(body.access_token, "GET", "/api/customers/cstRitaRep");
    expect((await own()).status).toBe(200);
    const stranger = await oauth("revoke", { ...clientOf("sales_channel", "outra"), token: body.access_token });
    expect(stranger.body.errors[0]).toMatchObject({ title: "unauthorized_client", status: 403 });
    expect((await oauth("revoke", { ...clientOf("sales_channel"), token: body.access_token })).status).toBe(200);
    expect(codeOf(await own())).toBe("401 INVALID_TOKEN");
    const refresh = { grant_type: "refresh_token", ...clientOf("sales_channel"), refresh_token: body.refresh_token };
    expect((await oauth("token", refresh)).status).toBe(200);
    await oauth("revoke", { ...clientOf("sales_channel"), token: body.refresh_token });
    expect((await oauth("token", refresh)).status).toBe(400);
    expect((await oauth("revoke", { ...clientOf("sales_channel"), token: "never-issued" })).status).toBe(200);
  });
});

describe("the Core API", () => {
  test("wants its media type both ways", async () => {
    const token = await integration();
    expect((await core(token, "GET", "/api/customers", undefined, { accept: "application/json" })).status).toBe(406);
    const body = { data: { type: "customers", attributes: { email: "a@example.com" } } };
    expect((await core(token, "POST", "/api/customers", body, { "content-type": "application/json" })).status).toBe(
      415,
    );
  });

  test("says INVALID_TOKEN of a token, and UNAUTHORIZED of what it may not do: both are 401", async () => {
    expect(codeOf(await core("nonsense", "GET", "/api/customers"))).toBe("401 INVALID_TOKEN");
    expect(codeOf(await core(await guest(), "GET", "/api/customers"))).toBe("401 UNAUTHORIZED");
    expect(codeOf(await core(await integration("outra"), "GET", "/api/customers"))).toBe("401 UNAUTHORIZED");
    const told = await core("nonsense", "GET", "/api/customers");
    expect(told.body.errors[0].status).toBe("401");
  });

  test("refuses what the document should not have, or lacks, or names otherwise than the path", async () => {
    const token = await integration();
    const patch = (body: unknown) => core(token, "PATCH", "/api/customers/cstRitaRep", body);
    expect(codeOf(await patch(rita({ nickname: "Ri" })))).toBe("400 PARAM_NOT_ALLOWED");
    expect(codeOf(await patch({ data: { type: "customers", id: "cstAldoAcq", attributes: {} } }))).toBe(
      "400 KEY_NOT_INCLUDED_IN_URL",
    );
    expect(codeOf(await patch({ data: { type: "customers", id: "cstRitaRep" } }))).toBe("400 PARAM_MISSING");
    expect((await patch(rita({}))).status).toBe(200);
    expect(codeOf(await core(token, "GET", "/api/customers/nobodyHere"))).toBe("404 RECORD_NOT_FOUND");
    expect((await core(token, "PUT", "/api/customers/cstRitaRep", rita({}))).status).toBe(405);
  });

  test("points at the attribute that it does not accept", async () => {
    const token = await integration();
    const create = (email: string) =>
      core(token, "POST", "/api/customers", { data: { type: "customers", attributes: { email } } });
    expect((await create("no address")).body.errors[0]).toMatchObject({
      code: "VALIDATION_ERROR",
      status: "422",
      source: { pointer: "/data/attributes/email" },
    });
    expect((await create("uma@example.com")).status).toBe(201);
    expect((await create("UMA@example.com")).body.errors[0].meta).toMatchObject({
      error: "taken",
      value: "uma@example.com",
    });
  });

  test("lets nobody but a user of the organization request an anonymization", async () => {
    const request = async (token: string) =>
      codeOf(await core(token, "PATCH", "/api/customers/cstRitaRep", rita({ _request_anonymization: true })));
    const customer = (await bearer({ type: "Customer", id: "cstRitaRep" }, "sales_channel")).body.access_token;
    for (const token of [await guest(), await integration(), customer])
      expect(await request(token)).toBe("401 UNAUTHORIZED");
    const user = (await bearer({ type: "User", id: userIdOf("loja") })).body.access_token;
    expect(await request(user)).toBe("200 undefined");
    expect(await request(user)).toBe("422 VALIDATION_ERROR");
  });

  test("writes times and states of an anonymization in its two ways", async () => {
    const user = (await bearer({ type: "User", id: userIdOf("loja") })).body.access_token;
    const before = (await core(user, "GET", "/api/customers/cstRitaRep")).body.data.attributes;
    expect(before).toMatchObject({ anonymization_status: null, anonymization_info: {} });
    shop.sandbox.switches.set(null, { anonymizationMs: 0.5 });
    await core(user, "PATCH", "/api/customers/cstRitaRep", rita({ _request_anonymization: true }));
    const { attributes } = (await core(user, "GET", "/api/customers/cstRitaRep")).body.data;
    expect(attributes.anonymization_info).toMatchObject({
      requested_at: "2026-08-20 12:00:00 UTC",
      requester: { id: "user_loja", email: expect.any(String) },
    });
    expect(attributes.created_at).toBe("2026-08-20T12:00:00.000Z");
  });

  test("shows a customer their own record and orders, and nobody else's", async () => {
    const token = (await bearer({ type: "Customer", id: "cstRitaRep" }, "sales_channel")).body.access_token;
    expect((await core(token, "GET", "/api/customers/cstRitaRep")).status).toBe(200);
    expect(codeOf(await core(token, "GET", "/api/customers/cstAldoAcq"))).toBe("404 RECORD_NOT_FOUND");
    const created = await core(token, "POST", "/api/orders", { data: { type: "orders", attributes: {} } });
    expect(created).toMatchObject({ status: 201, body: { data: { attributes: { guest: false, status: "draft" } } } });
    const others = await core(await guest(), "POST", "/api/orders", { data: { type: "orders", attributes: {} } });
    expect((await core(token, "GET", `/api/orders/${others.body.data.id}`)).status).toBe(404);
    expect((await core(token, "GET", "/api/orders")).body.meta.record_count).toBe(1);
  });

  test("lists at most twenty-five, and only the fields that were asked for", async () => {
    const token = await integration();
    expect((await core(token, "GET", "/api/customers?page[size]=26")).status).toBe(400);
    const { body } = await core(token, "GET", "/api/customers?fields[customers]=status&page[size]=1");
    expect(body.data).toHaveLength(1);
    expect(body.data[0].attributes).toEqual({ status: "repeat" });
    expect(body.meta).toEqual({ record_count: 2, page_count: 2 });
  });

  test("keeps each organization to itself", async () => {
    const token = await integration("outra");
    const create = await askSandbox(shop.sandbox, "outra.commercelayer.io", "POST", "/api/customers", {
      headers: { accept: MEDIA, "content-type": MEDIA, authorization: `Bearer ${token}` },
      body: { data: { type: "customers", attributes: { email: "so.da.outra@example.com" } } },
    });
    expect(create.status).toBe(201);
    expect(JSON.stringify(shop.sandbox.state("loja"))).not.toContain("so.da.outra");
    expect(JSON.stringify(shop.sandbox.state("outra"))).toContain("so.da.outra");
  });
});
