/** The telesales desk of the sandbox, as the conformance kit wants it told. */
import type { ConformanceOptions } from "@shopkey/adapter-sdk/conformance";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import type { VtexKept } from "@shopkey/adapter-vtex";
import { KNOWN_EMAIL } from "@shopkey/adapter-vtex/sandbox";

type Fixture = NonNullable<ConformanceOptions<VtexKept, ServedSandbox>["impersonation"]>;

interface StoreState {
  readonly sessions: readonly { operator: string | null; impersonated: string | null }[];
}

/** Every place that is taken at the store, whoever knows of it. */
export const takenAt = (sandbox: ServedSandbox): readonly string[] =>
  (sandbox.state("cobasi") as StoreState).sessions.flatMap(({ impersonated }) => impersonated ?? []);

export const REQUEST = {
  customer: { "buyer.email": KNOWN_EMAIL },
  operator: { id: "Olivia", token: "operator-cobasi-operadora" },
  reason: "phone order",
} as const;

const withToken = (token: string | null) => ({
  request: () => ({ ...REQUEST, operator: { ...REQUEST.operator, token } }),
});
const of = (email: string) => ({ request: () => ({ ...REQUEST, customer: { "buyer.email": email } }) });
const rejected = { code: "OPERATOR_REJECTED" } as const;

export const impersonation: Fixture = {
  request: REQUEST,
  stranger: { "buyer.email": "nobody.at.all@example.com" },
  isLive: (sandbox) => takenAt(sandbox).length > 0,
  anyLive: (sandbox) => takenAt(sandbox).length > 0,
  drop: async (sandbox, secret) => {
    const cartId = "seat" in secret ? secret.seat.cartId : null;
    await fetch(`${sandbox.url}/_sandbox/carts/${cartId}/place`, { method: "POST" });
  },
  denials: [
    { name: "app-missing", code: "APP_MISSING", switches: { impersonateAppMissing: true } },
    { name: "role-missing", code: "ROLE_MISSING", ...withToken("operator-cobasi-gerente") },
    { name: "role-mixed", code: "ROLE_MISSING", ...withToken("operator-cobasi-mista") },
    { name: "not-loaded", code: "CUSTOMER_NOT_LOADED", switches: { profileNeverLoads: true } },
    { name: "operators-cart", code: "CUSTOMER_NOT_LOADED", switches: { operatorEmail: true } },
    { name: "themselves", code: "CUSTOMER_IS_OPERATOR", ...of("operadora@loja.example") },
    { name: "no-email", code: "CUSTOMER_UNKNOWN", ...of("a@b.example; VtexIdclientAutCookie=x") },
    { name: "no-token", ...rejected, ...withToken(null) },
    { name: "no-login", ...rejected, ...withToken("x\r\ncookie: y") },
    { name: "forged", ...rejected, ...withToken("operator.of.nobody") },
    { name: "expired", ...rejected, ...withToken("expired-cobasi-operadora") },
    { name: "other-store", ...rejected, ...withToken("operator-animale-operadora") },
    { name: "webstore", ...rejected, ...withToken("shopper-cobasi-operadora") },
  ],
};
