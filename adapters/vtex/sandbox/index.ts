/** A faithful local stand-in for VTEX: checkout, profiles, sessions and VTEX ID, User Rights; one server for every account. */
import type { SandboxOptions } from "@shopkey/adapter-sdk";
import { type ServedSandbox, serveSandbox } from "@shopkey/adapter-sdk/sandbox";
import { openAccounts } from "./accounts.js";
import { answerControl } from "./control.js";
import { routes } from "./routes.js";

/** The API, and the Admin. */
const ACCOUNT_HOST = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.(?:vtexcommerce(?:stable|beta)\.com\.br|myvtex\.com)$/;

/** Any account name works; `127.0.0.1` is a person who opens the checkout page. */
export function startSandbox(options: SandboxOptions = {}): Promise<ServedSandbox> {
  const accounts = openAccounts();
  const now = options.now ?? (() => new Date());
  return serveSandbox({
    port: options.port,
    accountOf: (host) =>
      ACCOUNT_HOST.exec(host)?.[1] ?? (host === "127.0.0.1" || host === "localhost" ? "visitor" : null),
    router: routes(accounts, now),
    lens: accounts.lens,
    reset: accounts.reset,
    control: (method, url) => answerControl(accounts, method, url, now()),
  });
}

export { ACCESS_CODE, AUTHENTICATOR_CODE, PASSWORD } from "./logins.js";
export { HALF_KNOWN_EMAIL, KNOWN_EMAIL } from "./profiles.js";
