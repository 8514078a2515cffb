import type { Caller, Identity } from "../identity/index.js";
import type { Log } from "../kernel/log.js";

/** What a resolver has for one request. It is always the first parameter. */
export interface Desk {
  readonly identity: Identity;
  readonly caller: Caller;
  readonly log: Log;
}
