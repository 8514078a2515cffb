import { ADAPTER_ERRORS, AdapterError } from "../errors.js";
import { type Identity, PROFILE_FIELDS, type ProfileField } from "../identity.js";

/** The sample shopper. Every value is like no other, so that it is recognised wherever it turns up. */
export const SAMPLE_SHOPPER = {
  "buyer.firstName": "Filomena",
  "buyer.lastName": "Quaresma",
  "buyer.email": "curio.do.campo@canary.example",
  "buyer.document": "39053344705",
  "buyer.documentType": "cpf",
  "buyer.phone": "+5511987651234",
  "buyer.corporateName": "Passarinhos do Vale Ltda",
  "buyer.tradeName": "Viveiro Assum Preto",
  "buyer.corporateDocument": "11444777000161",
  "buyer.corporatePhone": "+551133445566",
  "buyer.stateInscription": "110042490114",
  "address.postalCode": "01310100",
  "address.street": "Travessa dos Bem-te-vis",
  "address.number": "48217",
  "address.complement": "bloco Tico-tico 7311",
  "address.neighborhood": "Jardim Canarinho",
  "address.city": "São Paulo",
  "address.state": "SP",
  "address.country": "BRA",
  "address.reference": "ao lado do coreto azul",
  "address.receiver": "Benedita Araponga",
} as const satisfies { readonly [F in ProfileField]: string };

/** What stands in many places without telling of anyone. */
const COMMON: readonly ProfileField[] = ["buyer.documentType", "address.city", "address.state", "address.country"];

export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** The values of a shopper that tell of nobody else. */
export function personalCanaries(identity: Identity): Canary[] {
  return PROFILE_FIELDS.filter((field) => !COMMON.includes(field)).flatMap((name) => {
    const value = identity[name] ?? "";
    return value.length < 5 ? [] : [{ name, value }];
  });
}

/** Every longer string inside a credential, a secret or an answer. */
export function secretCanaries(name: string, held: unknown): Canary[] {
  if (typeof held === "string") return held.length < 6 ? [] : [{ name, value: held }];
  if (typeof held !== "object" || held === null) return [];
  return Object.entries(held).flatMap(([key, value]) => secretCanaries(`${name}.${key}`, value));
}

/** The name of the first canary found in what was told, in any of the ways that a value is commonly written; else null. */
export function findCanary(told: unknown, canaries: readonly Canary[]): string | null {
  const text = textOf(told).toLowerCase();
  const bare = text.replaceAll(/[.\-\s/()+]/g, "");
  for (const { name, value } of canaries) {
    const digits = value.replaceAll(/\D/g, "");
    const written = [value, encodeURIComponent(value), Buffer.from(value).toString("base64")];
    if (written.some((way) => text.includes(way.toLowerCase()))) return name;
    if (digits.length >= 8 && /^\+?\d+$/.test(value) && bare.includes(digits)) return name;
  }
  return null;
}

function textOf(told: unknown): string {
  if (typeof told === "string") return told;
  if (told instanceof Error) {
    const { fields, retryAfterMs } = told as Partial<AdapterError>;
    return `${told.name}: ${told.message} ${JSON.stringify({ fields, retryAfterMs })}`;
  }
  return JSON.stringify(told) ?? "";
}

/** Whether this is an error of the table; the gateway masks everything else as a bug. */
export function isOfTable(error: unknown): error is AdapterError {
  return error instanceof AdapterError && Object.hasOwn(ADAPTER_ERRORS, error.code);
}
