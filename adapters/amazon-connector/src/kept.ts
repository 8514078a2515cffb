/** What the connector is set up with, and what is kept of a shopper. */
import { z } from "zod";

/** Amazon's own pattern for a store's id, which its pages print for one endpoint only. */
const STORE_ID = /^[0-9a-zA-Z_-]{1,255}$/;
const PREFIX = /^[0-9A-Za-z]{1,16}$/;

const keyTypes = z
  .array(z.enum(["QR_CODE", "PHONE_NUMBER"]))
  .min(1)
  .describe("What shoppers are known by there; a Dash Cart store without a gate needs no QR_CODE");
const prefix = z.string().regex(PREFIX).describe("The Customer Prefix that your codes begin with");
const maxAgeSeconds = z.int().min(10).max(600).describe("How much older than the event a code may be");
const futureSkewSeconds = z.int().min(0).max(300).describe("How much younger than the event a code may be");

const amazonStore = z.strictObject({
  id: z.string().regex(STORE_ID).describe("Amazon's storeId"),
  keyTypes: keyTypes.default(["QR_CODE"]),
  strictPayload: z
    .boolean()
    .default(false)
    .describe("Refuse every code that is not alphanumeric or does not begin with the prefix"),
  prefix: prefix.optional(),
  maxAgeSeconds: maxAgeSeconds.optional(),
  futureSkewSeconds: futureSkewSeconds.optional(),
});

const inbound = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("hmac") }),
    z.strictObject({
      kind: z.literal("mtls"),
      header: z
        .string()
        .regex(/^[a-z0-9-]{1,64}$/)
        .describe("Header in which the proxy says whose certificate it saw, lower-case"),
      identities: z
        .array(z.string().min(1).max(1_000))
        .min(1)
        .max(20)
        .describe("Who may ask: fingerprints or subjects, as the proxy writes them"),
    }),
    z.strictObject({ kind: z.literal("allow-all") }),
  ])
  .describe(
    "How Amazon's requests are proven: `hmac` by the forwarder's signature, `mtls` by the proxy's word. Without it nobody is answered. `allow-all` works in the test environment only.",
  );

export const settingsSchema = z.strictObject({
  prefix,
  stores: z
    .array(amazonStore)
    .min(1)
    .max(1_000)
    .refine((stores) => new Set(stores.map(({ id }) => id)).size === stores.length, { message: "an id is there twice" })
    .describe("The physical stores behind this connector"),
  inbound: inbound.optional(),
  maxAgeSeconds: maxAgeSeconds.default(90),
  futureSkewSeconds: futureSkewSeconds.default(30),
  oneTimeCodes: z
    .boolean()
    .default(true)
    .describe("A code that the app shows opens the gate once; switch it off where shoppers let guests in with it"),
  getShopperSuccessStatus: z.union([z.literal(200), z.literal(201)]).default(200),
  locations: z.array(z.string().min(1).max(64)).min(1).max(20).default(["ENTRY"]),
  channels: z.array(z.string().min(1).max(64)).min(1).max(20).default(["OPTICAL"]),
  rate: z
    .strictObject({ perMinute: z.int().min(1).max(60_000_000), burst: z.int().min(1).max(1_000_000) })
    .default({ perMinute: 60_000, burst: 2_000 })
    .describe("Of each physical store and each caller, for all gateways together"),
});

const secretText = z.string().min(32).max(512);
export const credentialsSchema = z.strictObject({
  hmacKeys: z
    .array(z.strictObject({ id: z.string().regex(/^[a-z0-9-]{1,32}$/), secret: secretText }))
    .max(4)
    .default([])
    .describe("The forwarder's keys; several while one is replaced by another"),
  proxySecret: secretText.optional().describe("What the proxy that sees certificates proves itself with"),
});

export const secretSchema = z.strictObject({
  as: z.enum(["SHOPPER", "ASSOCIATE"]),
  /** What the connection is known by: no values. */
  by: z.array(z.enum(["pass", "phone", "code", "token", "loyalty"])),
  provider: z.string().max(255).nullable(),
  promotionIds: z.array(z.string().max(255)).max(50),
});

export const pendingSchema = z.strictObject({ code: z.string().max(100), issuedAt: z.iso.datetime() });

export type Settings = z.output<typeof settingsSchema>;
export type Credentials = z.output<typeof credentialsSchema>;
export type AmazonKept = {
  settings: Settings;
  credentials: Credentials;
  secret: z.output<typeof secretSchema>;
  pending: z.output<typeof pendingSchema>;
};

/** What holds at one physical store. */
export interface StoreRules {
  readonly id: string;
  readonly keyTypes: readonly ("QR_CODE" | "PHONE_NUMBER")[];
  readonly strictPayload: boolean;
  readonly prefix: string;
  readonly maxAgeSeconds: number;
  readonly futureSkewSeconds: number;
}

/** Null for a store that is none of ours. */
export function rulesOf(settings: Settings, storeId: string): StoreRules | null {
  const store = settings.stores.find(({ id }) => id === storeId);
  if (store === undefined) return null;
  const { prefix: common, maxAgeSeconds: age, futureSkewSeconds: skew } = settings;
  return {
    ...store,
    prefix: store.prefix ?? common,
    maxAgeSeconds: store.maxAgeSeconds ?? age,
    futureSkewSeconds: store.futureSkewSeconds ?? skew,
  };
}
