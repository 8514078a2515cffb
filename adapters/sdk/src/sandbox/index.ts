// Sandbox helpers: what a local stand-in for a store needs over node:http, so that its author writes only the store.
export {
  type CookieOptions,
  empty,
  html,
  json,
  readJson,
  routeTable,
  type SandboxHandler,
  type SandboxReply,
  type SandboxRequest,
  type Switches,
  setCookie,
  TROUBLES,
  type Trouble,
  text,
} from "./exchange.js";
export { type JournalEntry, type ServedSandbox, type ServeOptions, serveSandbox } from "./serve.js";
export type { Switchboard } from "./switchboard.js";
