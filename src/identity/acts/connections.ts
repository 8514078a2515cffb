import type { Caller } from "../caller.js";
import { tendConnection } from "../connection-clock.js";
import { disconnect } from "../connection-farewell.js";
import { finishConnection } from "../connection-finish.js";
import { verifyConnection } from "../connection-health.js";
import { findConnection, listConnections } from "../connection-reading.js";
import { tendSession } from "../connection-sessions.js";
import type * as connecting from "../connection-views.js";
import * as connections from "../connections.js";
import { refreshGatePass } from "../gate-pass.js";
import type * as input from "../inputs.js";
import { type StoreAccountView, storeAccountsOf } from "../store-account-views.js";
import { tendStoreAccount } from "../store-accounts.js";
import type * as view from "../views.js";
import type { Act, Acting, Tend } from "./acting.js";

export interface ConnectionActs {
  /** Begins to connect, or to mend what is there, and says what the shopper has to do. */
  readonly startConnection: Act<input.StartConnectionInput, connecting.ConnectionStepView>;
  /** The shopper's answer; the store may ask again. A wrong one (ANSWER_INVALID) leaves the question standing. */
  readonly finishConnection: Act<input.FinishConnectionInput, connecting.ConnectionStepView>;
  readonly cancelConnection: Act<input.ConnectionInput, { readonly connection: view.ConnectionView }>;
  readonly verifyConnection: Act<input.ConnectionInput, connecting.VerifiedConnectionView>;
  /** Ends it for us at once; `storeAgreed` is false while the store is down, and the clock asks again. */
  readonly disconnect: Act<input.ConnectionInput, connecting.DisconnectedView>;
  /** What the shopper shows at the store's door, anew: built to be called each time the app's screen opens. */
  readonly refreshGatePass: Act<input.ConnectionInput, connecting.RefreshedGatePassView>;
  readonly findConnection: (caller: Caller, id: string) => Promise<view.ConnectionView | null>;
  readonly listConnections: Act<input.ConnectionQuery, view.PageView<view.ConnectionView>>;
  /** One answer for each connection, in the order asked: what the store says of the account. */
  readonly storeAccountsOf: (
    caller: Caller,
    connectionIds: readonly string[],
  ) => Promise<readonly (StoreAccountView | null)[]>;
  /** For the clock: one connection that is due: not finished, not told to the store, or not verified for long. */
  readonly tendConnection: Tend;
  /** For the clock: one account at a store that is due: the consumer's status does not show it yet, or the store was not told. */
  readonly tendStoreAccount: Tend;
  /** Finishes and ends what live views come to, as the browser layer tells it. Answers what stops it. */
  readonly watchSessions: () => () => void;
}

export const connectionActs = (acting: Acting): ConnectionActs => ({
  startConnection: acting.finishing(connections.startConnection),
  finishConnection: acting.finishing(finishConnection),
  cancelConnection: acting.open(connections.cancelConnection),
  verifyConnection: acting.finishing(verifyConnection),
  disconnect: acting.finishing(disconnect),
  refreshGatePass: acting.open(refreshGatePass),
  findConnection: acting.open(findConnection),
  listConnections: acting.open(listConnections),
  storeAccountsOf: acting.open(storeAccountsOf),
  tendConnection: acting.open(tendConnection),
  tendStoreAccount: acting.open(tendStoreAccount),
  watchSessions: () => acting.rooms.stores.live.watch((event) => tendSession(acting.rooms, event)),
});
