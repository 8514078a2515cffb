/** The load under which a gateway is killed, and the client's own book of what was acknowledged. */
import { ANA, APPLY, SAVE_PROFILE } from "../support/story.js";
import type { KilledGateway } from "./killed-gateway.js";

/** One shopper whose profile is saved again and again; each version is told by its masks. */
export interface Saver {
  readonly externalId: string;
  acked: number;
  /** The last that was sent; `acked`, or one more. */
  sent: number;
}

export interface Purchase {
  readonly externalId: string;
  /** Carried to the store in the clear: finds the shopper's carts there. */
  readonly email: string;
  /** Null until the gateway has said so. */
  acked: { readonly id: string; readonly cartId: string } | null;
}

export interface Book {
  readonly savers: readonly Saver[];
  readonly purchases: Purchase[];
}

export const newBook = (savers: number): Book => ({
  savers: Array.from({ length: savers }, (_, at) => ({ externalId: `saver-${at}`, acked: 0, sent: 0 })),
  purchases: [],
});

type Payload = { readonly userErrors: readonly { readonly code: string }[]; readonly [name: string]: unknown };

/** The payload, or null when there was no answer that one could go by. */
export async function askOnce(gateway: KilledGateway, query: string, variables: object): Promise<Payload | null> {
  try {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(15_000),
    });
    const { data } = (await response.json()) as { data?: Record<string, Payload | null> | null };
    return Object.values(data ?? {})[0] ?? null;
  } catch {
    return null;
  }
}

const isDone = (payload: Payload | null): payload is Payload => payload !== null && payload.userErrors?.length === 0;
const twoDigits = (version: number) => String(version % 100).padStart(2, "0");

/** What a version of a profile looks like when it is read. */
export const masksOf = (version: number) => ({
  email: `a•••@v${version}.example`,
  document: `•••${twoDigits(version)}`,
  phone: `•••${twoDigits(version)}`,
});

export async function saveVersion(gateway: KilledGateway, saver: Saver, version: number): Promise<boolean> {
  const buyer = {
    email: `ana@v${version}.example`,
    document: `123456789${twoDigits(version)}`,
    phone: `+55119999999${twoDigits(version)}`,
  };
  const { externalId } = saver;
  const input = { externalId, profile: { buyer }, idempotencyKey: `${externalId}-${version}` };
  return isDone(await askOnce(gateway, SAVE_PROFILE, { input }));
}

/** The same intent, however often it is asked. Null: no answer, or not yet. */
export async function buy(gateway: KilledGateway, purchase: Purchase): Promise<Purchase["acked"]> {
  const { externalId, email } = purchase;
  const profile = { ...ANA, buyer: { ...ANA.buyer, email } };
  const saved = await askOnce(gateway, SAVE_PROFILE, { input: { externalId, profile } });
  if (!isDone(saved)) return null;
  const input = {
    consumer: { externalId },
    store: { slug: "cobasi" },
    cart: { items: [{ id: "1001", quantity: 1 }] },
    idempotencyKey: `buy-${externalId}`,
  };
  const payload = await askOnce(gateway, APPLY, { input });
  return isDone(payload) ? (payload.checkoutIdentity as NonNullable<Purchase["acked"]>) : null;
}

/** Asks until it is told to stop or an answer fails to come. */
export async function load(gateway: KilledGateway, book: Book, buyers: number, isOver: () => boolean): Promise<void> {
  const save = async (saver: Saver) => {
    while (!isOver()) {
      saver.sent = saver.acked + 1;
      if (!(await saveVersion(gateway, saver, saver.sent))) return;
      saver.acked = saver.sent;
    }
  };
  const shop = async () => {
    while (!isOver()) {
      const name = `buyer-${book.purchases.length}`;
      const purchase: Purchase = { externalId: name, email: `b@${name}.example`, acked: null };
      book.purchases.push(purchase);
      purchase.acked = await buy(gateway, purchase);
      if (purchase.acked === null) return;
    }
  };
  await Promise.all([...book.savers.map(save), ...Array.from({ length: buyers }, shop)]);
}
