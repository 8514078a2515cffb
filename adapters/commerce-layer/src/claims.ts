/** What we claim towards Commerce Layer's auth server, and what its tokens say. */
import { decodeJwt, SignJWT } from "jose";
import { z } from "zod";
import { expectShape } from "./answers.js";
import { refuse } from "./errors.js";

export interface Owner {
  readonly type: "Customer" | "User";
  readonly id: string;
}

const CLAIMS = "https://commercelayer.io/claims";
/** Commerce Layer takes assertions up to this size. */
const MAX_ASSERTION_BYTES = 4096;
/**
 * Commerce Layer reads an assertion without verifying its signature: what authorizes is the client secret beside it. So the
 * key is no secret (it is the one that Commerce Layer's own client signs with), and an assertion is never taken from a caller.
 */
const KEY = new TextEncoder().encode("cl");

/** An assertion that its owner is `owner`. `custom` becomes the token's `custom_claim`. */
export async function mintAssertion(
  owner: Owner,
  now: Date,
  custom?: Readonly<Record<string, unknown>>,
): Promise<string> {
  const claims = { owner, ...(custom === undefined ? {} : { custom_claim: custom }) };
  const assertion = await new SignJWT({ [CLAIMS]: claims })
    .setProtectedHeader({ alg: "HS512", typ: "JWT" })
    .setIssuedAt(now)
    .sign(KEY);
  if (assertion.length <= MAX_ASSERTION_BYTES) return assertion;
  throw refuse("REFUSED_BY_STORE", "The store takes no assertion of this length: give a shorter reason.");
}

const tokenClaims = z.object({
  organization: z.object({ id: z.string(), slug: z.string() }),
  application: z.object({ id: z.string(), kind: z.string() }),
  owner: z.object({ id: z.string(), type: z.enum(["Customer", "User"]) }).nullish(),
  /** Made by a credential of the organization's test mode. */
  test: z.boolean(),
});
export type TokenClaims = z.output<typeof tokenClaims>;

/** Read, not verified: the token came over TLS from the server that made it, and goes back to it. */
export function readClaims(token: string): TokenClaims {
  try {
    return expectShape(tokenClaims, decodeJwt(token), "access token");
  } catch (error) {
    if (error instanceof Error && error.name === "AdapterError") throw error;
    throw refuse("STORE_CHANGED", "The store's access token is not in a form that this adapter knows.");
  }
}
