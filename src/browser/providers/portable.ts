/** What of a login travels between browsers that are not ours: what the DevTools protocol can read and write. */
import type { BrowserContext, Page } from "playwright";
import { BundleRejected } from "../bundle-seal.js";
import { readSessionStorages, type WebState, writeSessionStorage } from "../web-state.js";

export type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** The header of a bundle without a profile; a full one has no `kind`. */
export interface PortableHeader {
  readonly v: 1;
  readonly kind: "portable";
  readonly chromium: string;
  readonly createdAt: string;
  readonly storage: StorageState;
  readonly sessionStorage: WebState["sessionStorage"];
}

/** Throws BundleRejected for a bundle of another kind: half a login is none. */
export function readPortableHeader(header: unknown): PortableHeader {
  if (typeof header !== "object" || header === null || !("kind" in header) || header.kind !== "portable") {
    throw new BundleRejected();
  }
  return header as PortableHeader;
}

export async function readPortable(context: BrowserContext, chromium: string): Promise<PortableHeader> {
  const sessionStorage = await readSessionStorages(context);
  const storage = await context.storageState({ indexedDB: true });
  return { v: 1, kind: "portable", chromium, createdAt: new Date().toISOString(), storage, sessionStorage };
}

/** The rest of it; cookies, localStorage and IndexedDB are given to the context as it is made. */
export async function writePortable(page: Page, { sessionStorage }: PortableHeader): Promise<void> {
  await writeSessionStorage(page, sessionStorage);
}
