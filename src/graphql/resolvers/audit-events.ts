import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { Allow } from "../allow.js";
import type { Desk } from "../desk.js";
import { AuditEventFilter, AuditEventPage } from "../types/audit-event.js";
import { AFTER, FIRST } from "./words.js";

@Resolver()
export class AuditEventsResolver {
  @Query(() => AuditEventPage, { description: "The ledger of the org in this environment." })
  @Allow("audit:read")
  auditEvents(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 50, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => AuditEventFilter, { nullable: true, description: "Which lines." })
    filter: AuditEventFilter | null | undefined,
  ) {
    return desk.identity.listAuditEvents(desk.caller, { first, after, filter });
  }
}
