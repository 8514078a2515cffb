/** One way of writing each value, so that equal values have equal blind indexes. Each returns null for what it is not. */
import { asciiDomain } from "./email-domain.js";

export type DocumentKind = "cpf" | "cnpj";

const MAX_EMAIL = 320;
const NOT_OF_AN_ADDRESS = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** NFC, trimmed, lower-case, domain as DNS knows it. Dots and plus signs before the @ are kept: they may matter. */
export function normaliseEmail(text: string): string | null {
  const address = text.normalize("NFC").trim();
  const at = address.lastIndexOf("@");
  if (at < 1 || address.length > MAX_EMAIL) return null;
  const local = address.slice(0, at).toLowerCase().normalize("NFC");
  const domain = asciiDomain(address.slice(at + 1));
  return domain === null || NOT_OF_AN_ADDRESS.test(local) ? null : `${local}@${domain}`;
}

const SEPARATORS = /[\s./\-\u2010-\u2015()]/g;
const compact = (text: string): string => text.normalize("NFKC").replace(SEPARATORS, "");

const DOCUMENT: Readonly<Record<DocumentKind, RegExp>> = { cpf: /^\d{11}$/, cnpj: /^[\dA-Z]{12}\d{2}$/ };

/**
 * CPF: 11 digits. CNPJ: 12 digits or letters, which it may have since July 2026, and 2 digits. Without a kind, the one
 * that the text has the shape of. Check digits are not looked at: `cpfChecksumValid` and `cnpjChecksumValid` are.
 */
export function normaliseDocument(text: string, kind?: DocumentKind): string | null {
  const document = compact(text).toUpperCase();
  const kinds: readonly DocumentKind[] = kind === undefined ? ["cpf", "cnpj"] : [kind];
  return kinds.some((one) => DOCUMENT[one].test(document)) ? document : null;
}

/** Whether both check digits of 11 digits are right. The eleven equal digits, which would pass, are no one's. */
export function cpfChecksumValid(cpf: string): boolean {
  if (!DOCUMENT.cpf.test(cpf) || /^(\d)\1*$/.test(cpf)) return false;
  return [9, 10].every((at) => cpf.charCodeAt(at) - 48 === checkDigit(cpf, at, 11));
}

/** Whether both check digits of a normalised CNPJ are right; a letter counts as its ASCII code less 48. */
export function cnpjChecksumValid(cnpj: string): boolean {
  if (!DOCUMENT.cnpj.test(cnpj) || /^(\d)\1*$/.test(cnpj)) return false;
  return [12, 13].every((at) => cnpj.charCodeAt(at) - 48 === checkDigit(cnpj, at, 9));
}

/** Modulo 11 of what stands before `at`, with weights 2, 3, … from the right that start again after `maxWeight`. */
function checkDigit(document: string, at: number, maxWeight: number): number {
  let sum = 0;
  for (let i = 0; i < at; i++) sum += (document.charCodeAt(i) - 48) * (2 + ((at - 1 - i) % (maxWeight - 1)));
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

const E164 = /^\+[1-9]\d{7,14}$/;
/** Area code 11..99, then 8 digits, or 9 that start with 9. */
const BRAZILIAN = /^0?([1-9]{2}(?:9\d{8}|[2-8]\d{7}))$/;

/** E.164: `+5511999999999`. A number without a country code is Brazilian: `(11) 99999-9999`. */
export function normalisePhone(text: string): string | null {
  const number = compact(text).replace(/^00/, "+");
  if (E164.test(number)) return number;
  const national = BRAZILIAN.exec(number)?.[1] ?? BRAZILIAN.exec(number.replace(/^55/, ""))?.[1];
  return national === undefined ? null : `+55${national}`;
}

const CEP = /^\d{8}$/;
const OTHER_POSTAL_CODE = /^[\dA-Z]{3,12}$/;

/** Brazil: the 8 digits of a CEP. Elsewhere: 3 to 12 letters and digits. `country` is ISO 3166, `BR` or `BRA`. */
export function normalisePostalCode(text: string, country = "BR"): string | null {
  const code = compact(text).toUpperCase();
  const shape = /^BRA?$/i.test(country) ? CEP : OTHER_POSTAL_CODE;
  return shape.test(code) ? code : null;
}
