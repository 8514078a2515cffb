/** What any input may be answered. */
import { type GraphQLSchema, isEnumType } from "graphql";
import { PERSONAL_TOKEN, TOKEN } from "./input-spoils.js";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: string;
  readonly text: string;
}

/** Codes of requests that never came to a decision, beside the graph's own. */
const OF_REQUESTS = [
  ...["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "OPERATION_RESOLUTION_FAILURE"],
  ...["BAD_REQUEST", "LIMIT_EXCEEDED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "METHOD_NOT_ALLOWED"],
  ...["PERSISTED_QUERY_NOT_SUPPORTED", "NOT_ACCEPTABLE"],
];

interface Told {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly field?: unknown;
  readonly retry?: unknown;
  readonly extensions?: { readonly code?: unknown };
}
interface Body {
  readonly data?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>> | null;
  readonly errors?: readonly Told[];
}

export interface Judged {
  readonly faults: readonly string[];
  /** Codes of the expected no's. */
  readonly refused: readonly string[];
  /** Something was done. */
  readonly isDone: boolean;
}

const find = (text: string, token: RegExp): boolean => text.match(token) !== null;

/** Makes the judge of answers; `faults` are empty for an answer that is as it should be. */
export function openJudge(schema: GraphQLSchema): (answer: HttpAnswer) => Judged {
  const type = schema.getType("UserErrorCode");
  const codes = new Set(isEnumType(type) ? type.getValues().map(({ name }) => name) : []);
  const all = new Set([...codes, ...OF_REQUESTS]);

  const ofUserError = (told: Told): string[] => [
    ...(codes.has(String(told.code)) ? [] : [`user error code ${String(told.code)}`]),
    ...(typeof told.message === "string" && told.message !== "" ? [] : ["user error without a message"]),
    ...(told.field === null ||
    (Array.isArray(told.field) && told.field.length > 0 && told.field.every((part) => typeof part === "string"))
      ? []
      : ["user error whose field is no path"]),
    ...(typeof told.retry === "string" ? [] : ["user error without retry"]),
  ];

  return ({ status, headers, text }) => {
    const faults: string[] = [];
    if (status >= 500) faults.push(`status ${status}`);
    const body = readBody(text);
    if (body === null) return { faults: [...faults, "not JSON"], refused: [], isDone: false };
    const { errors = [], data } = body;
    const payloads = Object.values(data ?? {}).filter((payload) => payload !== null);
    const userErrors = payloads.flatMap((payload) => (payload.userErrors ?? []) as Told[]);
    for (const error of errors) {
      const code = String(error.extensions?.code);
      if (!all.has(code)) faults.push(`error code ${code}`);
      if (typeof error.message !== "string" || error.message === "") faults.push("error without a message");
    }
    faults.push(...userErrors.flatMap(ofUserError));
    if (userErrors.length > 0 && payloads.some(hasMore)) faults.push("refused, and answered nevertheless");
    if (find(headers, TOKEN) || find(JSON.stringify([errors, userErrors]), TOKEN))
      faults.push("an error repeats the input");
    if (find(text, PERSONAL_TOKEN)) faults.push("a shopper's value comes back");
    const isDone = errors.length === 0 && userErrors.length === 0 && payloads.length > 0;
    return { faults, refused: userErrors.map(({ code }) => String(code)), isDone };
  };
}

/** A refused mutation has null everywhere but in `userErrors`; `created` is false. */
const hasMore = (payload: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(payload).some(([name, value]) => name !== "userErrors" && value !== null && value !== false);

function readBody(text: string): Body | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && ("data" in body || "errors" in body) ? (body as Body) : null;
  } catch {
    return null;
  }
}
