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
const OPENS_LIST = 0x5b;
const CLOSES_LIST = 0x5d;
const OPENS_OBJECT = 0x7b;
const CLOSES_OBJECT = 0x7d;

/** Where the string that begins at `start` ends: its closing quote, which no odd number of backslashes precedes. */
function endOfString(json: Buffer, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end >= 0; end = json.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (json[before] === BACKSLASH) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return json.length;
}

/** Whether JSON nests deeper than anything that this gateway takes; whoever walks it later may recurse without fear. */
export function isTooNested(json: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === OPENS_OBJECT || byte === OPENS_LIST) {
      if (++depth > MAX_NESTING) return true;
    } else if (byte === CLOSES_OBJECT || byte === CLOSES_LIST) depth--;
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
