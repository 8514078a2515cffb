/**
 * How PostgreSQL's text becomes JavaScript on the hot path. Results are text, because `pg`'s binary mode corrupts
 * `bytea`; moments come as milliseconds, which are cheaper to read than dates.
 */
import pg from "pg";

const { builtins } = pg.types;
const TEXT_ARRAY: number = 1009;

const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY);

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.BYTEA]: (text) => Buffer.from(text.slice(2), "hex"),
  [builtins.INT8]: Number,
  [builtins.INT4]: Number,
  [builtins.BOOL]: (text) => text === "t",
  [builtins.JSON]: (text) => text,
  [TEXT_ARRAY]: parseTextArray,
};
const asIs = (text: string) => text;

/** For the `types` of a query. */
export const hotTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number) => parsers[oid] ?? asIs) as pg.CustomTypesConfig["getTypeParser"],
};

export const toMoment = (milliseconds: number): Date => new Date(milliseconds);
export const toMomentOrNull = (milliseconds: number | null): Date | null =>
  milliseconds === null ? null : new Date(milliseconds);

/** A column of bytes, as text. */
export const readBytes = (text: string | null | undefined): Buffer | null =>
  text === null || text === undefined ? null : Buffer.from(text.slice(2), "hex");
/** A column of milliseconds, as text. */
export const readMoment = (text: string | null | undefined): Date => new Date(Number(text));
