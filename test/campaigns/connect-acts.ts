/** What a gateway is killed in the middle of: each act of connecting, how it is prepared, and what must come of it. */
import type { LiveClient } from "../support/live-client.js";
import { ask, type Ground, logIn, look, sql, type Told } from "./connect-world.js";
import { waitFor } from "./impersonation-kills.js";
import type { MortalGateway } from "./mortal-gateway.js";

const STEP = "connection { id status statusReason } userErrors { code message }";
const CONSUMER =
  "mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { userErrors { code message } } }";
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { ${STEP} liveViewUrl sessionId } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) { ${STEP} } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health ${STEP} } }`;
const CANCEL = `mutation ($input: CancelConnectionInput!) { cancelConnection(input: $input) { ${STEP} } }`;
const DISCONNECT = `mutation ($input: DisconnectInput!) { disconnect(input: $input) { storeAgreed ${STEP} } }`;
const APPLY = `mutation ($input: ApplyCheckoutIdentityInput!) { applyCheckoutIdentity(input: $input) {
  checkoutIdentity { state handOff { liveViewUrl sessionId } consumer { connections { id status store { id slug } } } }
  userErrors { code message } } }`;
const PRODUCT = "https://produto.mercadolivre.com.br/MLB-3511223344-fone-_JM";
const store = { slug: "mercadolivre" };

/** One shopper, and where they stand. */
export interface Shopper {
  readonly externalId: string;
  readonly key: string;
  connection: string;
  client: LiveClient | null;
}

export interface Act {
  readonly name: string;
  /** Up to the act itself; every answer in it was heard. */
  readonly prepare: (ground: Ground, gateway: MortalGateway, shopper: Shopper) => Promise<void>;
  /** In which the gateway dies. Null: it did not answer. */
  readonly act: (gateway: MortalGateway, shopper: Shopper) => Promise<unknown>;
  /** Nobody asks for it: it goes on by itself. */
  readonly isAlone?: boolean;
  /** What stood before stands, whatever becomes of it. */
  readonly keepsLogin?: boolean;
  /** The same client comes back with the same idempotency key; what is not as it should be. */
  readonly goOn: (ground: Ground, gateway: MortalGateway, shopper: Shopper) => Promise<readonly string[]>;
  /** What may stand when nobody came back and the clock was there. */
  readonly ends: readonly string[];
}

export const statusOf = async (ground: Ground, { externalId }: Shopper): Promise<string> => {
  const [row] = await sql<{ status: string }>(
    ground,
    `select n.status from connection n
     join consumer c on c.org_id = n.org_id and c.id = n.consumer_id where c.external_id = '${externalId}'`,
  );
  return row?.status ?? "NONE";
};

const codesOf = (told: Told | null): string =>
  told === null ? "no answer" : told.userErrors.map(({ code, message }) => `${code} ${message}`).join(", ");

/** Faults of an answer: it must have come, without errors, and hold. */
function judge(what: string, told: Told | null, isRight: (told: Told) => boolean): string[] {
  if (told === null || told.userErrors.length > 0) return [`${what}: ${codesOf(told)}`];
  return isRight(told) ? [] : [`${what}: ${JSON.stringify(told).slice(0, 300)}`];
}

const isActive = ({ connection }: Told): boolean => connection?.status === "ACTIVE";

async function must(what: string, work: Promise<Told | null>): Promise<Told> {
  const told = await work;
  if (told === null || told.userErrors.length > 0) throw new Error(`${what}: ${codesOf(told)}`);
  return told;
}

const begin = (gateway: MortalGateway, { externalId, key }: Shopper, more = "") =>
  ask(gateway, START, { consumer: { externalId }, store, idempotencyKey: `start${more} ${key}` });

/** A live view that the shopper looks at; as far as the login. */
async function open(gateway: MortalGateway, shopper: Shopper, more = ""): Promise<string> {
  const told = await must("start", begin(gateway, shopper, more));
  return await lookAt(shopper, told);
}

async function lookAt(shopper: Shopper, told: Told): Promise<string> {
  shopper.connection = told.connection?.id ?? "";
  shopper.client?.close();
  shopper.client = await look(String(told.liveViewUrl));
  return String(told.sessionId);
}

const finish = (gateway: MortalGateway, { connection, key }: Shopper, more = "") =>
  ask(gateway, FINISH, { connection, idempotencyKey: `finish${more} ${key}` });

async function prepareConsumer(_ground: Ground, gateway: MortalGateway, { externalId }: Shopper): Promise<void> {
  await must("consumer", ask(gateway, CONSUMER, { externalId }));
}

async function prepareLogin(ground: Ground, gateway: MortalGateway, shopper: Shopper, more = ""): Promise<void> {
  if (more === "") await prepareConsumer(ground, gateway, shopper);
  await logIn(ground, await open(gateway, shopper, more));
}

async function prepareActive(ground: Ground, gateway: MortalGateway, shopper: Shopper): Promise<void> {
  await prepareLogin(ground, gateway, shopper);
  await must("finish", finish(gateway, shopper));
}

/** From a start that was answered anew to a login that works. */
async function completeStart(ground: Ground, gateway: MortalGateway, shopper: Shopper, more: string) {
  const told = await begin(gateway, shopper, more);
  const faults = judge("start again", told, ({ liveViewUrl }) => typeof liveViewUrl === "string");
  if (told === null || faults.length > 0) return faults;
  await logIn(ground, await lookAt(shopper, told));
  return judge("finish after the start", await finish(gateway, shopper, more), isActive);
}

export const ACTS: readonly Act[] = [
  {
    name: "start",
    prepare: prepareConsumer,
    act: (gateway, shopper) => begin(gateway, shopper),
    goOn: (ground, gateway, shopper) => completeStart(ground, gateway, shopper, ""),
    ends: ["NONE", "FAILED"],
  },
  {
    name: "finish",
    prepare: prepareLogin,
    act: (gateway, shopper) => finish(gateway, shopper),
    goOn: async (_ground, gateway, shopper) => judge("finish again", await finish(gateway, shopper), isActive),
    // Nobody is asked to finish it but the clock; what was saved by then is bound.
    ends: ["FAILED", "ACTIVE"],
  },
  {
    // The live view's own word: nobody repeats it but the browser's worker.
    name: "done",
    prepare: prepareLogin,
    act: async (gateway, { client }) => {
      client?.send({ t: "done" });
      await Promise.race([gateway.gone, client?.ended]);
    },
    isAlone: true,
    goOn: async (ground, _gateway, shopper) =>
      waitFor("the live view finishes by itself", async () => (await statusOf(ground, shopper)) === "ACTIVE"),
    ends: ["ACTIVE"],
  },
  {
    name: "start-again",
    keepsLogin: true,
    prepare: prepareActive,
    act: (gateway, shopper) => begin(gateway, shopper, " again"),
    goOn: (ground, gateway, shopper) => completeStart(ground, gateway, shopper, " again"),
    ends: ["ACTIVE"],
  },
  {
    name: "finish-again",
    keepsLogin: true,
    prepare: async (ground, gateway, shopper) => {
      await prepareActive(ground, gateway, shopper);
      await prepareLogin(ground, gateway, shopper, " again");
    },
    act: (gateway, shopper) => finish(gateway, shopper, " again"),
    goOn: async (_ground, gateway, shopper) =>
      judge("finish again", await finish(gateway, shopper, " again"), isActive),
    ends: ["ACTIVE"],
  },
  {
    name: "verify",
    keepsLogin: true,
    prepare: prepareActive,
    act: (gateway, { connection, key }) => ask(gateway, VERIFY, { connection, idempotencyKey: `verify ${key}` }),
    goOn: async (_ground, gateway, { connection, key }) =>
      judge(
        "verify again",
        await ask(gateway, VERIFY, { connection, idempotencyKey: `verify ${key}` }),
        ({ health }) => health === "LIVE",
      ),
    ends: ["ACTIVE"],
  },
  {
    name: "apply",
    keepsLogin: true,
    prepare: prepareActive,
    act: (gateway, shopper) => apply(gateway, shopper),
    goOn: async (ground, gateway, shopper) => {
      const applied = await apply(gateway, shopper);
      const isHandedOff = await endHandOff(ground, applied);
      return judge("apply again", applied, ({ checkoutIdentity }) => {
        const { state } = (checkoutIdentity ?? {}) as { readonly state?: string };
        return state === "APPLIED" && isHandedOff;
      });
    },
    ends: ["ACTIVE"],
  },
  {
    name: "cancel",
    prepare: async (ground, gateway, shopper) => {
      await prepareConsumer(ground, gateway, shopper);
      await open(gateway, shopper);
    },
    act: (gateway, shopper) => cancel(gateway, shopper),
    goOn: async (_ground, gateway, shopper) =>
      judge("cancel again", await cancel(gateway, shopper), ({ connection }) => connection?.status === "FAILED"),
    ends: ["FAILED"],
  },
  {
    name: "disconnect",
    prepare: prepareActive,
    act: (gateway, shopper) => disconnect(gateway, shopper),
    goOn: async (_ground, gateway, shopper) =>
      judge(
        "disconnect again",
        await disconnect(gateway, shopper),
        ({ connection, storeAgreed }) => storeAgreed === true && connection?.status === "DISCONNECTED",
      ),
    ends: ["ACTIVE", "DISCONNECTED"],
  },
];

const apply = (gateway: MortalGateway, { externalId, key }: Shopper) =>
  ask(gateway, APPLY, { consumer: { externalId }, store, cart: { url: PRODUCT }, idempotencyKey: `apply ${key}` });

/** Nobody will open it. False: there was none. */
async function endHandOff(ground: Ground, told: Told | null): Promise<boolean> {
  const applied = told?.checkoutIdentity as
    | { readonly handOff?: { readonly sessionId: string } | null }
    | null
    | undefined;
  const sessionId = applied?.handOff?.sessionId;
  if (sessionId !== undefined) await ground.layer.endSession(sessionId, "cancelled");
  return sessionId !== undefined;
}
const cancel = (gateway: MortalGateway, { connection, key }: Shopper) =>
  ask(gateway, CANCEL, { connection, idempotencyKey: `cancel ${key}` });
const disconnect = (gateway: MortalGateway, { connection, key }: Shopper) =>
  ask(gateway, DISCONNECT, { connection, idempotencyKey: `disconnect ${key}` });

/** Whether a login works, and a checkout can use it; ended afterwards, and the store agrees. */
export async function spend(ground: Ground, gateway: MortalGateway, shopper: Shopper): Promise<readonly string[]> {
  const { connection, key } = shopper;
  const verified = await ask(gateway, VERIFY, { connection });
  const applied = await apply(gateway, { ...shopper, key: `${key} at last` });
  const ended = await ask(gateway, DISCONNECT, { connection });
  await endHandOff(ground, applied);
  return [
    ...judge("verify at last", verified, ({ health }) => health === "LIVE"),
    ...judge("apply at last", applied, ({ checkoutIdentity }) => checkoutIdentity !== null),
    ...judge("disconnect at last", ended, ({ storeAgreed }) => storeAgreed === true),
  ];
}
