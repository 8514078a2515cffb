import { z } from "zod";

/** What iFood needs remembered. The login itself is not among it: that stays in the hosted browser's context. */
export const keeps = {
  /** There is one iFood. */
  settings: z.strictObject({}),
  /** The merchants' API knows no shoppers, so there is no key. */
  credentials: z.strictObject({}),
  /** A fingerprint of the account that was connected, to tell it from any other. */
  secret: z.strictObject({ account: z.string().regex(/^[\w-]{43}$/) }),
  pending: z.strictObject({}),
};

export type IfoodKept = {
  settings: z.output<typeof keeps.settings>;
  credentials: z.output<typeof keeps.credentials>;
  secret: z.output<typeof keeps.secret>;
  pending: z.output<typeof keeps.pending>;
};
