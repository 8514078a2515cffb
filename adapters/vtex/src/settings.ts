import { z } from "zod";

/** VTEX serves every account's API under these; only the first is meant for shops that sell. */
const ENVIRONMENTS = ["vtexcommercestable", "vtexcommercebeta"] as const;
const HOST_NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** Public configuration of one VTEX store. */
export const settingsSchema = z.strictObject({
  account: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .describe("The VTEX account name, as in https://{account}.vtexcommercestable.com.br"),
  environment: z.enum(ENVIRONMENTS).default("vtexcommercestable").describe("The VTEX environment of the account"),
  host: z
    .string()
    .regex(HOST_NAME)
    .optional()
    .describe("The store's own domain, a host name only; shoppers are sent there to check out"),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default("BRL")
    .describe("ISO 4217 currency of the cart, used when the store does not name it"),
  locale: z
    .string()
    .regex(/^[a-z]{2}-[A-Z]{2}$/)
    .default("pt-BR")
    .describe("Language of the store's e-mails to the shopper"),
  country: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default("BRA")
    .describe("ISO 3166-1 alpha-3 country of an address that names none"),
  salesChannel: z
    .string()
    .regex(/^\d{1,6}$/)
    .optional()
    .describe("VTEX trade policy of new carts; the store's own default when absent"),
  seller: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default("1")
    .describe("Seller of an item that names none; 1 is the store itself"),
  userRights: z
    .boolean()
    .default(false)
    .describe("The account is admitted to the closed beta of VTEX's User Rights API; needs credentials"),
});

/** The org's own key. Guest checkout needs none: it is used for the User Rights API alone. */
export const credentialsSchema = z.strictObject({
  appKey: z.string().min(1).max(256).describe("X-VTEX-API-AppKey"),
  appToken: z.string().min(1).max(512).describe("X-VTEX-API-AppToken"),
});

/** What is kept of a connection: nothing that opens anything. Null: the store was not asked. */
const guestSchema = z.strictObject({ storeKnowsEmail: z.boolean().nullable() });

/** An operator in a customer's place: all of it opens something, the operator's own login among the cookies. */
const seatSchema = z.strictObject({
  seat: z.strictObject({
    customerEmail: z.string(),
    operatorEmail: z.string(),
    /** Names and values. */
    cookies: z.array(z.tuple([z.string(), z.string()])),
    /** The cart that was made in this place last. */
    cartId: z.string().nullable(),
  }),
});
export type Seat = z.output<typeof seatSchema>["seat"];

export const secretSchema = z.union([guestSchema, seatSchema]);

/** Connecting has one step, so nothing is ever pending. */
export const pendingSchema = z.never();

export type Settings = z.output<typeof settingsSchema>;
export type VtexKept = {
  settings: Settings;
  credentials: z.output<typeof credentialsSchema>;
  secret: z.output<typeof secretSchema>;
  pending: never;
};

/** The host of the API, the only one that the adapter speaks to. */
export function apiHost(settings: Settings): string {
  return `${settings.account}.${settings.environment}.com.br`;
}

/**
 * Where the shopper goes on with the cart. VTEX's checkout page takes an `orderFormId` and makes it the browser's cart;
 * `#/cart` is its first view. It is the link that stores share carts with.
 */
export function checkoutUrl(settings: Settings, orderFormId: string): string {
  const host = settings.host ?? apiHost(settings);
  return `https://${host}/checkout/?orderFormId=${encodeURIComponent(orderFormId)}#/cart`;
}
