/** The playground's way to the graph: one POST per operation, to the same origin. */
import type { Boot } from "./key.js";
import { findAuthorization } from "./key.js";

/** What GraphiQL hands over. */
interface Operation {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string | null;
}
interface Options {
  readonly headers?: Readonly<Record<string, unknown>>;
}

const NO_KEY = {
  errors: [{ message: "No API key yet. Put one in the Headers editor, in place of shk_test_…" }],
};

const BAD_HEADER = {
  errors: [{ message: "A header in the Headers editor has a name or a value that no request can carry" }],
};

/** Reads `boot.json`; a gateway that has none gives no key and the usual endpoint. */
export async function readBoot(): Promise<Boot> {
  const unknown: Boot = { key: null, endpoint: "/graphql" };
  try {
    const answer = await fetch("./boot.json", { headers: { accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) return unknown;
    const boot: Partial<Boot> = await answer.json();
    return { key: boot.key ?? null, endpoint: boot.endpoint ?? unknown.endpoint };
  } catch {
    return unknown;
  }
}

/**
 * A fetcher for GraphiQL. The tab's own credential goes before `fallback` (an `Authorization` value); with neither it
 * answers by itself and sends nothing.
 */
export function openDesk(endpoint: string, fallback: string | null) {
  return async (operation: Operation, options: Options = {}): Promise<unknown> => {
    const authorization = findAuthorization(options.headers) ?? fallback;
    if (!authorization) return NO_KEY;
    const headers = readHeaders(options.headers ?? {}, authorization);
    if (headers === null) return BAD_HEADER;
    const answer = await fetch(endpoint, {
      method: "POST",
      headers,
      body: JSON.stringify({ ...operation, operationName: currentName(operation) }),
      credentials: "omit",
      redirect: "error",
    });
    return await readAnswer(answer);
  };
}

/** The tab's own headers, but for the placeholder of a key; null when the browser refuses one of them. */
function readHeaders(given: Readonly<Record<string, unknown>>, authorization: string): Headers | null {
  const headers = new Headers({ accept: "application/graphql-response+json, application/json;q=0.9" });
  try {
    for (const [name, value] of Object.entries(given)) {
      if (name.toLowerCase() !== "authorization") headers.set(name, String(value));
    }
    headers.set("authorization", authorization);
  } catch {
    return null;
  }
  headers.set("content-type", "application/json");
  return headers;
}

/** Right after a change of tab GraphiQL may still name the operation of the tab before. */
function currentName({ query, operationName }: Operation): string | undefined {
  return operationName && query.includes(operationName) ? operationName : undefined;
}

async function readAnswer(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return { errors: [{ message: `The gateway answered ${answer.status} without JSON` }] };
  }
}
