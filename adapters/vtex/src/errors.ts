import { AdapterError, type AdapterErrorCode, type ProfileField } from "@shopkey/adapter-sdk";
import type { Answer, Remark } from "./answers.js";

/** What VTEX calls a field of its attachments, and what the gateway calls it. */
const FIELDS: Readonly<Record<string, ProfileField>> = {
  email: "buyer.email",
  firstname: "buyer.firstName",
  lastname: "buyer.lastName",
  document: "buyer.document",
  documenttype: "buyer.documentType",
  phone: "buyer.phone",
  corporatename: "buyer.corporateName",
  tradename: "buyer.tradeName",
  corporatedocument: "buyer.corporateDocument",
  corporatephone: "buyer.corporatePhone",
  stateinscription: "buyer.stateInscription",
  postalcode: "address.postalCode",
  street: "address.street",
  number: "address.number",
  complement: "address.complement",
  neighborhood: "address.neighborhood",
  city: "address.city",
  state: "address.state",
  country: "address.country",
  reference: "address.reference",
  receivername: "address.receiver",
};

const MESSAGES: Partial<Record<AdapterErrorCode, string>> = {
  IDENTITY_INCOMPLETE: "The store does not accept a field of the profile or the address.",
  CART_INVALID: "The store does not know this cart or cannot sell an item in it.",
  CHALLENGE_REQUIRED: "The store asks the shopper to log in or to prove that they are human.",
  PERMISSION_MISSING: "The store denied access.",
  STORE_UNAVAILABLE: "The store is failing at the moment.",
  RATE_LIMITED: "The store asks for fewer requests.",
  REFUSED_BY_STORE: "The store understood and said no.",
  STORE_CHANGED: "The store's answer is not one that this adapter knows.",
};

interface Meaning {
  readonly code: AdapterErrorCode;
  readonly fields?: readonly ProfileField[];
}
const unavailable: Meaning = { code: "STORE_UNAVAILABLE" };
const limited: Meaning = { code: "RATE_LIMITED" };
const cart: Meaning = { code: "CART_INVALID" };
const profile: Meaning = { code: "IDENTITY_INCOMPLETE" };
const email: Meaning = { code: "IDENTITY_INCOMPLETE", fields: ["buyer.email"] };
const postalCode: Meaning = { code: "IDENTITY_INCOMPLETE", fields: ["address.postalCode"] };
const country: Meaning = { code: "IDENTITY_INCOMPLETE", fields: ["address.country"] };
const challenge: Meaning = { code: "CHALLENGE_REQUIRED" };
const denied: Meaning = { code: "PERMISSION_MISSING" };
const refused: Meaning = { code: "REFUSED_BY_STORE" };

/**
 * VTEX's codes are opaque strings: zero padding is inconsistent (`CHK003`, `CHK0082`, `CHK00310` are three codes), and
 * texts are localized, so neither a number nor a text is ever compared.
 */
const CODES: ReadonlyMap<string, Meaning> = new Map([
  ...spread(profile, "ORD007 ORD001 ORD006 ORD044 ORD045 CHK0179 FMT0045"),
  ...spread(email, "CHK0131 FMT0032"),
  ...spread(postalCode, "CHK0040 CHK0119 FMT0074"),
  ...spread(country, "CHK0127 ORD030"),
  ...spread(
    cart,
    "ORD002 ORD005 ORD013 ORD023 ORD027 ORD028 ORD050 ORD055 ORD056 ORD058 withoutStock cannotBeDelivered",
  ),
  ...spread(cart, "CHK0022 CHK0023 CHK0024 CHK0031 CHK0032 CHK0041 CHK0045 CHK0062 CHK0107 CHK0108 CHK0246 CHK0272"),
  ...spread(cart, "FMT005 FMT0038 FMT0039 FMT0040 FMT0043 FMT0057 FMT0089 FMT0104"),
  ...spread(challenge, "CHK0082 CHK0087"),
  ...spread(denied, "CHK003 ORD062"),
  ...spread({ code: "REFUSED_BY_STORE", fields: ["buyer.email"] }, "CHK0109"),
  ...spread(refused, "CHK00334 CHK0080"),
  ...spread(limited, "ORD021.3 CHK0290.4 CHK00310 CHK00311"),
  ...spread(
    unavailable,
    "CHK0012 CHK0020 CHK0026 CHK0027 CHK0028 CHK0039 CHK0043 CHK0048 CHK0211 ORD003 ORD016 ORD026",
  ),
  ...spread(unavailable, "CHK00312 CHK00313 CHK00314 CHK00315 CHK00316 ORD022"),
]);
/** Codes with a sub-code after a dot, where the sub-code alone decides nothing more. */
const FAMILIES: ReadonlyMap<string, Meaning> = new Map([
  ["ORD015", unavailable],
  ["ORD021", unavailable],
  ["CHK0290", unavailable],
]);

