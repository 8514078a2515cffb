/** Random choices that a seed repeats. */
export interface Seeded {
  /** An integer from 0 up to and without `end`. */
  readonly below: (end: number) => number;
  readonly bytes: (length: number) => Buffer;
  readonly pick: <T>(list: readonly T[]) => T;
  readonly uuid: () => string;
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (end: number): number => next() % end;
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));
  return {
    below,
    bytes,
    pick: (list) => {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new RangeError("nothing to pick from");
      return chosen;
    },
    uuid: () =>
      bytes(16)
        .toString("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  };
}
