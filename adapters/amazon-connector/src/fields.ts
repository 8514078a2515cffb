/** Readers of Amazon's fields, one rule each. What they throw names the field and never what was in it. */
import { isUtf8 } from "node:buffer";

/** Answered 400. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** An attribute that is there; what every object has anyway is not. */
const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

/** The body; of a name that is there twice the last one counts, as in every JSON reader. */
export function readBody(bytes: Uint8Array): Fields {
  if (bytes.length === 0) throw new Malformed("The request body is empty.");
  if (!isUtf8(bytes)) throw new Malformed("The request body is not UTF-8.");
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
  } catch {
    throw new Malformed("The request body is not well-formed JSON.");
  }
  if (!isFields(body)) throw new Malformed("The request body is not an object.");
  return body;
}

export function readObject(fields: Fields, name: string): Fields {
  const value = own(fields, name);
  if (value === undefined || value === null) throw new Malformed(`${name} is missing.`);
  if (!isFields(value)) throw new Malformed(`${name} is not an object.`);
  return value;
}

/** 1 to `most` characters; `path` is what it is called in front of people. */
export function readText(fields: Fields, name: string, most: number, path = name): string {
  const value = own(fields, name);
  if (value === undefined || value === null || value === "") throw new Malformed(`${path} is missing.`);
  if (typeof value !== "string") throw new Malformed(`${path} is not a string.`);
  if (value.length > most) throw new Malformed(`${path} exceeds ${most} characters.`);
  return value;
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
export const isUuid = (text: string): boolean => UUID.test(text);

/** Amazon prints the pattern of some fields without its last group's length; it is enforced whole. */
export function readUuid(fields: Fields, name: string, path = name): string {
  const value = readText(fields, name, 1_000, path);
  if (!isUuid(value)) throw new Malformed(`${path} is not a UUID.`);
  return value;
}

export function readMember(fields: Fields, name: string, members: readonly string[], path = name): string {
  const value = readText(fields, name, 255, path);
  if (!members.includes(value)) throw new Malformed(`${path} is not one of the known values.`);
  return value;
}

/** Null when it is not there. */
export function readOptionalMember(
  fields: Fields,
  name: string,
  members: readonly string[],
  path = name,
): string | null {
  const value = own(fields, name);
  return value === undefined || value === null ? null : readMember(fields, name, members, path);
}

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]00:00)$/;

/** UTC in ISO 8601; milliseconds since 1970. A day that no calendar has is none. */
export function readTimestamp(fields: Fields, name: string, path = name): number {
  const match = TIMESTAMP.exec(readText(fields, name, 64, path));
  if (match === null) throw new Malformed(`${path} is not a UTC timestamp in ISO 8601.`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    ...[number, number, number, number, number, number],
  ];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second, 0);
  const isReal = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw new Malformed(`${path} is not a UTC timestamp in ISO 8601.`);
  return at.getTime() + Math.floor(Number(`0.${match[7] ?? "0"}`) * 1_000);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is inside; null when it is not Base64 with its padding, or has loose bits. Bytes that are no text stay apart from all text. */
export function decodeBase64(text: string): string | null {
  if (text === "" || !BASE64.test(text)) return null;
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) return null;
  return isUtf8(bytes) ? bytes.toString("utf8") : `\u0000${bytes.toString("latin1")}`;
}

/** Text that somebody could have printed on a code. */
export const isPrintable = (text: string): boolean => text !== "" && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
