import { AdapterError, type AdapterErrorCode, type ProfileField } from "@shopkey/adapter-sdk";
import type { Answer, Problem } from "./answers.js";

/** What Commerce Layer calls an attribute, and what the gateway calls it. */
const FIELDS: Readonly<Record<string, ProfileField>> = {
  email: "buyer.email",
  customer_email: "buyer.email",
  first_name: "buyer.firstName",
  last_name: "buyer.lastName",
  company: "buyer.corporateName",
  billing_info: "buyer.document",
  phone: "buyer.phone",
  line_1: "address.street",
  line_2: "address.complement",
  city: "address.city",
  zip_code: "address.postalCode",
  state_code: "address.state",
  country_code: "address.country",
  shipping_country_code_lock: "address.country",
  notes: "address.reference",
};

const MESSAGES: Partial<Record<AdapterErrorCode, string>> = {
  CREDENTIALS_REJECTED: "Commerce Layer does not accept the API credentials.",
  IDENTITY_INCOMPLETE: "The store does not accept a field of the profile or the address.",
  CART_INVALID: "The store does not know this order or cannot sell an item in it.",
  PERMISSION_MISSING: "The API credentials lack the permission for this.",
  STORE_UNAVAILABLE: "The store is failing, or busy with the same record, at the moment.",
  RATE_LIMITED: "The store asks for fewer requests.",
  REFUSED_BY_STORE: "The store understood and said no.",
  STORE_CHANGED: "The store's answer is not one that this adapter knows.",
};

/** What an answer of the Core API outside 2xx means. Never quotes `detail` or `meta.value`, which hold values. */
export function errorOfAnswer(answer: Answer, now: Date): AdapterError {
  const code = codeOf(answer);
  const retryAfterMs = waitOf(answer, now);
  return new AdapterError(code, describe(code, answer), {
    fields: code === "IDENTITY_INCOMPLETE" ? fieldsOf(answer.problems) : [],
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOf(answer: Answer): AdapterErrorCode {
  const { status } = answer;
  if (status === 429) return "RATE_LIMITED";
  if (status >= 500 || status === 423) return "STORE_UNAVAILABLE";
  // Whatever is not a JSON:API error came from something in front of the store.
  if (answer.problems.length === 0) return "STORE_CHANGED";
  // Missing permission is 401 UNAUTHORIZED here, not 403; INVALID_TOKEN comes this far only after a new token was refused.
  if (status === 401) return hasCode(answer, "INVALID_TOKEN") ? "CREDENTIALS_REJECTED" : "PERMISSION_MISSING";
  if (status === 403) return "PERMISSION_MISSING";
  if (status === 404) return "REFUSED_BY_STORE";
  if (status === 422) return fieldsOf(answer.problems).length > 0 ? "IDENTITY_INCOMPLETE" : "REFUSED_BY_STORE";
  if (status === 409) return "REFUSED_BY_STORE";
  return "STORE_CHANGED";
}

const hasCode = ({ problems }: Answer, code: string): boolean => problems.some((one) => one.code === code);

/** A record that is not there, said by the API itself and not by a page in front of it. */
export const isGone = (answer: Answer): boolean => answer.status === 404 && hasCode(answer, "RECORD_NOT_FOUND");

export const isInvalidToken = (answer: Answer): boolean => answer.status === 401 && hasCode(answer, "INVALID_TOKEN");

function fieldsOf(problems: readonly Problem[]): ProfileField[] {
  const named = problems.flatMap(({ pointer }) => FIELDS[pointer?.split("/").at(-1) ?? ""] ?? []);
  return [...new Set(named)];
}

/** The same code with words of our own. */
export function refuse(code: AdapterErrorCode, message: string, fields: readonly ProfileField[] = []): AdapterError {
  return new AdapterError(code, message, { fields });
}

export function describe(code: AdapterErrorCode, { status, problems }: Answer): string {
  const said = problems[0]?.code ?? problems[0]?.title ?? "";
  const shown = /^[A-Za-z][A-Za-z_]{2,31}$/.test(said) ? `${status} ${said}` : String(status);
  return `${MESSAGES[code] ?? MESSAGES.REFUSED_BY_STORE} (Commerce Layer ${shown})`;
}

const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * How long a 429 asks to wait: `Retry-After` where there is one, else the length of the window that was used up
 * (`X-Ratelimit-Interval`, seconds). Milliseconds, at most a day.
 */
export function waitOf({ status, retryAfter, interval }: Answer, now: Date): number | undefined {
  const asked = readRetryAfter(retryAfter, now);
  if (asked !== undefined || status !== 429) return asked;
  return /^\d{1,5}$/.test(interval ?? "") ? Math.min(Number(interval) * 1000, MAX_WAIT_MS) : 60_000;
}

/** `Retry-After` is seconds or an HTTP date (RFC 9110 §10.2.3). */
function readRetryAfter(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
