/** Being forgotten over HTTP: each store by what it really offers, and told honestly; settled by a person; a receipt at the end. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { verifyReceipt } from "../../src/vault/index.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, SAVE_PROFILE, type UserError } from "../support/story.js";

interface Step {
  name: string;
  status: string;
  note: string | null;
  nextAction: string | null;
  reference: string | null;
  store: { slug: string } | null;
  tasks: { code: string; url: string; optional: boolean; warnings: string[] }[];
}
interface Request {
  id: string;
  status: string;
  shreddedAt: string | null;
  steps: Step[];
  receipt: { sequence: number; document: string } | null;
}
type Payload = { request: Request | null; userErrors: UserError[] };

const REQUEST = `id status shreddedAt
  steps { name status note nextAction reference store { slug } tasks { code url optional warnings } } receipt { sequence document }`;
const mutate = (name: string) =>
  `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { request { ${REQUEST} } userErrors { code field message nextAction } } }`;
const FIND = `query ($id: ID!) { anonymizationRequest(id: $id) { ${REQUEST} } }`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
  await gateway.ask(SAVE_PROFILE, { input: { externalId: "ana", profile: ANA } });
}, 60_000);
afterAll(() => gateway.close());

async function act(name: string, input: object): Promise<Payload> {
  const { body } = await gateway.ask<Record<string, Payload>>(mutate(name), { input });
  const payload = body.data?.[name];
  if (payload === undefined) throw new Error(JSON.stringify(body));
  return payload;
}
async function until(id: string, isSo: (request: Request) => boolean): Promise<Request> {
  for (let looks = 0; looks < 400; looks += 1) {
    const { body } = await gateway.ask<{ anonymizationRequest: Request }>(FIND, { id });
    const request = body.data?.anonymizationRequest;
    if (request !== undefined && isSo(request)) return request;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("it never comes to that");
}
const stepAt = ({ steps }: Request, slug: string) => steps.find(({ store }) => store?.slug === slug);

test("each store is asked by what it offers, and what nobody else can do is left to a person", async () => {
  const stores = ["cobasi", "mercadolivre", "ifood"].map((slug) => ({ slug }));
  const { request, userErrors } = await act("requestAnonymization", {
    ...{ consumer: { externalId: "ana" }, stores, regulation: "LGPD", idempotencyKey: "forget-ana" },
  });
  expect(userErrors).toEqual([]);
  const id = request?.id ?? "";
  const waiting = await until(id, ({ shreddedAt }) => shreddedAt !== null);
  expect(stepAt(waiting, "cobasi")).toMatchObject({
    ...{ status: "AWAITING_OPERATOR", note: expect.stringContaining("VTEX Admin") },
    nextAction: expect.stringContaining("settleAnonymizationStep"),
  });
  for (const slug of ["mercadolivre", "ifood"]) {
    const step = stepAt(waiting, slug);
    expect(step?.status).toBe("AWAITING_SHOPPER");
    expect(step?.tasks.filter(({ optional }) => !optional).length).toBeGreaterThan(0);
    expect(step?.tasks.every(({ url }) => url.startsWith("https://"))).toBe(true);
  }

  const ends = [
    { store: { slug: "cobasi" }, outcome: "DONE", reference: "CERT-2026-0001" },
    { store: { slug: "mercadolivre" }, outcome: "DONE" },
    { store: { slug: "ifood" }, outcome: "DONE" },
  ];
  for (const end of ends)
    expect((await act("settleAnonymizationStep", { request: id, ...end })).userErrors).toEqual([]);
  const ended = await until(id, ({ status }) => status === "COMPLETED");
  expect(stepAt(ended, "cobasi")?.reference).toBe("CERT-2026-0001");
  expect(verifyReceipt(Buffer.from(ended.receipt?.document ?? ""))).toMatchObject({ kind: "genuine" });
  // The same wish again is answered as it stands, and is too late to take back.
  const again = await act("requestAnonymization", {
    ...{ consumer: { externalId: "ana" }, stores, regulation: "LGPD", idempotencyKey: "forget-ana" },
  });
  expect(again.request).toMatchObject({ id, status: "COMPLETED" });
  const late = await act("cancelAnonymization", { request: id });
  expect(late.userErrors.map(({ code }) => code)).toEqual(["TOO_LATE"]);
}, 120_000);

test("a consumer shows their wish until they are gone, and a program's key may not have one", async () => {
  await gateway.ask(SAVE_PROFILE, {
    input: { externalId: "bia", profile: { ...ANA, buyer: { ...ANA.buyer, document: "52998224725" } } },
  });
  const key = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code } } }`;
  const input = { name: "program", scopes: ["ANONYMIZATIONS_WRITE"], ownerKind: "SERVICE", ownerName: "program" };
  const made = await gateway.ask<{ createApiKey: { secret: string } }>(key, { input });
  const consumer = { externalId: "bia" };
  const refused = await gateway.ask<{ requestAnonymization: Payload }>(
    ...([mutate("requestAnonymization"), { input: { consumer } }, made.body.data?.createApiKey.secret] as const),
  );
  expect(refused.body.data?.requestAnonymization.userErrors.map(({ code }) => code)).toEqual(["FORBIDDEN"]);
  const show = `{ consumer(externalId: "bia") { status anonymization { status info { id regulation } } } }`;
  expect((await gateway.ask(show)).body.data).toEqual({ consumer: { status: "PROSPECT", anonymization: null } });
});
