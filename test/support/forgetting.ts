/** Two gateways on one database past a clock that is turned, shoppers at a Commerce Layer store, and their wish to be forgotten. */
import { expect } from "@jest/globals";
import pg from "pg";
import { mutate, type Organization, openWebhooks, organizationOf, register } from "./commerce-layer.js";
import { openGateway, type TestGateway } from "./gateway.js";
import { ANA, SAVE_PROFILE } from "./story.js";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** For so long a request can be taken back. */
export const GRACE_MS = HOUR_MS;
/** No stand-in takes so long by itself; one that is told to hang is waited for so long. */
const STORE_DEADLINE_MS = 10_000;
/** The store's own time for it, where a test has no day. */
export const QUICK = { anonymizationMs: MINUTE_MS };

export interface Step {
  readonly name: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly note: string | null;
  readonly reference: string | null;
  readonly store: { readonly slug: string } | null;
  readonly tasks: readonly Task[];
}
/** What is the shopper's to do. */
export interface Task {
  readonly code: string;
  readonly url: string;
  readonly optional: boolean;
  readonly warnings: readonly string[];
  readonly blockers: readonly string[];
}
export interface Wish {
  readonly id: string;
  readonly status: string;
  readonly shreddedAt: string | null;
  readonly steps: readonly Step[];
  readonly receipt: { readonly sequence: number; readonly document: string } | null;
}
export interface Shopper {
  readonly externalId: string;
  readonly email: string;
}

const WISH = `id status shreddedAt steps { name status statusReason note reference store { slug }
  tasks { code url optional warnings blockers } } receipt { sequence document }`;
const FORGET = `mutation ($input: RequestAnonymizationInput!) { requestAnonymization(input: $input) { request { ${WISH} } userErrors { code } } }`;
const CANCEL = `mutation ($input: CancelAnonymizationInput!) { cancelAnonymization(input: $input) { request { ${WISH} } userErrors { code } } }`;
const FIND = `query ($id: ID!) { anonymizationRequest(id: $id) { ${WISH} } }`;
export const CONNECT = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { connection { id status } userErrors { code } } }`;

/** Looks until it is so; a generous minute. */
export async function eventually<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (const end = performance.now() + 60_000; ; ) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > end) throw new Error(`it never comes to that: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export const stepAt = ({ steps }: Wish, slug = "loja") => steps.find(({ store }) => store?.slug === slug);

