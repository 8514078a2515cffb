import type { ConsumerId } from "../kernel/ids.js";
import type { Fields } from "./placed-query.js";
import type { ConsumerKeyRow, ConsumerRow, ConsumerStatus, Scope } from "./rows.js";
import { readBytes, readMoment } from "./wire.js";

/** The first columns of every row that is about a consumer. */
export const readConsumer = (fields: Fields, scope: Scope): ConsumerRow => ({
  id: fields[0] as ConsumerId,
  orgId: scope.orgId,
  environment: scope.environment,
  externalId: fields[1] as string,
  shopperReference: fields[2] as string,
  status: fields[3] as ConsumerStatus,
  orderCount: Number(fields[4]),
  keyVersionLast: Number(fields[5]),
  createdAt: readMoment(fields[6]),
  updatedAt: readMoment(fields[7]),
});

/** The columns that follow them. */
export const readKey = (fields: Fields): ConsumerKeyRow | null =>
  fields[8] === null
    ? null
    : { version: Number(fields[8]), kekVersion: Number(fields[9]), wrapped: readBytes(fields[10]) as Buffer };
