import { AdapterError, type Readiness } from "@shopkey/adapter-sdk";
import type { LayerCall } from "./exchange.js";
import type { Secret } from "./settings.js";
import type { TokenBook } from "./token-book.js";

/** Anyone may buy as a guest: what can stand in the way is our own key. Asked rarely, for a token lasts hours. */
export async function readinessOf(call: LayerCall, secret: Secret | null, book: TokenBook): Promise<Readiness> {
  if (secret?.kind === "seat" && secret.endsAt <= call.now().getTime()) {
    return { kind: "blocked", code: "LOGIN_REQUIRED", why: "This impersonation has run out." };
  }
  try {
    await book.obtain(call, "salesChannel");
    return { kind: "ready" };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === "STORE_UNAVAILABLE" && !call.signal.aborted) {
      return { kind: "blocked", code: "STORE_UNAVAILABLE", why: error.message };
    }
    if (["PERMISSION_MISSING", "CREDENTIALS_REJECTED"].includes(error.code)) {
      return { kind: "blocked", code: "PERMISSION_MISSING", why: error.message };
    }
    throw error;
  }
}
