import {
  type Bench,
  cartOf,
  declaredShopper,
  finishLogin,
  given,
  impersonateWell,
  impersonationOf,
  isNone,
  loginOf,
  secretOf,
  shopperOf,
  startLogin,
  storedProgress,
} from "./bench.js";
import type { Stage } from "./call.js";

/** One function of the adapter with arguments as they come in a good hour. */
export interface Act {
  readonly name: string;
  /** It inquires into a login: whatever befalls the store is `inconclusive`, not an error. */
  readonly inquires?: boolean;
  readonly run: (stage: Stage) => Promise<unknown>;
}

/** Every function that speaks to the store. Prepared while it is well; each act can be run once. */
export async function prepareActs(bench: Bench): Promise<Act[]> {
  const { checkoutIdentity, anonymize } = bench.adapter;
  const shopper = declaredShopper(bench);
  const cart = await cartOf(bench);
  const secret = await secretOf(bench);
  const subject = { identity: shopperOf(bench, bench.adapter.needs.anonymize), secret };
  const progress = storedProgress(await anonymize.request(bench.stage().call, subject));
  const asked = shopperOf(bench, bench.adapter.needs.readiness);
  return [
    { name: "checkoutIdentity.readiness", run: ({ call }) => checkoutIdentity.readiness(call, secret, asked) },
    ...(isNone(cart)
      ? []
      : [
          {
            name: "checkoutIdentity.apply",
            run: ({ call }: Stage) => checkoutIdentity.apply(call, secret, shopper, cart),
          },
        ]),
    { name: "anonymize.status", run: ({ call }) => anonymize.status(call, subject, progress) },
    { name: "anonymize.cancel", run: ({ call }) => anonymize.cancel(call, subject, progress) },
    { name: "anonymize.request", run: ({ call }) => anonymize.request(call, subject) },
    ...(await impersonationActs(bench)),
    ...(await loginActs(bench, secret)),
  ];
}

async function loginActs(bench: Bench, secret: unknown): Promise<Act[]> {
  if (isNone(bench.options.login)) return [];
  const { verify, disconnect } = bench.adapter.connect;
  const step = await startLogin(bench);
  const acts: Act[] = [
    { name: "connect.start", run: (stage) => startLogin(bench, stage) },
    { name: "connect.verify", inquires: true, run: ({ call }) => verify(call, secret) },
    { name: "connect.disconnect", run: ({ call }) => disconnect(call, secret) },
  ];
  if (step.kind === "connected") return acts;
  const answer = await loginOf(bench).answer(bench.sandbox, step);
  return [{ name: "connect.finish", run: (stage) => finishLogin(bench, step, answer, stage) }, ...acts];
}

async function impersonationActs(bench: Bench): Promise<Act[]> {
  if (bench.adapter.impersonate === undefined) return [];
  const { start, check, renew, stop } = given(bench.adapter.impersonate, "impersonate");
  const { request } = impersonationOf(bench);
  const { secret } = await impersonateWell(bench);
  return [
    ...(renew === undefined ? [] : [{ name: "impersonate.renew", run: ({ call }: Stage) => renew(call, secret) }]),
    { name: "impersonate.start", run: ({ call }) => start(call, request) },
    { name: "impersonate.check", inquires: true, run: ({ call }) => check(call, secret) },
    { name: "impersonate.stop", run: ({ call }) => stop(call, secret) },
  ];
}
