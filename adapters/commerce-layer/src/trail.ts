import { z } from "zod";

/** What is remembered of a checkout between its steps: ids, no personal data. */
const trailShape = z.object({
  order: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** We opened the order ourselves. */
  own: z.boolean(),
  /** `reference` of every address that we made for it. */
  mark: z.string().min(1).max(64),
  addresses: z.array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)).max(4),
});
export type Trail = z.output<typeof trailShape>;

export function readTrail(checkpoint: string | null): Trail | null {
  if (checkpoint === null) return null;
  try {
    return trailShape.parse(JSON.parse(checkpoint));
  } catch {
    return null;
  }
}
