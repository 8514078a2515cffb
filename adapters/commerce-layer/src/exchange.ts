/** One request and its whole answer, every trouble of the way typed. */
import type { Call, FetchInit } from "@shopkey/adapter-sdk";
import { type Answer, readAnswer } from "./answers.js";
import { refuse } from "./errors.js";
import type { CommerceLayerKept } from "./settings.js";

export type LayerCall = Call<CommerceLayerKept>;

/** `name` is for the log, which never sees an address or a body. */
export async function exchange(call: LayerCall, name: string, url: string, init: FetchInit): Promise<Answer> {
  if (call.signal.aborted) throw refuse("STORE_UNAVAILABLE", "The call was given up before the store was asked.");
  try {
    const response = await call.fetch(url, { ...init, signal: call.signal });
    const answer = readAnswer(response.status, response.headers, await response.text());
    const code = answer.problems[0]?.code;
    call.log("commerce layer answered", {
      request: name,
      status: answer.status,
      ...(/^[A-Z_]{1,32}$/.test(code ?? "") && code ? { code } : {}),
    });
    return answer;
  } catch (error) {
    if (!call.signal.aborted && !isNetworkTrouble(error)) throw error;
    throw refuse("STORE_UNAVAILABLE", "The store could not be reached, or did not answer in time.");
  }
}

/** fetch says TypeError (its own realm's) for a connection that failed or broke off; anything else is a bug and stays one. */
function isNetworkTrouble(error: unknown): boolean {
  return typeof error === "object" && error !== null && "name" in error && error.name === "TypeError";
}
