/** The Chromium that the browser tests drive: found or brought by the product itself. */
import { type Browser, chromium } from "playwright";
import { findChromium } from "../../src/browser/workshop.js";

const ARGUMENTS = ["--disable-gpu", "--disable-dev-shm-usage", "--password-store=basic", "--font-render-hinting=none"];

/**
 * Starts a headless Chromium; the caller closes it. It is sandboxed wherever that can be: Chromium refuses a sandbox to
 * root, and a container without user namespaces has none to give. The tests open nothing but pages of their own.
 */
export async function openChromium(configured = process.env.CHROMIUM_PATH): Promise<Browser> {
  const found = await findChromium({ configured });
  const start = (chromiumSandbox: boolean) =>
    chromium.launch({
      executablePath: found.executablePath,
      args: ARGUMENTS,
      chromiumSandbox,
      env: { ...process.env, ...found.env },
    });
  if (process.getuid?.() === 0) return await start(false);
  try {
    return await start(true);
  } catch (error) {
    if (error instanceof Error && error.message.includes("No usable sandbox")) return await start(false);
    throw error;
  }
}
