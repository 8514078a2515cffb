import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A UUID, a trace id or a ULID: forms that no shopper's datum has, since the id is logged. */
const WELL_FORMED =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/;

/** The client's `x-request-id` when it is well-formed, a new one otherwise. */
export function requestIdOf(request: Pick<IncomingMessage, "headers">): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && WELL_FORMED.test(given) ? given : randomUUID();
}
