/** Columns that many tables have. */
import { p } from "@mikro-orm/core";
import type { OrgId } from "../../kernel/ids.js";

/** First column of every primary key and of every unique. */
export const orgId = () => p.uuid().$type<OrgId>().primary();

export const environment = () => p.enum(["test", "live"]);

/** Milliseconds, as JavaScript has them: what was written is what is read. */
export const moment = () => p.datetime(3).defaultRaw("now()");
