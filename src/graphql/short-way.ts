/**
 * The short way to an answer, for documents that Apollo has answered before: it needs none of Apollo's work, which
 * costs more than everything else that the gateway does for a read. The answer is the same on both ways.
 */
import type { GraphQLFormattedError } from "graphql";
import type { DeskContext, Inspect } from "./apollo.js";
import type { GraphqlAnswer, GraphqlAsk, Way } from "./asks.js";
import type { Executor } from "./executor.js";
import type { KnownAsk, KnownDocuments } from "./known.js";
import { openRoom } from "./limits/room.js";

const JSON_TYPE = /^application\/json(;|$)/;

/** A request that has come as far as being run. */
interface Entered {
  readonly found: KnownAsk;
  readonly desk: DeskContext;
  readonly headers: GraphqlAnswer["headers"];
  readonly notes: Way["notes"];
  readonly leave: (() => void) | undefined;
}

/** Null, and nothing done, when anything at all is in the way: the long way finds the words for it. */
export function openShortWay(parts: {
  readonly known: KnownDocuments;
  readonly inspect: Inspect;
  readonly print: Executor["print"];
  readonly format: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}): (ask: GraphqlAsk, way: Way) => Promise<GraphqlAnswer | null> {
  const { known, inspect, print, format } = parts;
  const room = openRoom();

  /**
   * A function of its own, so that no frame and no promise that was there while the request waited ever holds the result:
   * what has waited long is old, is swept seldom, and keeps alive whatever it was last given.
   */
  const answerWith = async ({ found, desk, headers, notes, leave }: Entered): Promise<GraphqlAnswer | null> => {
    const result = await print({ ...found, desk }).finally(leave);
    if ("text" in result) return { status: 200, headers, body: `{"data":${result.text}}`, notes };
    const { data, errors } = result;
    // Without data nothing has run: a variable does not fit.
    if (data === undefined) return null;
    if (errors === undefined) return { status: 200, headers, body: JSON.stringify({ data }), notes };
    const formatted = errors.map((error) => format(error.toJSON(), error));
    notes.codes = formatted.map(({ extensions }) => String(extensions?.code));
    return { status: 200, headers, body: JSON.stringify({ errors: formatted, data }), notes };
  };

  return async (ask, { context, notes }) => {
    const { accept = "", "content-type": contentType = "" } = ask.headers;
    if (ask.method !== "POST" || typeof accept !== "string") return null;
    if (typeof contentType !== "string" || !JSON_TYPE.test(contentType)) return null;
    const headers = known.headersFor(accept);
    const found = headers === undefined ? null : known.find(ask.body);
    if (headers === undefined || found === null) return null;
    let desk: DeskContext;
    let cost: number;
    try {
      desk = await context();
      cost = inspect(found.operation, { ...found, desk });
    } catch {
      return null;
    }
    const entering = found.operation.operation === "query" ? room.ask(cost) : null;
    const leave = entering === null ? undefined : await entering;
    return answerWith({ found, desk, headers, notes, leave });
  };
}
