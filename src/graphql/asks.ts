import type { DeskContext, RequestNotes } from "./apollo.js";

/** A GraphQL request as the street door received it. */
export interface GraphqlAsk {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The parsed JSON body. */
  readonly body: unknown;
  readonly requestId: string;
}
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: string;
  readonly notes: RequestNotes;
}

/** What a request brings along on its way. */
export interface Way {
  /** Who is asking; found out once. */
  readonly context: () => Promise<DeskContext>;
  readonly notes: RequestNotes;
}
