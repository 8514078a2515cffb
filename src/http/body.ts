import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The body's bytes as they came, for doors that check a signature over them. */
    rawBody: Buffer | null;
  }
}

/** Bytes of a request body. */
export const BODY_LIMIT = 100 * 1024;
const MAX_NESTING = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSES: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Whether JSON nests deeper than anything that this gateway takes; whoever walks it later may recurse without fear. */
export function isTooNested(json: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPENS.has(byte) && ++depth > MAX_NESTING) return true;
    else if (CLOSES.has(byte)) depth--;
  }
  return false;
}

class BodyRefused extends Error {
  readonly statusCode = 400;
}

/** JSON bodies only; everything else is 415. */
export function readJsonBodies(app: FastifyInstance): void {
  app.decorateRequest("rawBody", null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    request.rawBody = body;
    try {
      if (isTooNested(body)) throw new BodyRefused();
      done(null, JSON.parse(body.toString("utf8")));
    } catch {
      done(new BodyRefused("not well-formed JSON"));
    }
  });
}
