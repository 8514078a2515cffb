/** One conversation with the store: a jar of its own, one request after the other, every trouble typed. */
import type { Call, FetchInit } from "@shopkey/adapter-sdk";
import { type Answer, readAnswer } from "./answers.js";
import type { StoreRequest } from "./api.js";
import { errorOfAnswer, refuse } from "./errors.js";
import { CookieJar } from "./jar.js";
import { apiHost, type VtexKept } from "./settings.js";

export interface Line {
  /** The JSON of a 2xx answer. */
  readonly ask: (request: StoreRequest) => Promise<unknown>;
  /** The answer, whatever its status. */
  readonly tell: (request: StoreRequest) => Promise<Answer>;
}

export function openLine(call: Call<VtexKept>, jar = new CookieJar()): Line {
  const tell = async (request: StoreRequest): Promise<Answer> => {
    const answer = await exchange(call, jar, request);
    const { code, operationId } = answer.trouble;
    call.log("vtex answered", {
      request: request.name,
      status: answer.status,
      ...(code === null ? {} : { code: code.slice(0, 32) }),
      ...(operationId === null ? {} : { operationId }),
    });
    return answer;
  };
  const ask = async (request: StoreRequest): Promise<unknown> => {
    const answer = await tell(request);
    if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
    return answer.json;
  };
  return { ask, tell };
}

async function exchange(call: Call<VtexKept>, jar: CookieJar, request: StoreRequest): Promise<Answer> {
  const { response, text } = await send(call, `https://${apiHost(call.store.settings)}${request.path}`, {
    method: request.method,
    headers: headersOf(call, jar, request),
    signal: call.signal,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  jar.store(response.headers.getSetCookie(), call.now());
  return readAnswer(response.status, response.headers, text);
}

/** The answer with its whole body: a connection may break off in the middle of it. */
async function send(call: Call<VtexKept>, url: string, init: FetchInit): Promise<{ response: Response; text: string }> {
  if (call.signal.aborted) throw refuse("STORE_UNAVAILABLE", "The call was given up before the store was asked.");
  try {
    const response = await call.fetch(url, init);
    return { response, text: await response.text() };
  } catch (error) {
    if (!call.signal.aborted && !isNetworkTrouble(error)) throw error;
    throw refuse("STORE_UNAVAILABLE", "The store could not be reached, or did not answer in time.");
  }
}

/** VTEX requires Accept and Content-Type on every call, GET included. */
function headersOf(call: Call<VtexKept>, jar: CookieJar, request: StoreRequest): Record<string, string> {
  const cookie = jar.header();
  return {
    accept: "application/json",
    "content-type": "application/json",
    ...(cookie === undefined ? {} : { cookie }),
    ...(request.keyed ? keyOf(call) : {}),
  };
}

function keyOf(call: Call<VtexKept>): Record<string, string> {
  const { credentials } = call.store;
  if (credentials === null) {
    throw refuse("SETTINGS_INVALID", "The User Rights API needs the Store's appKey and appToken.");
  }
  return { "x-vtex-api-appkey": credentials.appKey, "x-vtex-api-apptoken": credentials.appToken };
}

/** fetch says TypeError (its own realm's) for a connection that failed or broke off; anything else is a bug and stays one. */
function isNetworkTrouble(error: unknown): boolean {
  return typeof error === "object" && error !== null && "name" in error && error.name === "TypeError";
}
