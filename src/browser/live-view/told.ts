/** What our script in a document of the remote page tells. */
import { z } from "zod";

const rect = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
/** A place in a viewport; CSS pixels. */
export type Rect = z.infer<typeof rect>;

const told = z.discriminatedUnion("k", [
  z.object({
    k: z.literal("field"),
    kind: z.enum(["text", "password", "email", "tel", "number", "search", "url", "multiline", "picker"]),
    type: z.string().max(20),
    id: z.int().min(0).max(0x7fff_ffff),
    inputmode: z.string().max(20),
    autocomplete: z.string().max(60),
    maxLength: z.int().min(0).nullable(),
    label: z.string().max(120),
    rect,
  }),
  z.object({ k: z.literal("blur") }),
  z.object({ k: z.literal("cursor"), css: z.string().regex(/^[a-z-]{1,20}$/) }),
]);
/** A field has the focus, none has it any more, or the pointer looks otherwise. */
export type Told = z.infer<typeof told>;

const MAX_TOLD = 2_048;

/** Null for what our script would not say: its world is not the page's, and its process is all the same. */
export function readTold(payload: string): Told | null {
  if (payload.length > MAX_TOLD) return null;
  try {
    return told.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}
