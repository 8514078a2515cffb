import type { CardWant, ConsumerCard, ConsumerRow, ProfileRow } from "../data/index.js";
import { type StoreId, toWire } from "../kernel/ids.js";
import type { ConsumerBox, OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { openLabel } from "./connection-seal.js";
import type { ConsumerWant, ProfilePart, ProfileUnit } from "./inputs.js";
import { type PlainProfile, PROFILE_UNITS } from "./profile-fields.js";
import { openUnit } from "./profile-seal.js";
import { ALL_PARTS, isUnitNeeded, viewProfile } from "./profile-view.js";
import type { Rooms } from "./rooms.js";
import { viewConnectionAt, viewStore } from "./store-view.js";
import type { ConnectionView, ConsumerView, ProfileView, StoreView } from "./views.js";

export const BARE: ConsumerWant = { profile: false, connections: false };
const NO_PARTS: ReadonlySet<ProfilePart> = new Set();

export const partsOf = ({ profile }: ConsumerWant): ReadonlySet<ProfilePart> =>
  profile === true ? ALL_PARTS : profile === false ? NO_PARTS : profile;

/** What must be read for it. */
export const cardWantOf = (want: ConsumerWant): CardWant => ({
  profile: partsOf(want).size > 0,
  connections: want.connections,
});

/** Who is looking, with what is needed to look. */
export interface Reader {
  readonly rooms: Rooms;
  readonly caller: Caller;
  readonly org: OrgVault;
  /** For a list, whose rows are all of one moment: the Stores that were shown already. */
  readonly storesSeen?: Map<StoreId, StoreView>;
}

/** Synchronous: the consumer's key is unwrapped once, and only for what is asked for. */
export function viewConsumer(reader: Reader, card: ConsumerCard, want: ConsumerWant): ConsumerView {
  const parts = partsOf(want);
  const { profile, key, consumer } = card;
  const isSealed = hasUnits(profile) && parts.size > 0;
  const hasLabels = card.connections.some((connection) => connection.accountLabel !== null);
  if (key === null || !(isSealed || hasLabels)) return viewRow(consumer, null, viewConnections(reader, card, null));
  return reader.org.withConsumer(consumer.id, key, (box) =>
    viewRow(consumer, isSealed ? viewUnits(reader, box, profile, parts) : null, viewConnections(reader, card, box)),
  );
}

/** A profile whose every unit was erased is no profile. */
function hasUnits(profile: ProfileRow | null): profile is ProfileRow {
  return profile !== null && PROFILE_UNITS.some((unit) => profile[unit] !== null);
}

const unitsPresent = (profile: ProfileRow): Record<ProfileUnit, boolean> => ({
  name: profile.name !== null,
  email: profile.email !== null,
  document: profile.document !== null,
  phone: profile.phone !== null,
  address: profile.address !== null,
  company: profile.company !== null,
});

function viewUnits(
  { caller }: Reader,
  box: ConsumerBox,
  profile: ProfileRow,
  parts: ReadonlySet<ProfilePart>,
): ProfileView {
  const plain: PlainProfile = {};
  for (const unit of PROFILE_UNITS) {
    const envelope = profile[unit];
    if (envelope !== null && isUnitNeeded(unit, parts)) openUnit(box, unit, envelope, plain);
  }
  const opened = { plain, present: unitsPresent(profile), updatedAt: profile.updatedAt };
  return viewProfile(opened, parts, caller.org.emailDomainPolicy);
}

export const viewConnections = (
  { rooms, storesSeen = new Map() }: Reader,
  { consumer, connections }: Pick<ConsumerCard, "consumer" | "connections">,
  box: ConsumerBox | null,
): readonly ConnectionView[] => {
  if (connections.length === 0) return NO_CONNECTIONS;
  const consumerId = toWire("csm", consumer.id);
  return connections.map((connection) => {
    const label = box === null ? null : openLabel(box, connection);
    const store = storesSeen.get(connection.store.id) ?? viewStore(rooms.stores, connection.store);
    storesSeen.set(connection.store.id, store);
    return viewConnectionAt(store, connection, label, consumerId);
  });
};
const NO_CONNECTIONS: readonly ConnectionView[] = [];

/** Until the shred a consumer is what they were; `anonymization` says that they asked to be forgotten. */
const shownStatus = ({ status, orderCount }: ConsumerRow): ConsumerView["status"] => {
  if (status !== "FROZEN") return status;
  return orderCount === 0 ? "PROSPECT" : orderCount === 1 ? "ACQUIRED" : "REPEAT";
};

export const viewRow = (
  consumer: ConsumerRow,
  profile: ProfileView | null = null,
  connections: readonly ConnectionView[] = [],
): ConsumerView => ({
  id: toWire("csm", consumer.id),
  externalId: consumer.externalId,
  shopperReference: consumer.shopperReference,
  status: shownStatus(consumer),
  orderCount: consumer.orderCount,
  environment: consumer.environment,
  createdAt: consumer.createdAt,
  updatedAt: consumer.updatedAt,
  profile,
  connections,
});
