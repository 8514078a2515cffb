/** The worker's side of this room: everything that needs Playwright. The gateway's own process never loads it. */
export { type BundleName, BundleRejected } from "./bundle-seal.js";
export { type ChromiumPlaces, type FoundChromium, findChromium } from "./chromium.js";
export { BundleTooLarge, MAX_BUNDLE_BYTES, restoreBundle, saveBundle, type Workplace } from "./context-bundle.js";
export { ContextConflict, type ContextStore, openContextFolder, type StoredContext } from "./context-store.js";
export { type EgressProxy, type EgressProxyOptions, openEgressProxy } from "./egress-proxy.js";
export type { EgressRefusal, EgressRules } from "./egress-rules.js";
export { type BrowserHost, type BrowserHostOptions, openBrowserHost, type StartOptions } from "./launch.js";
export { BrowserUnavailable, type UnavailableReason } from "./unavailable.js";
export { startWorker } from "./worker/start.js";
