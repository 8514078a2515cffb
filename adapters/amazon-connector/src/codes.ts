/**
 * The codes that shoppers show: a prefix, the time in ten digits of seconds, and a random token. The whole code is what is looked
 * up, so that its time cannot be changed; apps that draw codes by themselves register their token instead.
 */
import { randomBytes } from "node:crypto";
import type { Question } from "@shopkey/adapter-sdk";
import type { StoreRules } from "./kept.js";

const TOKEN_BYTES = 16;
export const TOKEN = /^[0-9a-f]{32}$/;
const REST = /^(\d{10})([0-9a-f]{32})$/;
const ALPHANUMERIC = /^[0-9A-Za-z]+$/;

export interface DynamicCode {
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly token: string;
}

export const newCode = (prefix: string, at: Date): string =>
  `${prefix}${String(Math.floor(at.getTime() / 1_000)).padStart(10, "0")}${randomBytes(TOKEN_BYTES).toString("hex")}`;

/** Null when it is a code of another sort, a printed one, say. */
export function readDynamic(code: string, prefix: string): DynamicCode | null {
  const [, seconds, token] = (code.startsWith(prefix) ? REST.exec(code.slice(prefix.length)) : null) ?? [];
  return seconds === undefined || token === undefined ? null : { issuedAt: Number(seconds), token };
}

/** Between the code and the event, and never by our own clock. Null: it is fresh. */
function staleness({ issuedAt }: DynamicCode, eventAt: number, rules: StoreRules): "STALE" | "FUTURE" | null {
  const age = eventAt / 1_000 - issuedAt;
  if (age > rules.maxAgeSeconds) return "STALE";
  return -age > rules.futureSkewSeconds ? "FUTURE" : null;
}

export interface Judged {
  readonly keys: NonNullable<Question["keys"]>;
  /** Why it is not accepted, whoever it is. */
  readonly refuse: "PAYLOAD" | "PREFIX" | "STALE" | "FUTURE" | "KEY_TYPE" | null;
}

export function judgeCode(code: string, eventAt: number, rules: StoreRules): Judged {
  const dynamic = readDynamic(code, rules.prefix);
  const keys =
    dynamic === null
      ? [{ space: "code", value: code }]
      : [
          { space: "pass", value: code },
          { space: "token", value: dynamic.token },
        ];
  if (!rules.keyTypes.includes("QR_CODE")) return { keys, refuse: "KEY_TYPE" };
  if (rules.strictPayload && !ALPHANUMERIC.test(code)) return { keys, refuse: "PAYLOAD" };
  if (rules.strictPayload && !code.startsWith(rules.prefix)) return { keys, refuse: "PREFIX" };
  return { keys, refuse: dynamic === null ? null : staleness(dynamic, eventAt, rules) };
}

/** Of several readings of one scan: those that may be accepted; if none may, the first one with its reason. */
export function judgeReadings(codes: readonly string[], eventAt: number, rules: StoreRules): Judged {
  const judged = codes.map((code) => judgeCode(code, eventAt, rules));
  const accepted = judged.filter(({ refuse }) => refuse === null);
  if (accepted.length > 0) return { keys: accepted.flatMap(({ keys }) => keys), refuse: null };
  return judged[0] ?? { keys: [], refuse: "PAYLOAD" };
}
