import type { Config } from "../config.js";
import type { ImpersonationSessionView } from "../identity/index.js";
import { listAll, type Where, withCaller } from "./house.js";
import { columns, type Output } from "./output.js";

interface ListOptions extends Where {
  readonly all?: boolean;
}

export const listImpersonations = (config: Config, options: ListOptions, out: Output): Promise<void> =>
  withCaller(config, options, async (identity, caller) => {
    const filter = options.all ? null : { alive: true };
    const sessions = await listAll((query) => identity.listImpersonations(caller, { ...query, filter }));
    const rows = sessions.map(({ id, state, operator, store, expiresAt, endReason }) => [
      id,
      state,
      store.slug,
      `until ${expiresAt.toISOString()}`,
      endReason ?? "",
      operator.vouched ? `${operator.name} (vouched for)` : operator.name,
    ]);
    out.print(sessions.map(rowOf), columns(rows) || "nobody is in a customer's place");
  });

export const endImpersonation = (config: Config, id: string, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const ended = await identity.endImpersonation(caller, { impersonationSession: id });
    const { impersonationSession, storeAgreed, note } = ended;
    const text = storeAgreed ? `ended ${impersonationSession.id}` : `${impersonationSession.id} is ending · ${note}`;
    out.print({ ...rowOf(impersonationSession), storeAgreed, note }, text);
  });

export const switchImpersonations = (config: Config, on: boolean, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const switched = await identity.switchImpersonations(caller, { on });
    const { length: open } = await listAll((query) =>
      identity.listImpersonations(caller, { ...query, filter: { alive: true } }),
    );
    const left = open === 0 ? "" : ` · ${open} not confirmed by the store yet: a running gateway asks again`;
    const text = on
      ? "operators may stand in for customers again"
      : `off: nobody stands in for a customer, and none begins · ${switched.ending} ended${left}`;
    out.print({ ...switched, unconfirmed: open }, text);
  });

/** The Store by its slug: all of it is in `shopkey store list`. */
const rowOf = ({ store, ...session }: ImpersonationSessionView) => ({ ...session, store: store.slug });
