/** What goes wrong inside the room, in the words of its contract. */
import { BundleRejected } from "./bundle-seal.js";
import { BundleTooLarge } from "./context-bundle.js";
import { ContextConflict } from "./context-store.js";
import { LayerRefused } from "./layer.js";
import { BrowserUnavailable } from "./unavailable.js";

/** A browser is free again when somebody finishes, gives up or is late: nobody knows when. */
const RETRY_AFTER_MS = 10_000;

/** Null for what is no expected no: a bug. */
export function refusalOf(error: unknown): LayerRefused | null {
  if (error instanceof LayerRefused) return error;
  if (error instanceof BundleRejected) return new LayerRefused("rejected");
  if (error instanceof BundleTooLarge) return new LayerRefused("too-large");
  if (error instanceof ContextConflict) return new LayerRefused("conflict");
  if (!(error instanceof BrowserUnavailable)) return null;
  return error.reason === "no-free-slot" ? new LayerRefused("busy", RETRY_AFTER_MS) : new LayerRefused("unavailable");
}
