import { z } from "zod";
import { SITE_CODES } from "./sites.js";

/** What Mercado Livre needs remembered. The login itself is not among it: that stays in the hosted browser's context. */
export const keeps = {
  settings: z.strictObject({
    site: z.enum(SITE_CODES).default("MLB").describe("The country site: MLB is Brazil, MLA Argentina, MLM Mexico, …"),
  }),
  /** Buying has no API, so there is no key. */
  credentials: z.strictObject({}),
  /** A fingerprint of the account that was connected, to tell it from any other. */
  secret: z.strictObject({ account: z.string().regex(/^[\w-]{43}$/) }),
  pending: z.strictObject({}),
};

export type MeliKept = {
  settings: z.output<typeof keeps.settings>;
  credentials: z.output<typeof keeps.credentials>;
  secret: z.output<typeof keeps.secret>;
  pending: z.output<typeof keeps.pending>;
};
