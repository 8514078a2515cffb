/**
 * A login as bytes: everything that a browser context holds for a store, saved from one Chromium and restored in
 * another process, sealed with a key that the caller lends and wipes.
 */
import { type BundleName, BundleRejected, openBundle, sealBundle } from "./bundle-seal.js";
import type { BrowserHost, RunningBrowser, StartOptions } from "./launch.js";
import { packProfile, unpackProfile } from "./profile-archive.js";
import type { Slot } from "./slot.js";
import { readWebState, type WebState, writeWebState } from "./web-state.js";

/** A sealed bundle is never larger. */
export const MAX_BUNDLE_BYTES = 25 * 1024 * 1024;

/** The login is larger than may be kept, even without the site's caches. */
export class BundleTooLarge extends Error {
  constructor() {
    super("What the store keeps in the browser is too large to be saved.");
    this.name = "BundleTooLarge";
  }
}

/** Says what is in it before anything is started. */
interface BundleHeader extends WebState {
  readonly v: 1;
  /** The Chromium that wrote it, for example `HeadlessChrome/153.0.8010.0`. */
  readonly chromium: string;
  readonly createdAt: string;
}

/** A slot in which a Chromium runs. */
export interface Workplace {
  readonly slot: Slot;
  readonly running: RunningBrowser;
}

/**
 * Closes the Chromium, which makes it write everything down, and seals what there is. The slot is still the caller's to
 * release. Throws BundleTooLarge, or BrowserUnavailable `close-failed`: nothing is lost then but this session.
 */
export async function saveBundle({ slot, running }: Workplace, name: BundleName, key: Uint8Array): Promise<Buffer> {
  const state = await readWebState(running);
  await running.close();
  const header: BundleHeader = { v: 1, chromium: running.version, createdAt: new Date().toISOString(), ...state };
  for (const withoutCaches of [false, true]) {
    const sealed = await sealBundle(name, key, header, await packProfile(slot.profile, { withoutCaches }));
    if (sealed.length <= MAX_BUNDLE_BYTES) return sealed;
  }
  throw new BundleTooLarge();
}

/** A new Chromium in which the login is as it was. Throws BundleRejected and BrowserUnavailable; a slot is not left behind. */
export async function restoreBundle(
  host: BrowserHost,
  name: BundleName,
  key: Uint8Array,
  sealed: Uint8Array,
  start: StartOptions,
): Promise<Workplace> {
  const { header, archive } = await openBundle(name, key, sealed);
  // One without a profile was kept by a browser elsewhere: half a login is none.
  if (typeof header === "object" && header !== null && "kind" in header) throw new BundleRejected();
  const slot = await host.claim();
  try {
    await unpackProfile(archive, slot.profile);
    archive.fill(0);
    const running = await host.start(slot, start);
    await writeWebState(running, header as BundleHeader);
    return { slot, running };
  } catch (error) {
    await slot.release();
    throw error;
  }
}
