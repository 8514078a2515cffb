/** Where a shopper goes on when a store lets nobody else finish: a live view of their own login, opened at what they buy. */
import type { CheckoutRow, ConsumerCard, ConsumerKeyRow, StoreRow } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { StoreTarget } from "../stores/index.js";
import { EnvelopeRejected, type OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import type { LentLogin } from "./connection-health.js";
import { openOrg, type Rooms } from "./rooms.js";
import type { HandOffView } from "./views.js";

export interface HandOff {
  readonly liveViewUrl: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
}

/** Throws BROWSER_UNAVAILABLE, and CHALLENGE_REQUIRED where no login is there to go on with. */
export async function openHandOff(
  rooms: Rooms,
  caller: Caller,
  target: StoreTarget,
  store: StoreRow,
  { lend }: LentLogin,
  startUrl: string,
): Promise<HandOff> {
  if (lend?.kind !== "context") throw notConnected();
  const view = {
    context: lend.context,
    startUrl,
    app: caller.org.name,
    store: store.title,
    purpose: "handOff",
  } as const;
  const { liveViewUrl, sessionId, expiresAt } = await rooms.stores.live.open(
    target,
    view,
    new AbortController().signal,
  );
  return { liveViewUrl, sessionId, expiresAt };
}

const notConnected = (): Refusal =>
  new Refusal("CHALLENGE_REQUIRED", "The shopper has not connected an account.", {
    field: ["consumer"],
    nextAction: "Let the shopper connect the store with `startConnection`.",
  });

const LABEL = "checkout.handOff";

interface Sealed {
  readonly checkout: string;
  readonly url: string;
  readonly sessionId: string;
  readonly expiresAt: string;
}

/** The link is a secret: whoever opens it first goes on in the shopper's place. */
export async function sealHandOff(
  rooms: Rooms,
  caller: Caller,
  { consumer, key }: ConsumerCard,
  { id }: CheckoutRow,
  { liveViewUrl, sessionId, expiresAt }: HandOff,
): Promise<Buffer> {
  if (key === null) throw new Error("a login without a consumer's key");
  const org = await openOrg(rooms, caller);
  const held: Sealed = { checkout: id, url: liveViewUrl, sessionId, expiresAt: expiresAt.toISOString() };
  return org.withConsumer(consumer.id, key, (box) => box.seal(LABEL, JSON.stringify(held)));
}

/** Null when there is none, it is over, or its key is gone. */
export function viewHandOff(
  rooms: Rooms,
  org: OrgVault,
  row: CheckoutRow,
  key: ConsumerKeyRow | null,
): HandOffView | null {
  const { handOff: sealed } = row;
  if (sealed === null || key === null) return null;
  try {
    const text = org.withConsumer(row.consumerId, key, (box) => box.openText(LABEL, sealed));
    const { checkout, url, sessionId, expiresAt } = JSON.parse(text) as Sealed;
    const ends = new Date(expiresAt);
    return checkout === row.id && ends > rooms.clock.now() ? { liveViewUrl: url, sessionId, expiresAt: ends } : null;
  } catch (error) {
    if (!(error instanceof EnvelopeRejected)) throw error;
    rooms.log.warn("the live view of a checkout does not open", { checkoutId: toWire("chk", row.id) });
    return null;
  }
}
