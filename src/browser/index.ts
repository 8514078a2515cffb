/**
 * browser: the workshop. The only room with Playwright: hosts one Chromium per live session and keeps sealed contexts.
 * It knows no org, no consumer and no database, and holds no key for longer than a lease.
 */
export { type ChromiumPlaces, type FoundChromium, findChromium } from "./chromium.js";
export { type BrowserHost, type BrowserHostOptions, openBrowserHost } from "./launch.js";
export { BrowserUnavailable, type UnavailableReason } from "./unavailable.js";
