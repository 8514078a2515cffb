import { AdapterError } from "@shopkey/adapter-sdk";
import type { ConnectionCard, StoreCard } from "../data/index.js";
import { type ConsumerId, toWire } from "../kernel/ids.js";
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

/** An address that a person can open. Where no sandbox runs (the command line), the store's own is shown. */
export function openableUrl(stores: Stores, store: Pick<StoreCard, "adapter" | "environment">, url: string): string {
  try {
    return stores.publicUrl(store.adapter, store.environment, url);
  } catch (error) {
    if (error instanceof AdapterError) return url;
    throw error;
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

const nextActionOf = ({ status, statusReason }: ConnectionCard): string | null =>
  status === "DISCONNECTED" && statusReason === "CONNECTION_REVOKED" ? NEXT_ACTIONS.EXPIRED : NEXT_ACTIONS[status];

/** `accountLabel` comes opened: it is sealed under the consumer's key. */
export const viewConnection = (
  stores: Stores,
  connection: ConnectionCard,
  accountLabel: string | null,
  consumerId: ConsumerId,
): ConnectionView =>
  viewConnectionAt(viewStore(stores, connection.store), connection, accountLabel, toWire("csm", consumerId));

/** With what is the same for several connections: their Store, their consumer's wire id. */
export const viewConnectionAt = (
  store: StoreView,
  connection: ConnectionCard,
  accountLabel: string | null,
  consumerId: string,
): ConnectionView => ({
  id: toWire("con", connection.id),
  consumerId,
  store,
  via: connection.via,
  status: connection.status,
  statusReason: connection.statusReason,
  nextAction: nextActionOf(connection),
  accountLabel,
  createdAt: connection.createdAt,
  updatedAt: connection.updatedAt,
  lastVerifiedAt: connection.lastVerifiedAt,
  lastUsedAt: connection.lastUsedAt,
});
