/**
 * Connecting makes a shopper known at the gate: by a code that the app shows, by a telephone number that the app has verified,
 * by a code or a card that the shopper has already. Amazon is asked nothing: it asks us.
 */
import {
  AdapterError,
  type Answer,
  type Call,
  type Connect,
  type FormField,
  type LookupKey,
} from "@shopkey/adapter-sdk";
import { newCode, readDynamic, TOKEN } from "./codes.js";
import { isPrintable } from "./fields.js";
import type { AmazonKept } from "./kept.js";
import { maskNumber, readTyped } from "./phone.js";
import { drawPass } from "./qr.js";

/** An app shows one code after the other; so many of them stay good until they are too old for the gate. */
const CODES_KEPT = 8;
const ANSWER_WITHIN_MS = 15 * 60_000;
const MAX_PROMOTIONS = 50;

const FIELDS: readonly FormField[] = [
  { name: "phone", title: "Telephone number that your app has verified, with + and country code", kind: "text" },
  { name: "code", title: "A code that the shopper has already, a printed one, say", kind: "text" },
  { name: "once", title: "`true` if that code opens the gate once", kind: "text" },
  { name: "token", title: "Recognition token of an app that draws its own codes: 32 hexadecimal digits", kind: "text" },
  { name: "loyaltyCard", title: "Number of a loyalty card as its code has it", kind: "text" },
  { name: "role", title: "SHOPPER, or ASSOCIATE for staff", kind: "text" },
  { name: "provider", title: "Name of the loyalty programme", kind: "text" },
  { name: "promotionIds", title: "Promotions of this shopper, with commas between", kind: "text" },
];

const prefixesOf = ({ store: { settings } }: Call<AmazonKept>): readonly string[] => [
  ...new Set([settings.prefix, ...settings.stores.flatMap(({ prefix }) => prefix ?? [])]),
];

/** The shortest that any gate takes. */
const lifetimeMs = ({ store: { settings } }: Call<AmazonKept>): number =>
  1_000 * Math.min(...settings.stores.map((store) => store.maxAgeSeconds ?? settings.maxAgeSeconds));

const showCode = (call: Call<AmazonKept>, now = call.now()) => {
  const code = newCode(call.store.settings.prefix, now);
  return drawPass(code, new Date(now.getTime() + lifetimeMs(call)));
};

const passKey = (call: Call<AmazonKept>, value: string, as: string): LookupKey => ({
  ...{ space: "pass", value, as, keep: CODES_KEPT },
  once: call.store.settings.oneTimeCodes,
});

export const connect: Connect<AmazonKept> = {
  start: async (call) => {
    const now = call.now();
    const pass = showCode(call, now);
    return { kind: "pass", pass, fields: FIELDS, pending: { code: pass.code, issuedAt: now.toISOString() } };
  },

  finish: async (call, { code, issuedAt }, answer) => {
    if (call.now().getTime() - Date.parse(issuedAt) > ANSWER_WITHIN_MS)
      throw new AdapterError("ANSWER_INVALID", "The time to answer is over.");
    const { as, keys, label, ...loyalty } = readAnswer(call, answer);
    const by = [...new Set(["pass", ...keys.map(({ space, as: standing }) => (standing === as ? space : "loyalty"))])];
    return {
      kind: "connected",
      secret: { as, by: by as AmazonKept["secret"]["by"], ...loyalty },
      account: { id: null, label },
      recognise: [passKey(call, code, as), ...keys],
    };
  },

  verify: async (call, { by }) => {
    const accepted = call.store.settings.stores.flatMap(({ keyTypes }) => keyTypes);
    const isUsable = by.some((one) => accepted.includes(one === "phone" ? "PHONE_NUMBER" : "QR_CODE"));
    if (isUsable) return { kind: "live" };
    return { kind: "inconclusive", why: "No store of this connector takes what the shopper is known by." };
  },

  disconnect: async () => ({
    storeAgreed: true,
    note: "The gate stays closed from now on. Amazon keeps what happened in its stores.",
  }),

  show: async (call, { as }) => {
    const pass = showCode(call);
    return { pass, keys: [passKey(call, pass.code, as)] };
  },
};

interface Registered {
  readonly as: "SHOPPER" | "ASSOCIATE";
  readonly keys: readonly LookupKey[];
  readonly label: string | null;
  readonly provider: string | null;
  readonly promotionIds: string[];
}

const refuse = (field: string, message: string) =>
  new AdapterError("ANSWER_INVALID", message, { fields: [`answer.${field}`] });

function readAnswer(call: Call<AmazonKept>, answer: Answer): Registered {
  const { role = "", provider = "" } = answer;
  if (!["", "SHOPPER", "ASSOCIATE"].includes(role)) throw refuse("role", "A role is SHOPPER or ASSOCIATE.");
  const as = role === "ASSOCIATE" ? "ASSOCIATE" : "SHOPPER";
  const number = answer.phone ? readTyped(answer.phone) : null;
  if (answer.phone && number === null)
    throw refuse("phone", "A telephone number begins with + and its country code, and has at most 15 digits.");
  if (provider.length > 255) throw refuse("provider", "A programme's name has at most 255 characters.");
  const keys: LookupKey[] = [];
  if (number !== null) keys.push({ space: "phone", value: number, as, moves: true });
  const code = readCode(call, "code", answer.code);
  if (code !== null) keys.push({ space: "code", value: code, as, once: answer.once === "true" });
  if (answer.token && !TOKEN.test(answer.token)) throw refuse("token", "A token is 32 hexadecimal digits.");
  if (answer.token) keys.push({ space: "token", value: answer.token, as });
  const card = readCode(call, "loyaltyCard", answer.loyaltyCard);
  if (card !== null) keys.push({ space: "code", value: card, as: "LOYALTY" });
  const label = number === null ? null : maskNumber(number);
  return { as, keys, label, provider: provider || null, promotionIds: readPromotions(answer.promotionIds ?? "") };
}

/** A code in the form of our own would never be looked up as a printed one. */
function readCode(call: Call<AmazonKept>, field: string, text: string | undefined): string | null {
  const code = text?.trim() ?? "";
  if (code === "") return null;
  const isDynamic = prefixesOf(call).some((prefix) => readDynamic(code, prefix) !== null);
  if (!isPrintable(code) || code.length > 750 || isDynamic) throw refuse(field, "This is no code that can be kept.");
  return code;
}

function readPromotions(text: string): string[] {
  const ids = text.split(",").map((id) => id.trim());
  const given = ids.filter((id) => id !== "");
  if (given.length > MAX_PROMOTIONS || given.some((id) => id.length > 255))
    throw refuse("promotionIds", `Promotions are at most ${MAX_PROMOTIONS}, of at most 255 characters each.`);
  return given;
}
