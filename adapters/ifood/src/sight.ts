/**
 * What can be seen of a login: the page's own state says who is there (`account.uuid`) and, apart from that, where it would be
 * delivered (`address.addressId`). A postal code, a device or a session cookie say neither: every visitor has them. That nobody is
 * there is believed only when the store's own API says so as well, because a page that is still loading looks the same.
 */
import { createHash } from "node:crypto";
import { AdapterError, type Call, type LoggedIn, type Page, tryPage, visit } from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { IfoodKept } from "./kept.js";
import { CUSTOMER, HOME } from "./places.js";

export interface Inside extends LoggedIn {
  readonly hasAddress: boolean;
  readonly hasPhone: boolean;
}
export type Sight = Inside | NoLogin;
export type NoLogin =
  | { readonly kind: "out" }
  /** "Press and hold": the store wants to see a person. */
  | { readonly kind: "wall" }
  | { readonly kind: "changed" };

/**
 * True once the page knows who is there and where it goes; asked in the shopper's own page, too. The store asks for both, one after the
 * other, and a checkout needs both: whoever wants no address now says that they are done.
 */
export const KNOWS_ACCOUNT_AND_ADDRESS = `(() => {
  try {
    const { account, address } = window.__NEXT_REDUX_STORE__.getState();
    return [account.uuid, address.addressId].every((id) => typeof id === "string" && id !== "");
  } catch { return false; }
})()`;

/**
 * Version 1 of the probe: the state as `{ account: { uuid, name, phone } | null, address: { addressId } | null }`, without `account`
 * while it loads. Of the account's data only an id, a first letter and two booleans leave the page.
 */
const probeFor = (staleMs: number): string => `(async () => {
  const WAIT_MS = 8000;
  const read = () => { try { return window.__NEXT_REDUX_STORE__.getState() ?? {}; } catch { return null; } };
  const ask = async () => {
    try {
      return (await fetch(${JSON.stringify(CUSTOMER)}, { credentials: "include", signal: AbortSignal.timeout(5000) })).status;
    } catch { return 0; }
  };
  const began = Date.now();
  let state = null;
  for (const until = Date.now() + WAIT_MS; Date.now() < until; await new Promise((go) => setTimeout(go, 50))) {
    if (document.querySelector("#px-captcha") !== null) return { kind: "wall" };
    state = read();
    if (state === null && document.readyState === "complete") return { kind: "changed" };
    if (typeof state?.account?.uuid === "string" && state.account.uuid !== "") {
      const { uuid, name, phone } = state.account;
      return {
        kind: "in", uuid,
        initial: Array.from(String(name ?? "").trim())[0] ?? null,
        hasAddress: typeof state.address?.addressId === "string" && state.address.addressId !== "",
        hasPhone: typeof phone === "string" && phone !== "",
      };
    }
    const isEmpty = state?.account === null;
    const isLate = state !== null && state.account === undefined && Date.now() - began > 1500;
    if (isEmpty || isLate) {
      const status = await ask();
      if (status !== 200 && (isEmpty || status !== 401)) return { kind: "nobody", status };
      if (isEmpty && status === 200 && Date.now() - began >= ${staleMs}) return { kind: "stale" };
      await new Promise((go) => setTimeout(go, 250));
    }
  }
  return state !== null && "account" in state ? { kind: "changed" } : { kind: "nobody", status: 0 };
})()`;
const probeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("in"),
    uuid: z.string().min(1).max(100),
    initial: z.string().nullable(),
    hasAddress: z.boolean(),
    hasPhone: z.boolean(),
  }),
  z.object({ kind: z.literal("nobody"), status: z.number() }),
  z.object({ kind: z.enum(["wall", "changed", "stale"]) }),
]);

/** A page that still knows nobody, though the store does, was asked for before the shopper was in. */
const STALE_MS = 2_000;

/** Opens the store's front page and says what came. Throws where the store could not be asked. */
export async function lookAt(page: Page, call: Call<IfoodKept>): Promise<Sight> {
  const open = async (staleMs?: number) => {
    const { status, url } = await visit(page, HOME);
    const isHome = status === 403 || (status === 200 && url.hostname === "www.ifood.com.br");
    return isHome ? look(page, call, status, staleMs) : ({ kind: "changed" } as const);
  };
  const first = await open(STALE_MS);
  const sight = first.kind === "stale" ? await open() : first;
  return sight.kind === "stale" ? { kind: "changed" } : sight;
}

/** The same on the page that is open. */
export async function lookHere(page: Page, call: Call<IfoodKept>, status: number): Promise<Sight> {
  const sight = await look(page, call, status);
  return sight.kind === "stale" ? { kind: "changed" } : sight;
}

async function look(
  page: Page,
  call: Call<IfoodKept>,
  status: number,
  staleMs = Number.MAX_SAFE_INTEGER,
): Promise<Sight | { readonly kind: "stale" }> {
  if (status === 403) return { kind: "wall" };
  const seen = probeSchema.parse(await tryPage(() => page.evaluate(probeFor(staleMs))));
  switch (seen.kind) {
    case "in": {
      const { uuid, initial, hasAddress, hasPhone } = seen;
      return {
        ...{ kind: "in", account: fingerprint(call, uuid), hasAddress, hasPhone },
        label: initial === null ? null : `${initial}•••`,
      };
    }
    case "nobody":
      return judgeNobody(seen.status);
    default:
      return { kind: seen.kind };
  }
}

/** What the store's API said when the page knew nobody. */
function judgeNobody(status: number): Sight {
  if (status === 401) return { kind: "out" };
  if (status === 403) return { kind: "wall" };
  throw status === 429
    ? new AdapterError("RATE_LIMITED", "The store asks for fewer requests.")
    : new AdapterError("STORE_UNAVAILABLE", "The store did not say who is logged in.");
}

/** With the store's id: another Store's fingerprints are of no use. */
const fingerprint = (call: Call<IfoodKept>, uuid: string): string =>
  createHash("sha256").update(`${call.store.id}|${uuid}`).digest("base64url");

/** What a sight that is no login is called, where only a login will do. */
export function refusalOf({ kind }: NoLogin): AdapterError {
  switch (kind) {
    case "out":
      return new AdapterError("CHALLENGE_REQUIRED", "The store asks the shopper to log in.");
    case "wall":
      return new AdapterError("CHALLENGE_REQUIRED", "The store asks the shopper to prove that they are human.");
    case "changed":
      return new AdapterError("STORE_CHANGED", "The store's page does not say who is logged in.");
  }
}
