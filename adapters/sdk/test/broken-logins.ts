import type { CornerKept } from "@shopkey/adapter-pretend";
import { type Adapter, AdapterError, type Connect, type Impersonate, type Route } from "@shopkey/adapter-sdk";
import type { Broken } from "./broken-pretends.js";

type Corner = Adapter<CornerKept>;

/** What can be wrong with logins, seats and deliveries. */
export function brokenLogins(whole: Corner): Broken[] {
  const { connect, impersonate, routes = [] } = whole;
  const [delivery] = routes;
  if (impersonate === undefined || delivery === undefined) throw new Error("the corner shop has every member");
  const connecting = (group: string, how: string, part: Partial<Connect<CornerKept>>): Broken => ({
    ...{ group, how },
    adapter: { ...whole, connect: { ...connect, ...part } },
  });
  const seating = (how: string, part: Partial<Impersonate<CornerKept>>): Broken => ({
    ...{ group: "impersonates", how },
    adapter: { ...whole, impersonate: { ...impersonate, ...part } },
  });
  const receiving = (how: string, answer: Route<CornerKept>["answer"]): Broken => ({
    ...{ group: "receives", how },
    adapter: { ...whole, routes: [{ ...delivery, answer }] },
  });

  return [
    connecting("connects", "whatever is answered connects", {
      finish: (call, pending, answer) =>
        connect.finish(call, pending, answer).catch((error) => {
          if (!(error instanceof AdapterError) || error.code !== "ANSWER_INVALID") throw error;
          return { kind: "connected", secret: { kind: "member", token: "none" }, account: { id: null, label: null } };
        }),
    }),
    connecting("connects", "it believes a login that it never tried", {
      finish: (call, pending, answer) => {
        const believing: typeof call.fetch = async (url, init) =>
          url.endsWith("/members/me") ? Response.json({ id: "m-1" }) : call.fetch(url, init);
        return connect.finish({ ...call, fetch: believing }, pending, answer);
      },
    }),
    connecting("connects", "it labels the account with the card's number", {
      finish: async (call, pending, answer) => {
        const step = await connect.finish(call, pending, answer);
        return step.kind === "connected" ? { ...step, account: { id: null, label: answer.card ?? null } } : step;
      },
    }),
    connecting("verifies", "a store that is down has revoked the login", {
      verify: async (call, secret) => {
        const health = await connect.verify(call, secret);
        return health.kind === "inconclusive" ? { kind: "revoked" } : health;
      },
    }),
    connecting("verifies", "it does not ask", { verify: async () => ({ kind: "live" }) }),
    connecting("disconnects", "a login that is gone is an error", {
      disconnect: async (call, secret) => {
        const { kind } = await connect.verify(call, secret);
        if (kind === "revoked") throw new AdapterError("CONNECTION_REVOKED", "gone");
        return connect.disconnect(call, secret);
      },
    }),
    connecting("disconnects", "it says that the store agreed without asking it", {
      disconnect: async () => ({ storeAgreed: true, note: "Forgotten on our side." }),
    }),
    seating("a stranger gets a seat", {
      start: async (call, request) => {
        const answer = await impersonate.start(call, request);
        return answer.kind === "active"
          ? answer
          : { kind: "active", secret: { kind: "seat", token: "none" }, storeUserId: "m-0", expiresAt: null };
      },
    }),
    seating("a seat stays taken", { stop: async () => ({ storeAgreed: true, note: "Left." }) }),
    seating("a store that is down has ended it", {
      check: async (call, secret) => {
        const health = await impersonate.check(call, secret);
        return health.kind === "inconclusive" ? { kind: "expired" } : health;
      },
    }),
    receiving("it believes whoever knocks", async (_call, { body }) => {
      const { id } = JSON.parse(Buffer.from(body).toString("utf8") || '{"id":"none"}');
      return { status: 200, events: [{ name: "order.placed", id, facts: {} }] };
    }),
    receiving("it throws at a signature of another length", async (call, request) => {
      const signature = request.headers["x-corner-signature"] ?? "";
      if (signature.length !== 75) throw new RangeError("Input buffers must have the same byte length");
      return delivery.answer(call, request);
    }),
    receiving("it accepts what is an hour old", (call, request) => {
      const seconds = Number(request.headers["x-corner-signature"]?.split(".")[0] ?? 0);
      return delivery.answer({ ...call, now: () => new Date(seconds * 1000) }, request);
    }),
    receiving("its events carry the buyer's e-mail", async (call, request) => {
      const answer = await delivery.answer(call, request);
      if (answer === null) return null;
      const { buyer } = JSON.parse(Buffer.from(request.body).toString("utf8"));
      return { ...answer, events: answer.events.map((event) => ({ ...event, facts: { buyer } })) };
    }),
  ];
}
