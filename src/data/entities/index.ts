/** Every table, for MikroORM. Columns live here and in the migrations; a test compares the two. */
import {
  AnonymizationEntity,
  AnonymizationReceiptEntity,
  AnonymizationStepEntity,
  SuppressionEntity,
} from "./anonymization.js";
import { CheckoutEntity, OrderReportEntity } from "./checkout.js";
import { ConsumerEntity, ConsumerIndexEntity, ConsumerKeyEntity, ProfileEntity } from "./consumer.js";
import { ImpersonationEntity } from "./impersonation.js";
import { AuditEventEntity, IdempotencyEntity } from "./ledger.js";
import { OperatorLoginEntity } from "./operator-login.js";
import { ApiKeyEntity, OrgEntity } from "./org.js";
import {
  RecognitionAnswerEntity,
  RecognitionEntity,
  RecognitionKeyEntity,
  RecognitionRefusalEntity,
  RouteRateEntity,
} from "./recognition.js";
import { ConnectionEntity, StoreEntity } from "./store.js";
import { StoreAccountEntity } from "./store-account.js";
import { StoreAllowanceEntity, StoreMemoryEntity } from "./store-memory.js";

import { TokenIssuerEntity } from "./token-issuer.js";

export const entities = [
  TokenIssuerEntity,
  OrgEntity,
  ApiKeyEntity,
  ConsumerEntity,
  ConsumerKeyEntity,
  ProfileEntity,
  ConsumerIndexEntity,
  StoreEntity,
  ConnectionEntity,
  StoreAccountEntity,
  StoreMemoryEntity,
  StoreAllowanceEntity,
  CheckoutEntity,
  OrderReportEntity,
  IdempotencyEntity,
  AuditEventEntity,
  AnonymizationEntity,
  AnonymizationStepEntity,
  AnonymizationReceiptEntity,
  SuppressionEntity,
  ImpersonationEntity,
  OperatorLoginEntity,
  RecognitionEntity,
  RecognitionKeyEntity,
  RecognitionAnswerEntity,
  RecognitionRefusalEntity,
  RouteRateEntity,
];
