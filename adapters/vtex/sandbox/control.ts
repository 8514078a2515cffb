/**
 * The sandbox's own controls:
 * - `GET  /_sandbox/carts/{id}`        the plain values that the store holds of a cart
 * - `POST /_sandbox/carts/{id}/place`  the shopper pays: the cart is ordered; `?remember=true` makes them a known shopper
 * - `POST /_sandbox/tokens?account=…&user=…&audience=admin&minutes=…`  a login of VTEX ID
 * - `GET  /_sandbox/tokens?account=…`  every login that the account has issued
 */
import { json, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { Account, Accounts } from "./accounts.js";
import type { Cart } from "./cart.js";
import { issueToken } from "./operators.js";
import { backToPage } from "./page.js";

const PATH = /^\/_sandbox\/carts\/([0-9a-f]{32})(\/place)?$/;

export function answerControl(accounts: Accounts, method: string, url: URL, now: Date): SandboxReply | null {
  if (method === "POST" && url.pathname === "/_sandbox/tokens") return giveToken(accounts, url.searchParams, now);
  if (method === "GET" && url.pathname === "/_sandbox/tokens")
    return json(200, { tokens: [...accounts.of(url.searchParams.get("account") ?? "").tokens.keys()] });
  const [, id = "", place] = PATH.exec(url.pathname) ?? [];
  const found = accounts.find(id);
  if (found === undefined) return null;
  if (method === "GET" && place === undefined) return json(200, { account: found.account.name, ...found.cart });
  if (method !== "POST" || place === undefined) return null;
  found.cart.orderGroup ??= orderNumber(found.cart.id);
  if (url.searchParams.get("remember") === "true") remember(found.account, found.cart);
  // Known defect: with an order the impersonation is over, though the session goes on saying that it is not.
  const session = found.account.sessions.get(found.cart.sessionId ?? "");
  if (session !== undefined) session.isDropped = true;
  return backToPage(id);
}

function giveToken(accounts: Accounts, asked: URLSearchParams, now: Date): SandboxReply {
  const account = accounts.of(asked.get("account") ?? "");
  const terms = {
    user: asked.get("user") ?? "operadora@loja.example",
    audience: asked.get("audience") === "webstore" ? "webstore" : "admin",
    tokenType: "user",
  } as const;
  const minutes = Number(asked.get("minutes") ?? "1440");
  return json(200, { token: issueToken(account, terms, now.getTime(), minutes * 60_000) });
}

/** As VTEX numbers its orders: thirteen digits. */
function orderNumber(cartId: string): string {
  return `1${(BigInt(`0x${cartId.slice(0, 12)}`) % 10n ** 12n).toString().padStart(12, "0")}`;
}

/** What a store with `saveUserData` does: from now on this e-mail has a complete profile. */
function remember(account: Account, { clientProfileData: who, address }: Cart): void {
  if (who === null || address === null) return;
  const text = (name: string) => (typeof who[name] === "string" ? who[name] : null);
  account.profiles.set(who.email.toLowerCase(), {
    email: who.email,
    firstName: text("firstName"),
    lastName: text("lastName"),
    document: text("document"),
    documentType: text("documentType"),
    phone: text("phone"),
    addresses: [{ ...address, isDisposable: false }],
  });
}
