/**
 * browser: the workshop. The only room with Playwright: hosts one Chromium per live session and keeps sealed contexts, in
 * a process of its own. It knows no org, no consumer and no database, and holds no key for longer than a lease.
 *
 * This door is the gateway's side and light: what loads Playwright is behind `workshop.ts`, the worker's side.
 */

export { inspectBrowser } from "./inspect.js";
export {
  type BrowserLayer,
  type ContextLease,
  type LayerRefusal,
  LayerRefused,
  type OpenedSession,
  type SessionEvent,
  type SessionOutcome,
  type SessionRequest,
  type Surroundings,
} from "./layer.js";
export {
  type BrowserSettings,
  localWorker,
  type OpenBrowserOptions,
  openBrowserLayer,
  WorkersFileInvalid,
} from "./open.js";
export { BrowserUnavailable } from "./unavailable.js";
