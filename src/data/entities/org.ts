import { defineEntity, p } from "@mikro-orm/core";
import type { ApiKeyId, OrgId } from "../../kernel/ids.js";
import type { OrgSettings } from "../rows.js";
import { environment, moment, orgId } from "./columns.js";

export const OrgEntity = defineEntity({
  name: "Org",
  tableName: "org",
  properties: {
    id: p.uuid().$type<OrgId>().primary(),
    name: p.text(),
    settings: p.json().$type<OrgSettings>().default("{}"),
    createdAt: moment(),
  },
});

export const ApiKeyEntity = defineEntity({
  name: "ApiKey",
  tableName: "api_key",
  primaryKeys: ["orgId", "id"],
  indexes: [{ name: "api_key_hash", properties: ["hash"] }],
  properties: {
    orgId: orgId(),
    id: p.uuid().$type<ApiKeyId>().primary(),
    environment: environment(),
    name: p.text(),
    hash: p.blob().$type<Buffer>(),
    last4: p.text(),
    scopes: p.array().$type<readonly string[]>(),
    ownerKind: p.enum(["USER", "SERVICE"]),
    ownerName: p.text(),
    createdAt: moment(),
    expiresAt: p.datetime(3).nullable(),
    revokedAt: p.datetime(3).nullable(),
    lastUsedAt: p.datetime(3).nullable(),
  },
});
