import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { Allow } from "../allow.js";
import type { Desk } from "../desk.js";
import { AuditEvent, AuditEventFilter, AuditEventPage } from "../types/audit-event.js";
import { AFTER, FIRST } from "./words.js";

@Resolver(() => AuditEvent)
export class AuditEventsResolver {
  @FieldResolver()
  actor(@Root() { actorId }: AuditEvent, @Ctx() desk: Desk) {
    return actorId === null ? null : desk.apiKeys.load(actorId);
  }

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
