import { defineEntity, p } from "@mikro-orm/core";
import type { Json } from "../rows.js";
import { environment, moment, orgId } from "./columns.js";

export const TokenIssuerEntity = defineEntity({
  name: "TokenIssuer",
  tableName: "token_issuer",
  primaryKeys: ["orgId", "environment"],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    issuer: p.text().nullable(),
    jwks: p.json().$type<Json>().nullable(),
    secret: p.blob().$type<Buffer>().nullable(),
    updatedAt: moment(),
  },
});
