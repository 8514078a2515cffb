/** Being forgotten by a store that lets nobody but the shopper ask for it. */
import type { Anonymize, Call, Kept, ShopperTask } from "./contract.js";
import { AdapterError } from "./errors.js";

/** What the shopper has to do at the store. Texts are English and without personal data. */
export interface AskingStore {
  readonly note: string;
  /** In the order of doing. */
  readonly tasks: readonly ShopperTask[];
  /** The note of a request that is taken back; by default, that nothing was sent to the store. */
  readonly cancelled?: string;
}

const NOTHING_SENT =
  "Nothing was sent to the store. What the shopper has asked the store for is taken back there, if at all.";

/**
 * `anonymize` of such a store: the shopper is told what to do and where, and confirms it at the gateway. Nothing is sent to the
 * store, so there is nothing to ask it about, and nothing of it to cancel there.
 */
export const askedByShopper = <K extends Kept>(ask: (call: Call<K>) => AskingStore): Anonymize<K> => ({
  request: async (call) => {
    const { note, tasks } = ask(call);
    return { kind: "awaitingShopper", reference: null, note, tasks };
  },
  status: async (_call, _subject, progress) => progress,
  cancel: async (call, _subject, progress) => {
    if (progress.kind === "cancelled") return progress;
    if (progress.kind === "completed") throw new AdapterError("TOO_LATE", "The shopper has seen to it already.");
    if (progress.kind === "failed") throw new AdapterError("NOT_CANCELLABLE", "The request has ended.");
    return { kind: "cancelled", reference: null, note: ask(call).cancelled ?? NOTHING_SENT };
  },
});
