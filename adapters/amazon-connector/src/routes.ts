/** The four endpoints of an identity connector, as https://developer.amazon.com/docs/physicalstores describes them. */
import { type Question, type Route, type RouteAnswer, type RouteCall, route } from "@shopkey/adapter-sdk";
import { answerDetails, answerScan, answerShopper, answerVerify, malformed } from "./answers.js";
import { judgeCode, judgeReadings } from "./codes.js";
import {
  decodeBase64,
  isPrintable,
  isUuid,
  Malformed,
  readBody,
  readMember,
  readObject,
  readOptionalMember,
  readText,
  readTimestamp,
  readUuid,
} from "./fields.js";
import { type AmazonKept, rulesOf, type StoreRules } from "./kept.js";
import { readE123 } from "./phone.js";
import { proveCaller } from "./proof.js";

const MAX_KEY = 1_000;
const MAX_ID = 255;
const STORE_CHARACTERS = /^[0-9a-zA-Z_-]*$/;

type AmazonCall = RouteCall<AmazonKept>;
type Body = ReturnType<typeof readBody>;
interface Proven {
  readonly caller: string;
  readonly body: Uint8Array;
}

function endpoint(
  name: string,
  path: string,
  receive: (call: AmazonCall, body: Body, caller: string) => Promise<RouteAnswer>,
): Route<AmazonKept> {
  return route({
    name,
    method: "POST",
    path: `/v1/identity/${path}`,
    verify: async (call: AmazonCall, request): Promise<Proven | null> => {
      const caller = proveCaller(call, request);
      return caller === null ? null : { caller, body: request.body };
    },
    receive: async (call: AmazonCall, { caller, body }: Proven) => {
      try {
        return await receive(call, readBody(body), caller);
      } catch (error) {
        if (error instanceof Malformed) return malformed(error.message);
        throw error;
      }
    },
  });
}

/** Throws Malformed also for a store that is none of ours: nobody is let in there anyway. */
function readStore(call: AmazonCall, body: Body): StoreRules {
  const storeId = readText(body, "storeId", MAX_ID);
  const rules = STORE_CHARACTERS.test(storeId) ? rulesOf(call.store.settings, storeId) : null;
  if (rules === null) throw new Malformed("storeId is not one of this connector's stores.");
  return rules;
}

/** What every question has: who asks, where, and how often that may be. */
const askedAt = (call: AmazonCall, caller: string, storeId: string): Pick<Question, "caller" | "rate"> => ({
  caller: `${caller} ${storeId}`,
  rate: call.store.settings.rate,
});

const verifyIdentityKeys = endpoint("verify-identity-keys", "identity-keys", async (call, body, caller) => {
  const { locations, channels } = call.store.settings;
  const requestId = readUuid(body, "requestId");
  const code = decodeBase64(readText(body, "identityKey", MAX_KEY));
  if (code === null) throw new Malformed("identityKey is not valid Base64.");
  const rules = readStore(call, body);
  const event = readObject(body, "authEvent");
  readUuid(event, "id", "authEvent.id");
  const at = readTimestamp(event, "timestamp", "authEvent.timestamp");
  readMember(event, "location", locations, "authEvent.location");
  readOptionalMember(body, "keyChannel", channels);
  return answerVerify(
    await call.meet({
      ...{ ...judgeCode(code, at, rules), requestId, spend: true, as: ["SHOPPER", "ASSOCIATE"] },
      ...askedAt(call, caller, rules.id),
    }),
  );
});

/** A code is not used up here: an associate may scan again what opened the gate. */
const getShopper = endpoint("get-shopper", "shopper", async (call, body, caller) => {
  const requestId = readUuid(body, "requestId");
  const key = readText(body, "shopperKey", MAX_KEY);
  const type = readOptionalMember(body, "shopperKeyType", ["QR_CODE", "PHONE_NUMBER"]) ?? "QR_CODE";
  const rules = readStore(call, body);
  const at = readTimestamp(body, "timestamp");
  const judged = type === "QR_CODE" ? judgeShopperCode(key, at, rules) : judgePhone(key, rules);
  return answerShopper(call.store.settings.getShopperSuccessStatus)(
    await call.meet({
      ...{ ...judged, requestId, spend: false, as: ["SHOPPER"] },
      ...askedAt(call, caller, rules.id),
    }),
  );
});

function judgeShopperCode(key: string, at: number, rules: StoreRules) {
  const code = decodeBase64(key);
  if (code === null) throw new Malformed("shopperKey is not valid Base64.");
  return judgeCode(code, at, rules);
}

/** Amazon's page says E.123 and Base64 of the same field: what begins with `+` is the number itself. */
function judgePhone(key: string, rules: StoreRules) {
  const number = readE123(key.startsWith("+") ? key : (decodeBase64(key) ?? ""));
  if (number === null) throw new Malformed("shopperKey is not an international telephone number in E.123.");
  const keys = [{ space: "phone", value: number }];
  return { keys, refuse: rules.keyTypes.includes("PHONE_NUMBER") ? null : "KEY_TYPE" };
}

const resolveScan = endpoint("resolve-scan", "scan", async (call, body, caller) => {
  const { locations, channels } = call.store.settings;
  const requestId = readUuid(body, "requestId");
  const rules = readStore(call, body);
  const event = readObject(body, "scanEvent");
  const readings = readScan(event);
  const at = readTimestamp(event, "timestamp", "scanEvent.timestamp");
  readMember(event, "location", locations, "scanEvent.location");
  readOptionalMember(event, "channel", channels, "scanEvent.channel");
  return answerScan(
    await call.meet({
      ...{ ...judgeReadings(readings, at, rules), requestId, spend: true },
      ...{ as: ["SHOPPER", "ASSOCIATE", "LOYALTY"], ...askedAt(call, caller, rules.id) },
    }),
  );
});

/**
 * Everything that the scanned code may be, in the order in which it is tried. The reference has a UUID as the event's id and
 * the code in `value`; Amazon's FAQ has the code, Base64, in the id.
 */
function readScan(event: Body): readonly string[] {
  const id = readText(event, "id", MAX_KEY, "scanEvent.id");
  const carried = isUuid(id) ? null : decodeBase64(id.trim());
  if (!isUuid(id) && (carried === null || !isPrintable(carried))) throw new Malformed("scanEvent.id is not a UUID.");
  const value =
    carried === null || event.value !== undefined ? readText(event, "value", MAX_KEY, "scanEvent.value").trim() : "";
  const inside = decodeBase64(value);
  const readings = [...(inside !== null && isPrintable(inside) ? [inside] : []), value, ...(carried ? [carried] : [])];
  return [...new Set(readings.filter((reading) => reading !== ""))];
}

/** Without a requestId there is nothing to repeat: it only reads. */
const getScanDetails = endpoint("get-scan-details", "scan/details", async (call, body, caller) => {
  const storeId = readText(body, "storeId", MAX_ID);
  const result = readObject(body, "scanResult");
  const id = readText(result, "id", MAX_ID, "scanResult.id");
  const type = readMember(result, "type", ["SHOPPER", "ASSOCIATE", "CASH", "LOYALTY"], "scanResult.type");
  const isOurs = rulesOf(call.store.settings, storeId) !== null;
  return answerDetails(
    await call.meet({
      ...{ id, as: [type], spend: false, requestId: null, withSecret: true, refuse: isOurs ? null : "STORE" },
      ...askedAt(call, caller, isOurs ? storeId : "elsewhere"),
    }),
  );
});

export const routes: readonly Route<AmazonKept>[] = [verifyIdentityKeys, getShopper, resolveScan, getScanDetails];
