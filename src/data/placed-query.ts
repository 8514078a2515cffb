/**
 * A prepared statement whose columns are known here by their place: it is asked without a description of them, which
 * would cost PostgreSQL and us more than most of the rows that are read with it.
 */
import pg from "pg";

/** A row's columns in their order, each as PostgreSQL wrote it. */
export type Fields = readonly (string | null)[];

/** One name, one text: a connection prepares it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Text, bytes, or nothing; an array as PostgreSQL writes one (`toArray`). */
export type Value = string | Buffer | null;

export type Settle = (error: Error | null | undefined, rows: readonly Fields[]) => void;

interface Connection {
  readonly stream: { readonly cork: () => void; readonly uncork: () => void };
  readonly submittedNamedStatements: Record<string, string>;
  readonly parse: (ask: { name: string; text: string }) => void;
  readonly bind: (ask: {
    portal: string;
    statement: string;
    values: readonly Value[];
    valueMapper: (value: unknown) => unknown;
  }) => void;
  readonly execute: (ask: { portal: string; rows: number }) => void;
  readonly sync: () => void;
}

const asIs = (value: unknown): unknown => value;

/** `pg` takes nothing else on a shared connection than its own class of queries; the names below are that class's. */
export class PlacedQuery extends pg.Query {
  declare readonly hasBeenParsed: (connection: Connection) => boolean;
  /** Whoever sends it sets this, when it is not set yet. */
  callback: Settle | undefined;
  readonly #statement: Statement;
  readonly #values: readonly Value[];
  readonly #rows: Fields[] = [];

  constructor(statement: Statement, values: readonly Value[], settle?: Settle) {
    super(statement);
    this.callback = settle;
    this.#statement = statement;
    this.#values = values;
  }

  prepare(connection: Connection): void {
    if (!this.hasBeenParsed(connection)) parse(connection, this.#statement);
    run(connection, this.#statement, this.#values);
    connection.sync();
  }

  handleDataRow({ fields }: { readonly fields: Fields }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback?.(null, this.#rows);
  }
}

/**
 * One statement many times over, as one transaction: the rows of each. On an error nothing of it stays.
 */
export class PlacedBatch extends pg.Query {
  declare readonly hasBeenParsed: (connection: Connection) => boolean;
  callback: ((error: Error | null | undefined, results: readonly (readonly Fields[])[]) => void) | undefined;
  readonly #statement: Statement;
  readonly #batch: readonly (readonly Value[])[];
  readonly #results: Fields[][];
  #at = 0;

  constructor(statement: Statement, batch: readonly (readonly Value[])[], settle: PlacedBatch["callback"]) {
    super(statement);
    this.callback = settle;
    this.#statement = statement;
    this.#batch = batch;
    this.#results = batch.map(() => []);
  }

  prepare(connection: Connection): void {
    if (!this.hasBeenParsed(connection)) parse(connection, this.#statement);
    for (const values of this.#batch) run(connection, this.#statement, values);
    // Only this ends the transaction, and only what it is answered with says that it is durable.
    connection.sync();
  }

  handleDataRow({ fields }: { readonly fields: Fields }): void {
    this.#results[this.#at]?.push(fields);
  }

  handleCommandComplete(): void {
    this.#at += 1;
  }

  handleReadyForQuery(): void {
    this.callback?.(null, this.#results);
  }
}

function parse(connection: Connection, { name, text }: Statement): void {
  connection.parse({ name, text });
  connection.submittedNamedStatements[name] = text;
}

function run(connection: Connection, { name }: Statement, values: readonly Value[]): void {
  connection.bind({ portal: "", statement: name, values, valueMapper: asIs });
  connection.execute({ portal: "", rows: 0 });
}

/** Asks it on a connection of the pool's, on which nothing else is asked meanwhile. */
export function askPool(pool: pg.Pool, statement: Statement, values: readonly Value[]): Promise<readonly Fields[]> {
  const query = pool.query.bind(pool) as unknown as (ask: PlacedQuery, none: undefined, settle: Settle) => void;
  return new Promise((resolve, reject) => {
    query(new PlacedQuery(statement, values), undefined, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

/** An array as PostgreSQL reads one. */
export const toArray = (items: readonly (string | number | Buffer)[]): string => `{${items.map(toItem).join(",")}}`;

const toItem = (item: string | number | Buffer): string => {
  if (typeof item === "number") return String(item);
  return typeof item === "string" ? `"${item.replace(/["\\]/g, "\\$&")}"` : `"\\\\x${item.toString("hex")}"`;
};
