/**
 * Being forgotten at VTEX and Mercado Livre, over HTTP and past a clock that is turned, by two gateways on one database that both
 * look after everything: User Rights jobs where the account has them, a ticket where it has not, tasks for the shopper.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import pg from "pg";
import { verifyReceipt } from "../../src/vault/index.js";
import { eventually, GRACE_MS, HOUR_MS, type Step } from "../support/forgetting.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, SAVE_PROFILE, type UserError } from "../support/story.js";

const SECOND_MS = 1_000;
const DAY_MS = 24 * HOUR_MS;
const REQUEST = `id status statusReason shreddedAt overdue steps { name status statusReason note reference attempts store { slug }
  tasks { code optional } } receipt { sequence document }`;
const mutation = (name: string) =>
  `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { request { ${REQUEST} } userErrors { code field } } }`;
const FIND = `query ($id: ID!) { anonymizationRequest(id: $id) { ${REQUEST} } }`;
const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { id } userErrors { code field } } }`;

interface VtexStep extends Step {
  readonly attempts: number;
}
interface Request {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly shreddedAt: string | null;
  readonly overdue: boolean;
  readonly steps: readonly VtexStep[];
  readonly receipt: { readonly sequence: number; readonly document: string } | null;
}
interface Payload {
  readonly request: Request;
  readonly userErrors: readonly UserError[];
}
interface Job {
  readonly id: string;
  readonly email: string;
  readonly status: string;
}

let gateway: TestGateway;
let replica: TestGateway;
let admin: pg.Client;
let shift = 0;
const clock = { now: () => new Date(Date.now() + shift) };
const turn = (byMs: number): void => {
  shift += byMs;
};
beforeAll(async () => {
  const paces = { anonymizationsEveryMs: 60, connectionsEveryMs: 60_000 };
  gateway = await openGateway({ anonymizationGraceMs: GRACE_MS, times: { clock, paces } });
  replica = await gateway.replica();
  admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  const account = "direitos";
  const { body } = await gateway.ask<{ registerStore: { userErrors: UserError[] } }>(REGISTER, {
    input: {
      ...{ adapter: "vtex", slug: account, title: "Direitos", settings: { account, userRights: true } },
      credentials: { appKey: `vtexappkey-${account}-ABCDEF`, appToken: "token-of-direitos" },
    },
  });
  expect(body.data?.registerStore.userErrors).toEqual([]);
}, 60_000);
afterAll(async () => {
  await admin?.end();
  await replica?.close();
  await gateway?.close();
});
beforeEach(async () => {
  await sandbox("PUT", "switches", {});
  await sandbox("DELETE", "journal");
});

/** The account's controls at the sandbox. */
async function sandbox<T>(method: string, what: string, body?: object): Promise<T> {
  const url = `${gateway.sandboxes.get("vtex")}/_sandbox/${what}?account=direitos`;
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return (await answer.json().catch(() => null)) as T;
}
const jobs = async (): Promise<readonly Job[]> =>
  Object.values((await sandbox<{ jobs: Record<string, Job> }>("GET", "state")).jobs);
const profiles = async () => (await sandbox<{ profiles: Record<string, object> }>("GET", "state")).profiles;
/** What the store was asked: how often a job was made, and how often it was looked at. */
async function asked(): Promise<{ readonly made: number; readonly looked: number; readonly deleted: number }> {
  const journal = await sandbox<readonly { method: string; path: string }[]>("GET", "journal");
  const at = (method: string) =>
    journal.filter((one) => one.method === method && one.path.startsWith("/api/user-rights/")).length;
  const deleted = journal.filter(
    ({ method, path }) => method === "DELETE" || /dataentities|profile-system/.test(path),
  ).length;
  return { made: at("POST"), looked: at("GET"), deleted };
}

let count = 0;
async function shopper(): Promise<{ readonly externalId: string; readonly email: string }> {
  count += 1;
  const [externalId, email] = [`vtex-${count}`, `shopper.${count}@vtex-example.com`];
  const buyer = { ...ANA.buyer, email, document: String(50_000_000_000 + count * 7) };
  await gateway.ask(SAVE_PROFILE, { input: { externalId, profile: { ...ANA, buyer } } });
  return { externalId, email };
}
async function act(name: string, input: object, at = gateway): Promise<Payload> {
  const { body } = await at.ask<Record<string, Payload>>(mutation(name), { input });
  const payload = body.data?.[name];
  if (payload === undefined) throw new Error(JSON.stringify(body));
  return payload;
}
async function forget(externalId: string, ...slugs: readonly string[]): Promise<string> {
  const stores = slugs.map((slug) => ({ slug }));
  const { request, userErrors } = await act("requestAnonymization", { consumer: { externalId }, stores });
  expect(userErrors).toEqual([]);
  return request.id;
}
async function find(id: string): Promise<Request> {
  const { body } = await replica.ask<{ anonymizationRequest: Request }>(FIND, { id });
  if (body.data === undefined) throw new Error(JSON.stringify(body));
  return body.data.anonymizationRequest;
}
const until = (id: string, isSo: (request: Request) => boolean) => eventually(() => find(id), isSo);
/** Nobody works on it, and nobody has to before the clock is turned. */
const atRest = (id: string) =>
  eventually(
    async () => (await admin.query("select * from anonymization where id = $1", [id.slice(4)])).rows[0],
    ({ lease_until, due_at, ended_at }) => ended_at !== null || (lease_until === null && due_at > clock.now()),
  );
