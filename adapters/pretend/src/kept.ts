import type { Kept } from "@shopkey/adapter-sdk";
import { z } from "zod";

/** What the corner shop needs remembered; the gateway validates with these whenever it seals or opens one. */
export const keeps = {
  settings: z.strictObject({
    shop: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/)
      .describe("The shop's name in its address: `ana` for ana.corner.example."),
  }),
  credentials: z.strictObject({
    key: z.string().min(1).describe("The shop's API key."),
    hookKey: z.string().min(1).describe("What the shop signs its webhooks with."),
  }),
  secret: z.strictObject({ kind: z.enum(["member", "seat"]), token: z.string() }),
  pending: z.strictObject({ login: z.string() }),
};

export interface CornerKept extends Kept {
  settings: z.infer<typeof keeps.settings>;
  credentials: z.infer<typeof keeps.credentials>;
  /** A member's login (`member`), or a clerk's seat in a member's place (`seat`). */
  secret: z.infer<typeof keeps.secret>;
  pending: z.infer<typeof keeps.pending>;
}