export interface ForgettingWorld {
  readonly gateway: TestGateway;
  readonly replica: TestGateway;
  readonly admin: pg.Client;
  readonly loja: Organization;
  readonly outra: Organization;
  /** Where loja's webhooks come in, at the first gateway. */
  readonly hook: string;
  /** What loja's webhooks are signed with, one for each topic. */
  readonly secrets: readonly string[];
  readonly turn: (byMs: number) => void;
  /** A shopper with a profile, connected to these Stores. */
  readonly shopper: (...slugs: readonly string[]) => Promise<Shopper>;
  readonly forget: (who: Shopper) => Promise<string>;
  /** The same at these Stores and no others. */
  readonly forgetAt: (who: Shopper, ...slugs: readonly string[]) => Promise<string>;
  readonly cancel: (id: string) => ReturnType<typeof mutate>;
  readonly find: (id: string) => Promise<Wish>;
  readonly until: (id: string, isSo: (wish: Wish) => boolean) => Promise<Wish>;
  /** Nobody works on the request, and nobody has to before the clock is turned. */
  readonly atRest: (id: string) => Promise<unknown>;
  /** A request whose store was asked, and whose shopper is shredded here. */
  readonly asked: (who: Shopper) => Promise<string>;
  /** What the gateway has written down about a request: rows, and how many ledger lines. */
  readonly written: (id: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function openForgetting(): Promise<ForgettingWorld> {
  let shift = 0;
  const clock = { now: () => new Date(Date.now() + shift) };
  const paces = { anonymizationsEveryMs: 60, connectionsEveryMs: 60 };
  const gateway = await openGateway({
    ...{ anonymizationGraceMs: GRACE_MS, storeDeadlineMs: STORE_DEADLINE_MS, times: { clock, paces } },
  });
  const replica = await gateway.replica();
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  const { store } = await register(gateway, "loja");
  await register(gateway, "outra");
  const path = `/hooks/${store.id}/commerce-layer`;
  // One webhook has one topic; each goes to whichever gateway.
  const secrets = await openWebhooks(gateway, "loja", {
    "customers.anonymization_started": gateway.url + path,
    "customers.anonymization_completed": replica.url + path,
    "customers.anonymization_cancelled": gateway.url + path,
    "customers.anonymization_failed": replica.url + path,
  });
  const turn = (byMs: number) => {
    shift += byMs;
  };
  return {
    ...{ gateway, replica, admin, hook: gateway.url + path, secrets, turn },
    ...{ loja: organizationOf(gateway, "loja"), outra: organizationOf(gateway, "outra") },
    ...actsOf(gateway, admin, clock, turn),
    close: async () => {
      await admin.end();
      await replica.close();
      await gateway.close();
    },
  };
}

function actsOf(
  gateway: TestGateway,
  admin: pg.Client,
  clock: { readonly now: () => Date },
  turn: (byMs: number) => void,
): Omit<ForgettingWorld, "gateway" | "replica" | "admin" | "loja" | "outra" | "hook" | "secrets" | "turn" | "close"> {
  const wish = async (input: object): Promise<string> => {
    const { request, userErrors } = await mutate(gateway, FORGET, input);
    expect(userErrors).toEqual([]);
    return request.id;
  };
  const forget: ForgettingWorld["forget"] = ({ externalId }) => wish({ consumer: { externalId } });
  const forgetAt: ForgettingWorld["forgetAt"] = ({ externalId }, ...slugs) =>
    wish({ consumer: { externalId }, stores: slugs.map((slug) => ({ slug })) });
  const find: ForgettingWorld["find"] = async (id) => {
    const { body } = await gateway.ask<{ anonymizationRequest: Wish }>(FIND, { id });
    if (body.data === undefined) throw new Error(JSON.stringify(body));
    return body.data.anonymizationRequest;
  };
  const until: ForgettingWorld["until"] = (id, isSo) => eventually(() => find(id), isSo);
  const row = async (id: string) =>
    (await admin.query("select lease_until, due_at, ended_at from anonymization where id = $1", [id.slice(4)])).rows[0];
  const atRest: ForgettingWorld["atRest"] = (id) =>
    eventually(
      () => row(id),
      ({ lease_until, due_at, ended_at }) => ended_at !== null || (lease_until === null && due_at > clock.now()),
    );
  const asked: ForgettingWorld["asked"] = async (who) => {
    const id = await forget(who);
    turn(GRACE_MS);
    await until(id, ({ shreddedAt }) => shreddedAt !== null);
    await atRest(id);
    return id;
  };
  const cancel: ForgettingWorld["cancel"] = (request) => mutate(gateway, CANCEL, { request });
  const written = async (id: string) => JSON.stringify((await admin.query(WRITTEN, [id.slice(4)])).rows);
  return { shopper: shoppersAt(gateway), forget, forgetAt, cancel, find, until, atRest, asked, written };
}

const WRITTEN = `select a.state, a.ended_at, a.due_at,
    (select json_agg(json_build_array(s.name, s.state, s.reason, s.attempts, s.reference, s.due_at) order by s.position)
     from anonymization_step s where s.anonymization_id = a.id) as steps,
    (select count(*)::int from audit_event e where e.subject_id = a.id) as lines
  from anonymization a where a.id = $1`;

function shoppersAt(gateway: TestGateway): ForgettingWorld["shopper"] {
  let count = 0;
  return async (...slugs) => {
    count += 1;
    const externalId = `shopper-${count}`;
    const email = `shopper.${count}@example.com`;
    const buyer = { ...ANA.buyer, email, document: String(20_000_000_000 + count * 7) };
    await gateway.ask(SAVE_PROFILE, { input: { externalId, profile: { ...ANA, buyer } } });
    for (const slug of slugs) {
      const made = await mutate(gateway, CONNECT, { consumer: { externalId }, store: { slug } });
      expect(made).toMatchObject({ connection: { status: "ACTIVE" }, userErrors: [] });
    }
    return { externalId, email };
  };
}