const stepAt = ({ steps }: Request, slug: string) => steps.find(({ store }) => store?.slug === slug);

test("a job, a ticket and tasks: each is followed as its store wants it, once, whichever gateway looks", async () => {
  const { externalId, email } = await shopper();
  const id = await forget(externalId, "direitos", "cobasi", "mercadolivre");
  expect(await asked()).toEqual({ made: 0, looked: 0, deleted: 0 });
  turn(GRACE_MS);
  const shredded = await until(id, ({ shreddedAt }) => shreddedAt !== null);
  // The address went to the store before it was destroyed here.
  const [job] = await jobs();
  expect(job).toMatchObject({ email, status: "InProgress" });
  expect(stepAt(shredded, "direitos")).toMatchObject({ status: "IN_PROGRESS", reference: job?.id, attempts: 1 });
  expect(stepAt(shredded, "cobasi")).toMatchObject({
    ...{ status: "AWAITING_OPERATOR", reference: null, note: expect.stringContaining("VTEX Admin") },
  });
  const tasks = stepAt(shredded, "mercadolivre");
  expect(tasks?.status).toBe("AWAITING_SHOPPER");
  expect(tasks?.tasks.some(({ optional }) => !optional)).toBe(true);

  // Not within thirty seconds; then once for each time that it is due. A job takes a minute.
  await atRest(id);
  const { rows } = await admin.query<{ waits: number }>(
    `select extract(epoch from s.due_at - s.asked_at)::float * 1000 as waits from anonymization_step s
     join store t on t.id = s.store_id where s.anonymization_id = $1 and t.slug = 'direitos'`,
    [id.slice(4)],
  );
  expect(rows[0]?.waits).toBeGreaterThanOrEqual(30 * SECOND_MS);
  turn(20 * SECOND_MS);
  await atRest(id);
  turn(15 * SECOND_MS);
  await eventually(asked, ({ looked }) => looked > 0);
  await atRest(id);
  expect(stepAt(await find(id), "direitos")?.status).toBe("IN_PROGRESS");
  turn(35 * SECOND_MS);
  await until(id, (request) => stepAt(request, "direitos")?.status === "DONE");
  expect(await asked()).toEqual({ made: 1, looked: 2, deleted: 0 });
  expect(await jobs()).toMatchObject([{ id: job?.id, status: "Success" }]);

  // A ticket needs its reference; a task is the shopper's word. Both gateways are told at once.
  const ends = [
    { store: { slug: "cobasi" }, outcome: "DONE", reference: "CERT-2026-1" },
    { store: { slug: "mercadolivre" }, outcome: "DONE" },
  ];
  const settled = await Promise.all(
    ends.map((end, nth) => act("settleAnonymizationStep", { request: id, ...end }, nth ? replica : gateway)),
  );
  expect(settled.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  const ended = await until(id, ({ status }) => status === "COMPLETED");
  expect(ended.overdue).toBe(false);
  expect(verifyReceipt(Buffer.from(ended.receipt?.document ?? ""))).toMatchObject({ kind: "genuine" });
  expect(ended.receipt?.document).not.toContain(email);
}, 240_000);

test("an address that the store has a profile of, and one that it never saw: both succeed, and nothing is deleted by us", async () => {
  const known = await shopper();
  const unknown = await shopper();
  const input = { consumer: { externalId: known.externalId }, store: { slug: "direitos" } };
  const cart = { items: [{ id: "1", quantity: 1 }] };
  const { body } = await gateway.ask<{ applyCheckoutIdentity: { checkoutIdentity: { cartId: string } } }>(APPLY, {
    input: { ...input, cart },
  });
  const { cartId } = body.data?.applyCheckoutIdentity.checkoutIdentity ?? { cartId: "" };
  const url = `${gateway.sandboxes.get("vtex")}/_sandbox/carts/${cartId}/place?remember=true`;
  await fetch(url, { method: "POST", redirect: "manual" });
  expect(Object.keys(await profiles())).toContain(known.email);

  const ids = [await forget(known.externalId, "direitos"), await forget(unknown.externalId, "direitos")];
  turn(GRACE_MS);
  for (const id of ids) await until(id, ({ shreddedAt }) => shreddedAt !== null);
  turn(2 * 60 * SECOND_MS);
  for (const id of ids) {
    const ended = await until(id, ({ status }) => status === "COMPLETED");
    expect(stepAt(ended, "direitos")).toMatchObject({ status: "DONE", note: expect.stringContaining("Master Data") });
  }
  // The store did it.
  expect(Object.keys(await profiles())).not.toContain(known.email);
  expect(await asked()).toEqual({ made: 2, looked: 2, deleted: 0 });
}, 240_000);

test("a job that failed is not made again: a person has to see to it, and says how it ended", async () => {
  const { externalId } = await shopper();
  const id = await forget(externalId, "direitos");
  await sandbox("PUT", "switches", { jobFails: true });
  turn(GRACE_MS);
  await until(id, ({ shreddedAt }) => shreddedAt !== null);
  turn(2 * 60 * SECOND_MS);
  const failed = await until(id, (request) => stepAt(request, "direitos")?.status === "AWAITING_OPERATOR");
  expect(stepAt(failed, "direitos")).toMatchObject({ statusReason: "FAILED_AT_STORE", reference: expect.any(String) });
  await sandbox("PUT", "switches", {});
  turn(DAY_MS);
  await atRest(id);
  expect(await asked()).toEqual({ made: 1, looked: 1, deleted: 0 });
  const again = { request: id, store: { slug: "direitos" }, outcome: "ASK_AGAIN" };
  expect((await act("settleAnonymizationStep", again)).userErrors.map(({ code }) => code)).toEqual(["TOO_LATE"]);
  const note = "The store does not find Ana Lima.";
  await act("settleAnonymizationStep", { request: id, store: { slug: "direitos" }, outcome: "FAILED", note });
  const ended = await until(id, ({ status }) => status === "FAILED");
  expect(ended.statusReason).toBe("SETTLED_AS_FAILED");
  // What a person wrote about the shopper is gone with the rest.
  expect(stepAt(ended, "direitos")?.note).toBeNull();
  expect(await asked()).toEqual({ made: 1, looked: 1, deleted: 0 });
  expect(JSON.parse(ended.receipt?.document ?? "{}")).toMatchObject({ outcome: "FAILED" });
}, 240_000);

test("a store that is down for a day is asked when it is back, and the address is kept until then", async () => {
  const { externalId, email } = await shopper();
  const id = await forget(externalId, "direitos");
  await sandbox("PUT", "switches", { trouble: "down" });
  turn(GRACE_MS);
  for (let hour = 0; hour < 24; hour += 6) {
    await until(id, (request) => (stepAt(request, "direitos")?.attempts ?? 0) > hour / 6);
    // An attempt is counted before the store is asked.
    await atRest(id);
    const waiting = await find(id);
    expect(waiting.shreddedAt).toBeNull();
    expect(stepAt(waiting, "direitos")).toMatchObject({ status: "WAITING", statusReason: "STORE_UNAVAILABLE" });
    turn(6 * HOUR_MS);
  }
  await atRest(id);
  await sandbox("PUT", "switches", {});
  turn(2 * HOUR_MS);
  await until(id, ({ shreddedAt }) => shreddedAt !== null);
  expect((await jobs()).map((job) => job.email)).toContain(email);
  // It is down for another day, when nothing but the job's id is left to ask with.
  await sandbox("PUT", "switches", { trouble: "down" });
  for (let hour = 0; hour < 24; hour += 8) {
    turn(8 * HOUR_MS);
    await atRest(id);
    expect(stepAt(await find(id), "direitos")).toMatchObject({ status: "IN_PROGRESS" });
  }
  await sandbox("PUT", "switches", {});
  turn(2 * HOUR_MS);
  expect(await until(id, ({ status }) => status === "COMPLETED")).toMatchObject({ overdue: false });
}, 240_000);

test("an account that is not in the beta gets the ticket's words; past its deadline what waits is told as it is", async () => {
  const { externalId } = await shopper();
  const id = await forget(externalId, "direitos", "mercadolivre");
  await sandbox("PUT", "switches", { outsideBeta: true });
  turn(GRACE_MS);
  const waiting = await until(id, ({ shreddedAt }) => shreddedAt !== null);
  expect(stepAt(waiting, "direitos")).toMatchObject({
    ...{ status: "AWAITING_OPERATOR", statusReason: "NOT_SUPPORTED", reference: null },
    note: expect.stringContaining("VTEX Admin"),
  });
  turn(16 * DAY_MS);
  const ended = await until(id, ({ status }) => status !== "IN_PROGRESS");
  expect(ended).toMatchObject({ status: "FAILED", statusReason: "DEADLINE_PASSED", overdue: true });
  expect(stepAt(ended, "direitos")).toMatchObject({ status: "FAILED", statusReason: "DEADLINE_PASSED" });
  // Nobody can make a shopper do what is theirs to do.
  expect(stepAt(ended, "mercadolivre")).toMatchObject({ status: "SKIPPED", statusReason: "NOT_CONFIRMED_BY_SHOPPER" });
  expect(JSON.parse(ended.receipt?.document ?? "{}")).toMatchObject({ outcome: "FAILED", deadlineMet: false });
}, 240_000);

test("neither gateway's log has a word of any of them", () => {
  for (const { logLines } of [gateway, replica])
    expect(logLines.filter((line) => /vtex-example|Av\. Paulista|5000000/.test(line))).toEqual([]);
});
