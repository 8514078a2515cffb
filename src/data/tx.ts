import type { SqlEntityManager } from "@mikro-orm/postgresql";
import { errorCode, isError } from "../kernel/fault.js";
import type { OrgId } from "../kernel/ids.js";
import type { Environment, Scope } from "./rows.js";

/** An open transaction whose settings show one scope's rows. Repositories take it first; nobody keeps it. */
export interface Tx {
  readonly scope: Scope;
  readonly em: SqlEntityManager;
}

/** The repositories' own predicate; row-level security is the second wall behind it. */
export const own = (tx: Tx): { orgId: OrgId; environment: Environment } => ({
  orgId: tx.scope.orgId,
  environment: tx.scope.environment,
});

/** A statement with its values, each a `?` in it. */
export interface Written {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Statements that write, one after another in one round trip. Each sees what was committed before it began. */
export async function writeAll(tx: Tx, statements: readonly Written[]): Promise<void> {
  const values = statements.flatMap((statement) => statement.values);
  await tx.em.execute(statements.map(({ sql }) => sql).join(";\n"), values);
}

/** A row without the entity's hidden parts. */
export const plain = <T extends object>(entity: T): Defined<T> => ({ ...entity }) as Defined<T>;
/** MikroORM types what may be null as perhaps undefined too; what was read never is. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** A page of a list that is ordered by id, which is by creation. */
export interface Page<Id extends string> {
  /** Rows to answer; ask for one more than is shown to know whether there is a next page. */
  readonly limit: number;
  /** The last id of the page before; null for the first page. */
  readonly after: Id | null;
  /** Newest first. */
  readonly descending?: boolean;
}

/** What a page is in MikroORM's words. */
export function toPage<Id extends string>({ limit, after, descending = false }: Page<Id>) {
  const where = after === null ? {} : { id: descending ? { $lt: after } : { $gt: after } };
  return { where, options: { limit, orderBy: { id: descending ? ("desc" as const) : ("asc" as const) } } };
}

/** The unique that a statement ran into; null when it was something else. */
export const brokenUnique = (error: unknown): string | null =>
  errorCode(error) === "23505" && isError(error) && "constraint" in error ? String(error.constraint) : null;
