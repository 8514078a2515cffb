import type { SqlEntityManager } from "@mikro-orm/postgresql";
import type { Scope } from "./rows.js";

/** An open transaction whose settings show one scope's rows. Repositories take it first; nobody keeps it. */
export interface Tx {
  readonly scope: Scope;
  readonly em: SqlEntityManager;
}

/** The repositories' own predicate; row-level security is the second wall behind it. */
export const own = (tx: Tx) => ({ orgId: tx.scope.orgId, environment: tx.scope.environment });

/** A row without the entity's hidden parts. */
export const plain = <T extends object>(entity: T): T => ({ ...entity });
