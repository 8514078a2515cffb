import { Ctx, Query, Resolver } from "type-graphql";
import type { Desk } from "../desk.js";
import { Viewer } from "../types/viewer.js";

@Resolver()
export class ViewerResolver {
  @Query(() => Viewer, { description: "Who is asking." })
  viewer(@Ctx() desk: Desk) {
    return desk.identity.viewer(desk.caller);
  }
}
