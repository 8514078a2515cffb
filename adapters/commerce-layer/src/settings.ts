import { z } from "zod";

const HOST_NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** Names that Commerce Layer keeps for itself beside the organizations' slugs. */
const RESERVED = new Set(["auth", "provisioning", "dashboard", "data", "docs", "www"]);

/** Public configuration of one Commerce Layer organization. */
export const settingsSchema = z.strictObject({
  slug: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .refine((slug) => !RESERVED.has(slug))
    .describe("The organization's slug, as in https://{slug}.commercelayer.io"),
  domain: z
    .string()
    .regex(HOST_NAME)
    .default("commercelayer.io")
    .describe("Domain of the APIs: {slug}.{domain} for the Core API, auth.{domain} for tokens"),
  scope: z
    .string()
    .regex(
      /^(market|store|stock_location):(all|(id|code):[A-Za-z0-9_-]{1,64})( (market|store|stock_location):(id|code):[A-Za-z0-9_-]{1,64}){0,4}$/,
    )
    .default("market:all")
    .describe("Scope of sales channel tokens, as in `market:id:xYzKjYdKlm`: the market that orders are made in"),
  marketId: z
    .string()
    .regex(ID)
    .optional()
    .describe("Market of new orders; needed only when `scope` does not decide it"),
  userId: z
    .string()
    .regex(ID)
    .optional()
    .describe(
      "Id of the organization's user who requests anonymizations (Provisioning API, GET /api/user); enterprise plans only. Without it a person does so in the Dashboard",
    ),
  checkoutUrl: z
    .string()
    .max(512)
    .refine(isCheckoutUrl)
    .optional()
    .describe(
      "Where a shopper goes on with an order, https, `{order}` standing for its id; the hosted checkout when absent",
    ),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default("BRL")
    .describe("ISO 4217 currency of the order, used when the store does not name it"),
  country: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default("BRA")
    .describe("ISO 3166-1 alpha-3 country of an address that names none"),
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .default("pt")
    .describe("ISO 639-1 language of new orders"),
});

const clientId = z.string().regex(/^[\x21-\x7e]{1,256}$/);
const clientSecret = z.string().regex(/^[\x21-\x7e]{1,512}$/);

/** The organization's API credentials. */
export const credentialsSchema = z.strictObject({
  integration: z
    .strictObject({ clientId, clientSecret })
    .describe("API credentials of kind integration: customers, anonymization, undoing a checkout"),
  salesChannel: z
    .strictObject({ clientId, clientSecret: clientSecret.optional() })
    .describe("API credentials of kind sales channel; the secret is needed for impersonation alone (enterprise plans)"),
  webhookSecrets: z
    .array(z.string().min(8).max(256))
    .max(20)
    .default([])
    .describe("`shared_secret` of each webhook that calls us; one webhook has one topic"),
});

/**
 * What is kept of a connection: the customer's id, which opens nothing by itself. Of an impersonation: the customer's own
 * access token. A refresh token is never kept.
 */
export const secretSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("customer"), customerId: z.string().regex(ID) }),
  z.strictObject({
    kind: z.literal("seat"),
    customerId: z.string().regex(ID),
    token: z.string().min(1).max(8192),
    /** Unix time in milliseconds. */
    endsAt: z.int().positive(),
  }),
]);

/** Connecting has one step, so nothing is ever pending. */
export const pendingSchema = z.never();

export type Settings = z.output<typeof settingsSchema>;
export type Credentials = z.output<typeof credentialsSchema>;
export type Secret = z.output<typeof secretSchema>;
export type Seat = Extract<Secret, { kind: "seat" }>;
export type CommerceLayerKept = { settings: Settings; credentials: Credentials; secret: Secret; pending: never };

export const coreHost = ({ slug, domain }: Settings): string => `${slug}.${domain}`;
export const authHost = ({ domain }: Settings): string => `auth.${domain}`;

/**
 * Where the shopper goes on with the order. The hosted checkout also wants an access token in its query: a credential has
 * no place in an address that is passed around, so the storefront adds one of its own.
 */
export function checkoutUrl(settings: Settings, orderId: string): string {
  const template = settings.checkoutUrl ?? `https://${settings.slug}.commercelayer.app/checkout/{order}`;
  return template.replaceAll("{order}", encodeURIComponent(orderId));
}

export function hosts(settings: Settings): string[] {
  return [...new Set([coreHost(settings), authHost(settings), new URL(checkoutUrl(settings, "order")).hostname])];
}

function isCheckoutUrl(template: string): boolean {
  const address = template.replaceAll("{order}", "order");
  if (!template.includes("{order}") || !URL.canParse(address)) return false;
  const { protocol, port, username, password, hostname, href } = new URL(address);
  const plain = protocol === "https:" && port === "" && username === "" && password === "";
  return plain && HOST_NAME.test(hostname) && !hostname.includes("order.") && href.includes("order");
}
