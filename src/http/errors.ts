import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { errorFacts, type Log } from "../kernel/log.js";

const WORDS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ["BAD_REQUEST", "The request is not well-formed."],
  404: ["NOT_FOUND", "There is nothing at this address."],
  405: ["METHOD_NOT_ALLOWED", "This address does not take this method."],
  406: ["NOT_ACCEPTABLE", "Accept application/json or application/graphql-response+json."],
  413: ["PAYLOAD_TOO_LARGE", "The request is too large."],
  414: ["URI_TOO_LONG", "The address is too long."],
  415: ["UNSUPPORTED_MEDIA_TYPE", "Send application/json."],
  500: ["INTERNAL", "Something went wrong inside the gateway."],
  503: ["UNAVAILABLE", "The gateway is not ready, or is stopping."],
};

/** Answers with a fixed sentence for the status, in GraphQL's form so that every client can read it. */
export function refuse(reply: FastifyReply, status: number): FastifyReply {
  const [code, message] = WORDS[status] ?? WORDS[500] ?? [];
  return reply
    .code(WORDS[status] === undefined ? 500 : status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

/** 4xx of the server's own keep their status and lose their words, which may quote the request; the rest is a bug. */
export function replyToError(log: Log): (error: FastifyError, request: { id: string }, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      refuse(reply, WORDS[status] === undefined ? 400 : status);
      return;
    }
    log.error("http.error", { ...errorFacts(error), requestId: request.id });
    refuse(reply, status === 503 ? 503 : 500);
  };
}

/** For what is read with GET: load balancers and probes ask with HEAD. */
export const WITH_HEAD = { exposeHeadRoute: true } as const;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Every other method at this address is answered 405, with what is allowed. */
export function allowOnly(app: FastifyInstance, url: string, allowed: readonly (typeof METHODS)[number][]): void {
  app.route({
    url,
    method: METHODS.filter((method) => !allowed.includes(method)),
    handler: (_, reply) => refuse(reply.header("allow", allowed.join(", ")), 405),
  });
}
