import type { ConnectionCard, StoreCard } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Stores } from "../stores/index.js";
import type { AdapterView, ConnectionStatus, ConnectionView, StoreView } from "./views.js";

/** A Store whose adapter is no longer installed is still shown; it can do nothing. */
function adapterOf(stores: Stores, adapterId: string): AdapterView {
  try {
    return stores.adapter(adapterId);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      id: adapterId,
      title: adapterId,
      capabilities: [],
      settingsSchema: {},
      credentialsSchema: {},
      requiredFields: [],
      optionalFields: [],
    };
  }
}

export function viewStore(stores: Stores, store: StoreCard): StoreView {
  const adapter = adapterOf(stores, store.adapter);
  return {
    id: toWire("sto", store.id),
    slug: store.slug,
    title: store.title,
    adapter,
    environment: store.environment,
    settings: store.settings,
    hasCredentials: store.hasCredentials,
    capabilities: adapter.capabilities,
    createdAt: store.createdAt,
    updatedAt: store.updatedAt,
  };
}

/** The one thing to do about a connection that does not work. */
const NEXT_ACTIONS: Readonly<Record<ConnectionStatus, string | null>> = {
  PENDING: "Let the shopper finish connecting.",
  ACTIVE: null,
  EXPIRED: "Let the shopper connect the store again.",
  DISCONNECTED: null,
  FAILED: "Let the shopper connect the store again.",
};

/** `accountLabel` comes opened: it is sealed under the consumer's key. */
export const viewConnection = (
  stores: Stores,
  connection: ConnectionCard,
  accountLabel: string | null,
): ConnectionView => ({
  id: toWire("con", connection.id),
  store: viewStore(stores, connection.store),
  via: connection.via,
  status: connection.status,
  statusReason: connection.statusReason,
  nextAction: NEXT_ACTIONS[connection.status],
  accountLabel,
  createdAt: connection.createdAt,
  updatedAt: connection.updatedAt,
  lastVerifiedAt: connection.lastVerifiedAt,
  lastUsedAt: connection.lastUsedAt,
});
