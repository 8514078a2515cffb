import { Refusal } from "../kernel/refusal.js";
import type { PageQuery } from "./inputs.js";
import type { PageView } from "./views.js";

const MAX_PAGE = 100;

/** Throws INVALID unless `first` is 1 to 100. */
export function judgeFirst({ first }: PageQuery): number {
  if (Number.isInteger(first) && first >= 1 && first <= MAX_PAGE) return first;
  throw new Refusal("INVALID", `Must be 1 to ${MAX_PAGE}.`, { field: ["first"] });
}

/** The id behind a cursor; null for the first page. Throws INVALID for what was never a cursor. */
export function judgeAfter<Id>({ after }: PageQuery, read: (cursor: string) => Id | null): Id | null {
  if (after === undefined || after === null) return null;
  const id = typeof after === "string" ? read(after) : null;
  if (id === null) {
    throw new Refusal("INVALID", "Not a cursor of this list.", {
      field: ["after"],
      nextAction: "Give the `endCursor` of the page before.",
    });
  }
  return id;
}

/** A page of at most `first` rows from one row more than that. Cursors are the nodes' ids. */
export function pageOf<T extends { readonly id: string }>(
  rows: readonly T[],
  first: number,
  isLater: boolean,
): PageView<T> {
  const nodes = rows.length > first ? rows.slice(0, first) : rows;
  return {
    nodes,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: isLater,
      startCursor: nodes[0]?.id ?? null,
      endCursor: nodes.at(-1)?.id ?? null,
    },
  };
}