function spread(meaning: Meaning, codes: string): [string, Meaning][] {
  return codes.split(" ").map((code) => [code, meaning]);
}

function meaningOf(code: string): Meaning | undefined {
  return CODES.get(code) ?? FAMILIES.get(code.split(".", 1)[0] ?? "");
}

/** What an answer outside 2xx means. Never quotes the store's text: it is localized and may hold a value. */
export function errorOfAnswer(answer: Answer, now: Date): AdapterError {
  const { trouble } = answer;
  const meaning = meaningOfAnswer(answer);
  const retryAfterMs = readRetryAfter(answer.retryAfter, now);
  return new AdapterError(
    meaning.code,
    describe(meaning.code, trouble.code ?? String(answer.status), trouble.operationId),
    {
      fields: fieldsOf(meaning, trouble.fields, trouble.text),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
}

function meaningOfAnswer({ status, html, trouble }: Answer): Meaning {
  if (status === 429) return limited;
  const known = trouble.code === null ? undefined : meaningOf(trouble.code);
  if (known !== undefined) return known;
  if (status >= 500) return unavailable;
  // A route that VTEX does not have answers with its storefront's HTML page.
  if (html || status < 400) return { code: "STORE_CHANGED" };
  if (status === 401 || status === 403) return denied;
  return status === 404 ? { code: "STORE_CHANGED" } : refused;
}

/** A 200 may carry failures inside: what the gravest of these remarks means, or null when none is an error. */
export function errorOfRemarks(remarks: readonly Remark[]): AdapterError | null {
  const errors = remarks.filter((remark) => remark.status === "error");
  const [first] = errors;
  if (first === undefined) return null;
  const remark = errors.find(({ code }) => code !== null && meaningOf(code) !== undefined) ?? first;
  const meaning = (remark.code === null ? undefined : meaningOf(remark.code)) ?? refused;
  return new AdapterError(meaning.code, describe(meaning.code, remark.code ?? "no code", null), {
    fields: fieldsOf(meaning, [], remark.text),
  });
}

/** The same code with words of our own. */
export function refuse(code: AdapterErrorCode, message: string, fields: readonly ProfileField[] = []): AdapterError {
  return new AdapterError(code, message, { fields });
}

function describe(code: AdapterErrorCode, reason: string, operationId: string | null): string {
  const shown = /^[A-Za-z]{0,24}\d{0,8}(\.\d{1,4})?$/.test(reason) && reason !== "" ? reason : "no code";
  const operation = operationId === null ? "" : `, operation ${operationId}`;
  return `${MESSAGES[code] ?? MESSAGES.REFUSED_BY_STORE} (VTEX ${shown}${operation})`;
}

/**
 * Which of our fields VTEX points at: by the keys of `fields`, by the code, or by the argument in the message, which
 * is VTEX's own field name (`documentType`), not a word of the language around it.
 */
function fieldsOf(meaning: Meaning, keys: readonly string[], text: string): readonly ProfileField[] {
  if (meaning.code !== "IDENTITY_INCOMPLETE") return meaning.fields ?? [];
  const named = keys.flatMap((key) => FIELDS[(key.split(".").at(-1) ?? "").toLowerCase()] ?? []);
  if (named.length > 0) return [...new Set(named)];
  if (meaning.fields !== undefined) return meaning.fields;
  const said = (text.match(/[A-Za-z]+/g) ?? []).flatMap((word) => FIELDS[word.toLowerCase()] ?? []);
  return [...new Set(said)].slice(0, 1);
}

const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/** `Retry-After` is seconds or an HTTP date (RFC 9110 §10.2.3). Milliseconds from now, at most a day; undefined if unreadable. */
export function readRetryAfter(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
