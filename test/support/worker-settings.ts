import type { BrowserSettings } from "../../src/browser/open.js";

/** A worker beside a test, its browsers in this folder; its port is whichever is free. */
export const workerSettings = (folder: string, over: Partial<BrowserSettings> = {}): BrowserSettings => ({
  mode: "local",
  workersFile: null,
  chromiumPath: process.env.CHROMIUM_PATH ?? null,
  endpointFile: null,
  contextFolder: null,
  contextDays: 0,
  sandbox: process.env.SHOPKEY_TEST_NO_SANDBOX === "1" ? "off" : "required",
  slots: 2,
  folder,
  liveView: { host: "127.0.0.1", port: 0, anyPort: true, publicOrigin: null },
  ...over,
});
