import { type CornerKept, pretend } from "@shopkey/adapter-pretend";
import { type CornerSandbox, LASTS, signHook, startSandbox } from "@shopkey/adapter-pretend/sandbox";
import type { ConformanceOptions } from "@shopkey/adapter-sdk/conformance";

type Options = ConformanceOptions<CornerKept, CornerSandbox>;
const ana = { card: "1000200030", pin: "2468" };
const isLive = (sandbox: CornerSandbox, { token }: CornerKept["secret"]) => sandbox.shop("ana").tokens.has(token);

/** The corner shop as the conformance kit wants it told; the kit's own tests break its adapter one promise at a time. */
export const cornerShop: Options = {
  adapter: pretend(),
  startSandbox,
  settings: { shop: "ana" },
  credentials: { key: "key-of-ana", hookKey: "hooks-of-ana" },
  cart: () => ({ kind: "items", items: [{ id: "coffee", quantity: 2 }] }),
  holds: (sandbox, value) => JSON.stringify(sandbox.state("ana")).includes(value),
  login: {
    answer: () => ana,
    wrongAnswer: () => ({ ...ana, pin: "246813" }),
    isLive,
    revoke: (sandbox, { token }) => void sandbox.shop("ana").tokens.delete(token),
    answerWithinMs: LASTS.login,
    lastsMs: LASTS.token,
    stillborn: { stillborn: true },
  },
  forgetting: { takesMs: LASTS.forgetTakes },
  impersonation: {
    request: {
      customer: { "buyer.email": "ana@example.com" },
      operator: { id: "clerk-7", token: null },
      reason: "phone order",
    },
    stranger: { "buyer.email": "nobody@example.com" },
    isLive,
  },
  deliveries: {
    "order-placed": {
      signature: "x-corner-signature",
      staleAfterMs: 300_000,
      request: (sandbox, now, shopper) => {
        const order = { id: "evt-1", basket: "b-1", order: "o-1", buyer: shopper["buyer.email"] };
        const { headers, body } = signHook(sandbox.shop("ana"), JSON.stringify(order), now);
        return { method: "POST", path: "/order-placed", headers, body: Buffer.from(body) };
      },
    },
  },
};
