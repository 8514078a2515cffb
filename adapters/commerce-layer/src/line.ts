/** One conversation with the Core API: JSON:API both ways, the right token, a new one at most once. */
import type { Answer } from "./answers.js";
import type { StoreRequest } from "./api.js";
import { errorOfAnswer, isInvalidToken, refuse } from "./errors.js";
import { exchange, type LayerCall } from "./exchange.js";
import { coreHost, type Seat } from "./settings.js";
import type { TokenBook } from "./token-book.js";

export interface Line {
  /** The JSON of a 2xx answer. */
  readonly ask: (request: StoreRequest) => Promise<unknown>;
  /** The answer, whatever its status. */
  readonly tell: (request: StoreRequest) => Promise<Answer>;
}
/** With a seat, what the sales channel would ask is asked as that customer. */
export type OpenLine = (call: LayerCall, seat?: Seat | null) => Line;

const MEDIA_TYPE = "application/vnd.api+json";

export function lineOpener(book: TokenBook): OpenLine {
  return (call, seat = null) => {
    const tell = (request: StoreRequest): Promise<Answer> =>
      seat !== null && request.as === "salesChannel" ? send(call, request, seat.token) : sendAs(call, book, request);
    const ask = async (request: StoreRequest): Promise<unknown> => {
      const answer = await tell(request);
      if (answer.status >= 200 && answer.status <= 299) return answer.json;
      // A customer's own token is never renewed: that would be a session that nobody granted.
      if (seat !== null && request.as === "salesChannel" && isInvalidToken(answer)) {
        throw refuse("CONNECTION_EXPIRED", "The store no longer honours this impersonation.");
      }
      throw errorOfAnswer(answer, call.now());
    };
    return { ask, tell };
  };
}

/** Only INVALID_TOKEN is worth a new token; UNAUTHORIZED, also a 401, is a permission that no new token would have. */
async function sendAs(call: LayerCall, book: TokenBook, request: StoreRequest): Promise<Answer> {
  const token = await book.obtain(call, request.as);
  const answer = await send(call, request, token);
  if (!isInvalidToken(answer)) return answer;
  book.drop(call, request.as, token);
  return send(call, request, await book.obtain(call, request.as));
}

function send(call: LayerCall, { name, method, path, body }: StoreRequest, token: string): Promise<Answer> {
  return exchange(call, name, `https://${coreHost(call.store.settings)}${path}`, {
    method,
    headers: {
      accept: MEDIA_TYPE,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": MEDIA_TYPE }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
