import type { Switches, Trouble } from "./exchange.js";

/** Who has which switches set: one set for all accounts, and one for each that differs. */
export interface Switchboard {
  /** What holds for an account: its own set over the one for all. */
  readonly of: (account: string) => Switches;
  /** Replaces the set of an account, or with null the one for all. */
  readonly set: (account: string | null, switches: Switches) => void;
  /** Clears the set of an account, or with null every set. */
  readonly clear: (account: string | null) => void;
  /** The trouble that befalls this request, counting `skip` and `times` down. */
  readonly befall: (account: string, method: string, path: string) => Trouble | null;
}

export function openSwitchboard(): Switchboard {
  const sets = new Map<string | null, Switches>();
  const of = (account: string): Switches => ({ ...sets.get(null), ...sets.get(account) });

  return {
    of,
    set: (account, switches) => void sets.set(account, switches),
    clear: (account) => void (account === null ? sets.clear() : sets.delete(account)),
    befall: (account, method, path) => {
      const { trouble, skip = 0, times, ...where } = of(account);
      if (trouble === undefined || times === 0) return null;
      if (!path.startsWith(where.path ?? "") || (where.method ?? method) !== method) return null;
      const owner = sets.get(account)?.trouble === undefined ? null : account;
      const set = sets.get(owner) ?? {};
      if (skip > 0) {
        sets.set(owner, { ...set, skip: skip - 1 });
        return null;
      }
      if (times !== undefined) sets.set(owner, { ...set, times: times - 1 });
      return trouble;
    },
  };
}
