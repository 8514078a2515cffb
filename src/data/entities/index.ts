/** Every table, for MikroORM. Columns live here and in the migrations; a test compares the two. */
import { CheckoutEntity, OrderReportEntity } from "./checkout.js";
import { ConsumerEntity, ConsumerIndexEntity, ConsumerKeyEntity, ProfileEntity } from "./consumer.js";
import { AuditEventEntity, IdempotencyEntity } from "./ledger.js";
import { ApiKeyEntity, OrgEntity } from "./org.js";
import { ConnectionEntity, StoreEntity } from "./store.js";

export const entities = [
  OrgEntity,
  ApiKeyEntity,
  ConsumerEntity,
  ConsumerKeyEntity,
  ProfileEntity,
  ConsumerIndexEntity,
  StoreEntity,
  ConnectionEntity,
  CheckoutEntity,
  OrderReportEntity,
  IdempotencyEntity,
  AuditEventEntity,
];
