/** Reads what VTEX answers. Pure: text in, values out; STORE_CHANGED when a shape is not the one that is known. */
import { AdapterError } from "@shopkey/adapter-sdk";
import { z } from "zod";

/** An answer as it came, with what VTEX's error envelope says where there is one. */
export interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly html: boolean;
  /** Says that it is JSON, and is not. */
  readonly broken: boolean;
  readonly retryAfter: string | null;
  readonly trouble: Trouble;
}
interface Trouble {
  /** Opaque: compared as a string. */
  readonly code: string | null;
  readonly operationId: string | null;
  /** Keys of the envelope's `fields`, never their values. */
  readonly fields: readonly string[];
  /** Localized; read only for a field's name, never shown or compared. */
  readonly text: string;
}

export function readAnswer(status: number, headers: Headers, text: string): Answer {
  const html = /^\s*text\/html/i.test(headers.get("content-type") ?? "") || /^\s*</.test(text);
  const json = html ? undefined : parse(text);
  const broken = json === undefined && /json/i.test(headers.get("content-type") ?? "");
  return { status, json, html, broken, retryAfter: headers.get("retry-after"), trouble: readTrouble(json) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const envelope = z.object({
  fields: z.record(z.string(), z.unknown()).nullish().catch(null),
  error: z.object({ code: z.string().nullish().catch(null), message: z.string().nullish().catch(null) }).nullish(),
  operationId: z.guid().nullish().catch(null),
});

/** `{"fields":{},"error":{"code","message","exception"},"operationId"}` */
function readTrouble(json: unknown): Trouble {
  const read = envelope.safeParse(json);
  if (!read.success || !read.data.error) return { code: null, operationId: null, fields: [], text: "" };
  const { error, fields, operationId } = read.data;
  return {
    code: error.code ?? null,
    operationId: operationId ?? null,
    fields: Object.keys(fields ?? {}),
    text: error.message ?? "",
  };
}

const text = z.string().nullish();
const profileShape = z.object({
  email: text,
  firstName: text,
  lastName: text,
  document: text,
  documentType: text,
  phone: text,
  corporateName: text,
  tradeName: text,
  corporateDocument: text,
  corporatePhone: text,
  stateInscription: text,
});
const addressShape = z.object({
  receiverName: text,
  postalCode: text,
  street: text,
  number: text,
  complement: text,
  neighborhood: text,
  city: text,
  state: text,
  country: text,
  reference: text,
});
const remarkShape = z.object({ code: text, status: z.string().catch("info"), text: z.string().catch("") });
const orderFormShape = z.object({
  orderFormId: z.string().min(1).max(64),
  canEditData: z.boolean(),
  value: z.number().int(),
  items: z.array(z.object({ id: z.string(), availability: text })),
  messages: z.array(remarkShape).nullish(),
  clientProfileData: profileShape.nullish(),
  shippingData: z
    .object({ address: addressShape.nullish(), selectedAddresses: z.array(addressShape).nullish() })
    .nullish(),
  storePreferencesData: z.object({ currencyCode: text }).nullish(),
  orderGroup: text,
});

export type CartProfile = z.output<typeof profileShape>;
export type CartAddress = z.output<typeof addressShape>;
/** What the store remarked in a 200. */
export interface Remark {
  readonly code: string | null;
  readonly status: string;
  readonly text: string;
}
export interface OrderForm {
  readonly id: string;
  readonly canEdit: boolean;
  /** Integer cents. */
  readonly total: number;
  readonly currency: string | null;
  readonly items: readonly { readonly id: string; readonly available: boolean }[];
  readonly remarks: readonly Remark[];
  readonly profile: CartProfile | null;
  readonly address: CartAddress | null;
  /** The order group, once the cart was ordered. */
  readonly ordered: string | null;
}

export function readOrderForm(json: unknown): OrderForm {
  const form = expectShape(orderFormShape, json, "cart");
  return {
    id: form.orderFormId,
    canEdit: form.canEditData,
    total: form.value,
    currency: form.storePreferencesData?.currencyCode ?? null,
    items: form.items.map(({ id, availability }) => ({ id, available: (availability ?? "available") === "available" })),
    remarks: (form.messages ?? []).map((remark) => ({ ...remark, code: remark.code ?? null })),
    profile: form.clientProfileData ?? null,
    address: form.shippingData?.selectedAddresses?.[0] ?? form.shippingData?.address ?? null,
    ordered: form.orderGroup ?? null,
  };
}

/**
 * VTEX masks with `*` what it will not show (`Bre******`, `*1*2*5*5*3*`). A value with an asterisk is a mask unless it
 * is among `ours`, what the shopper really gave.
 */
export function isMasked(part: CartProfile | CartAddress | null, ours: ReadonlySet<unknown> = new Set()): boolean {
  return Object.values(part ?? {}).some((value) => value?.includes("*") && !ours.has(value));
}

const profilesShape = z.object({ isComplete: z.boolean().nullish() });

/** An e-mail that the store does not know is a 200 with nulls and `isComplete: false`. */
export function readProfileIsComplete(json: unknown): boolean {
  return expectShape(profilesShape, json, "profile").isComplete === true;
}

/** A postal code's place; an unknown one is all nulls. */
export function expectPlace(json: unknown): void {
  expectShape(z.object({ postalCode: text }), json, "postal code answer");
}

export function readForgetJobId(json: unknown): string {
  return expectShape(z.object({ jobId: z.string().min(1).max(128) }), json, "erasure job").jobId;
}

const jobShape = z.object({ status: z.enum(["InProgress", "Success", "Failed"]) });

/** The message beside it is for people who read English and may hold an e-mail: it is not kept. */
export function readForgetJobStatus(json: unknown): z.output<typeof jobShape>["status"] {
  return expectShape(jobShape, json, "erasure job").status;
}

export function expectShape<T extends z.ZodType>(shape: T, json: unknown, what: string): z.output<T> {
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join(".") || "the whole answer";
  throw new AdapterError("STORE_CHANGED", `The store's ${what} is not in the shape that this adapter knows: ${where}.`);
}
