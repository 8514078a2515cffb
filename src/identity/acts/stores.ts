/** Adapters, and the Stores that are set up on them. */
import type { Caller } from "../caller.js";
import type * as input from "../inputs.js";
import * as stores from "../stores.js";
import type * as view from "../views.js";
import type { Act, Acting } from "./acting.js";

export interface StoreActs {
  readonly adapters: (caller: Caller) => readonly view.AdapterView[];
  readonly listStores: Act<input.PageQuery, view.PageView<view.StoreView>>;
  readonly findStore: (caller: Caller, ref: input.StoreRef) => Promise<view.StoreView | null>;
  readonly registerStore: Act<input.RegisterStoreInput, { readonly store: view.StoreView }>;
  readonly updateStore: Act<input.UpdateStoreInput, { readonly store: view.StoreView }>;
  readonly removeStore: Act<input.RemoveStoreInput, { readonly store: view.StoreView }>;
}

export const storeActs = (acting: Acting): StoreActs => ({
  adapters: () => stores.adapters(acting.rooms),
  listStores: acting.open(stores.listStores),
  findStore: acting.open(stores.findStore),
  registerStore: acting.open(stores.registerStore),
  updateStore: acting.open(stores.updateStore),
  removeStore: acting.open(stores.removeStore),
});
