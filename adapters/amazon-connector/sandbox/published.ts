/**
 * The test cases that Amazon publishes by title, in the form of vectors: the payloads are the base case with the one defect
 * that the title names. https://developer.amazon.com/docs/physicalstores/verify_identity_keys_test_cases.html and its sisters.
 */
import type { Fixtures, Vector, VectorFile } from "./vectors.js";

const UUID = "11111111-2222-3333-4444-555555555555";
const REQUEST = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const TOKEN = "0123456789abcdef0123456789abcdef";
/** 2024-02-09T17:53:57Z, in seconds. */
const AT = 1_707_501_237;

const FIXTURES: Fixtures = {
  stores: {
    "STORE-001": { keyTypes: ["QR_CODE", "PHONE_NUMBER"] },
    "STORE-STRICT": { keyTypes: ["QR_CODE"], strictPayload: true, prefix: "GWID" },
    "STORE-QR-ONLY": { keyTypes: ["QR_CODE"] },
    TEST_STORE_001: { keyTypes: ["QR_CODE"] },
  },
  keys: {
    valid_shopper_key: { id: "shopper-uuid-001", type: "SHOPPER" },
    associate_key: { id: "associate-uuid-001", type: "ASSOCIATE" },
    "test-identity-key": { id: "shopper-uuid-007", type: "SHOPPER" },
    GWIDoncetoken0001: { id: "shopper-uuid-004", type: "SHOPPER", oneTime: true },
    "1111-2222-3333-4444-5555-6666": { id: "loyalty-uuid-001", type: "LOYALTY" },
    suspended_shopper_key: { blocked: true },
  },
  recognitionTokens: { [TOKEN]: { id: "shopper-uuid-005", type: "SHOPPER" } },
  phones: { "+16175551234": "shopper-uuid-003" },
  scanDetails: {
    "loyalty-uuid-001": { provider: "Example Rewards", promotionIds: ["PROMO-1"] },
    "shopper-uuid-001": { provider: "Example Rewards", promotionIds: [] },
  },
};

type Fields = Readonly<Record<string, unknown>>;
const EVENT = { id: UUID, timestamp: "2024-02-09T17:53:57Z", location: "ENTRY" };
const verifyBody = (code: string, more: Fields = {}): Fields => ({
  ...{ requestId: REQUEST, identityKey: base64(code), storeId: "STORE-001", authEvent: EVENT, keyChannel: "OPTICAL" },
  ...more,
});
const shopperBody = (key: string, more: Fields = {}): Fields => ({
  ...{ requestId: REQUEST, shopperKey: key, shopperKeyType: "QR_CODE", storeId: "STORE-001" },
  ...{ timestamp: "2024-02-16T12:01:25Z", ...more },
});
const scanBody = (value: string, event: Fields = {}, more: Fields = {}): Fields => ({
  ...{ requestId: REQUEST, storeId: "STORE-001" },
  scanEvent: { id: UUID, timestamp: "2024-04-25T13:03:14Z", location: "ENTRY", value, channel: "OPTICAL", ...event },
  ...more,
});
const detailsBody = (id: string, type = "SHOPPER", more: Fields = {}): Fields => ({
  ...{ storeId: "STORE-001", scanResult: { id, type } },
  ...more,
});
const without = (body: Fields, ...path: readonly string[]): Fields => {
  const [name = "", ...rest] = path;
  if (rest.length > 0) return { ...body, [name]: without(body[name] as Fields, ...rest) };
  return Object.fromEntries(Object.entries(body).filter(([one]) => one !== name));
};

const PATHS = { VIK: "identity-keys", GS: "shopper", RS: "scan", GD: "scan/details" } as const;
const ERROR = { errorMsg: "<non-empty string>" };

function vector(id: string, title: string, request: unknown, status: number, body: unknown, setup?: Fields): Vector {
  const path = `/v1/identity/${PATHS[id.split("-")[0] as keyof typeof PATHS]}`;
  const wanted = { status, bodyMatch: body === ERROR ? "schema" : "exact", body };
  return { id, title, path, request, expect: wanted, ...(setup === undefined ? {} : { setup }) };
}
const refused = (id: string, title: string, request: unknown, status = 400, setup?: Fields): Vector =>
  vector(id, title, request, status, ERROR, setup);
const TOO_MANY = { errorMsg: "Too Many Requests" };

const entered = (id: string, type = "SHOPPER") => ({ visitorDetails: { id, type } });
const valid = verifyBody("valid_shopper_key");
const dynamic = (offset: number): string => `GWID${AT + offset}${TOKEN}`;

const VERIFY: readonly Vector[] = [
  vector("VIK-1.1", "Shopper entry", valid, 200, entered("shopper-uuid-001")),
  vector("VIK-1.2", "Associate entry", verifyBody("associate_key"), 200, entered("associate-uuid-001", "ASSOCIATE")),
  refused("VIK-2.1", "Unknown key", verifyBody("unknown_shopper_key"), 401),
  refused("VIK-2.2", "Key of somebody who is shut out", verifyBody("suspended_shopper_key"), 401),
  refused("VIK-3.1", "Missing requestId", without(valid, "requestId")),
  refused("VIK-3.2", "Invalid requestId Format", { ...valid, requestId: "a1b2c3d4-e5f6-7890-abcd-e" }),
  refused("VIK-3.3", "Missing identityKey", without(valid, "identityKey")),
  refused("VIK-3.4", "identityKey Exceeds 1000 Characters", { ...valid, identityKey: "QUFB".repeat(251) }),
  refused("VIK-3.5", "identityKey Not Valid Base64", { ...valid, identityKey: "not base64!" }),
  refused("VIK-3.6", "Missing storeId", without(valid, "storeId")),
  refused("VIK-3.7", "storeId Exceeds 255 Characters", { ...valid, storeId: "S".repeat(256) }),
  refused("VIK-3.8", "Invalid storeId", { ...valid, storeId: "no such store" }),
  refused("VIK-3.9", "Missing authEvent", without(valid, "authEvent")),
  refused("VIK-3.10", "Missing authEvent.id", without(valid, "authEvent", "id")),
  refused("VIK-3.11", "Invalid authEvent.id Format", { ...valid, authEvent: { ...EVENT, id: "no-uuid" } }),
  refused("VIK-3.12", "Missing authEvent.timestamp", without(valid, "authEvent", "timestamp")),
  refused("VIK-3.13", "Invalid authEvent.timestamp Format", {
    ...{ ...valid, authEvent: { ...EVENT, timestamp: "09/02/2024 17:53:57" } },
  }),
  refused("VIK-3.14", "Missing authEvent.location", without(valid, "authEvent", "location")),
  refused("VIK-3.15", "Invalid authEvent.location Value", { ...valid, authEvent: { ...EVENT, location: "ROOF" } }),
  refused("VIK-3.16", "Invalid keyChannel Value", { ...valid, keyChannel: "NOT_A_CHANNEL" }),
  refused("VIK-3.17", "Empty Request Body", null),
  vector("VIK-3.18", "Unknown attributes", { ...valid, more: { of: ["it"] } }, 200, entered("shopper-uuid-001")),
  vector("VIK-3.19", "Without keyChannel", without(valid, "keyChannel"), 200, entered("shopper-uuid-001")),
  vector("VIK-4.1", "Rate limiting", valid, 429, TOO_MANY, { rateLimit: "exhausted" }),
  refused("VIK-5.1", "Internal server error", valid, 500, { identityStore: "down" }),
  vector("VIK-6.1", "One-time code", verifyBody("GWIDoncetoken0001"), 200, entered("shopper-uuid-004")),
  vector("VIK-6.2", "The same request again", verifyBody("GWIDoncetoken0001"), 200, entered("shopper-uuid-004"), {
    after: "VIK-6.1",
  }),
  refused(
    ...(["VIK-6.3", "Another request with the spent code"] as const),
    ...[{ ...verifyBody("GWIDoncetoken0001"), requestId: "d4e5f6a7-b8c9-0123-def0-234567890123" }, 401],
    { after: "VIK-6.2" },
  ),
  refused("VIK-6.4", "The same requestId with another body", verifyBody("unknown_shopper_key"), 401, {
    after: "VIK-1.1",
  }),
  vector("VIK-7.1", "Dynamic code, fresh", verifyBody(dynamic(-90)), 200, entered("shopper-uuid-005")),
  refused("VIK-7.2", "Dynamic code, stale", verifyBody(dynamic(-91)), 401),
  refused("VIK-7.3", "Dynamic code from the future beyond skew", verifyBody(dynamic(31)), 401),
  vector("VIK-7.4", "Dynamic code within the skew", verifyBody(dynamic(30)), 200, entered("shopper-uuid-005")),
  refused("VIK-7.5", "Payload that is not alphanumeric", { ...valid, storeId: "STORE-STRICT" }, 401),
  refused("VIK-7.6", "Another prefix", verifyBody("JWOIMAG18bc0554d045", { storeId: "STORE-STRICT" }), 401),
  vector(
    "IV-001",
    "Store test plan",
    {
      ...verifyBody("test-identity-key", { storeId: "TEST_STORE_001" }),
      requestId: "550e8400-e29b-41d4-a716-446655440000",
    },
    200,
    entered("shopper-uuid-007"),
  ),
].map((one) => (one.id === "IV-001" ? { ...one, path: "/v1/identity/identity-keys" } : one));

const phone = (key: string): Fields => shopperBody(key, { shopperKeyType: "PHONE_NUMBER" });
const shopperCode = shopperBody(base64("valid_shopper_key"));
const SHOPPER: readonly Vector[] = [
  vector("GS-1.1", "QR_CODE", shopperCode, 200, { shopperId: "shopper-uuid-001" }),
  vector("GS-1.2", "QR_CODE by default", without(shopperCode, "shopperKeyType"), 200, {
    shopperId: "shopper-uuid-001",
  }),
  vector("GS-1.3", "PHONE_NUMBER, raw", phone("+1 617 555 1234"), 200, { shopperId: "shopper-uuid-003" }),
  vector("GS-1.4", "PHONE_NUMBER, Base64", phone(base64("+1 617 555 1234")), 200, { shopperId: "shopper-uuid-003" }),
  refused("GS-2.1", "PHONE_NUMBER without international prefix", phone("617 555 1234")),
  refused("GS-2.2", "PHONE_NUMBER with hyphens", phone("+1 617-555-1234")),
  refused("GS-2.3", "PHONE_NUMBER with brackets", phone("+1 (617) 555 1234")),
  refused("GS-2.4", "PHONE_NUMBER with more than 15 digits", phone("+1 617 555 1234 5678 90")),
  refused("GS-2.5", "PHONE_NUMBER where the store takes none", {
    ...phone("+1 617 555 1234"),
    storeId: "STORE-QR-ONLY",
  }),
  refused("GS-2.6", "Invalid shopperKeyType", { ...shopperCode, shopperKeyType: "PALM" }),
  refused("GS-2.7", "Missing requestId", without(shopperCode, "requestId")),
  refused("GS-2.8", "Missing shopperKey", without(shopperCode, "shopperKey")),
  refused("GS-2.9", "shopperKey Not Valid Base64", shopperBody("%%%")),
  refused("GS-2.10", "requestId cut off", { ...shopperCode, requestId: "a1b2c3d4-e5f6-7890-abcd-e" }),
  refused("GS-2.11", "Missing timestamp", without(shopperCode, "timestamp")),
  refused("GS-2.12", "Missing storeId", without(shopperCode, "storeId")),
  refused("GS-2.13", "Unknown shopper", shopperBody(base64("unknown_shopper_key"))),
  refused("GS-2.14", "Staff is no shopper", shopperBody(base64("associate_key"))),
  vector("GS-3.1", "Rate limited", shopperCode, 429, TOO_MANY, { rateLimit: "exhausted" }),
  refused("GS-4.1", "Internal server error", shopperCode, 500, { identityStore: "down" }),
];

const accepted = (id: string, type: string) => ({ resolution: "ACCEPT", scanResult: { id, type } });
const REJECTED = { resolution: "REJECT" };
const loyaltyCode = base64("1111-2222-3333-4444-5555-6666");
const scanned = scanBody(base64("valid_shopper_key"));
const SCAN: readonly Vector[] = [
  vector("RS-1.1", "ACCEPT via OPTICAL Scan", scanned, 200, accepted("shopper-uuid-001", "SHOPPER")),
  vector("RS-1.2", "REJECT", scanBody(base64("unknown_shopper_key")), 200, REJECTED),
  vector(
    "RS-1.3",
    "The code itself in value",
    scanBody("valid_shopper_key"),
    200,
    accepted("shopper-uuid-001", "SHOPPER"),
  ),
  vector("RS-1.4", "The code in scanEvent.id, as the FAQ has it", scanBody("string", { id: `${loyaltyCode} ` }), 200, {
    ...accepted("loyalty-uuid-001", "LOYALTY"),
  }),
  vector("RS-1.5", "Staff", scanBody(base64("associate_key")), 200, accepted("associate-uuid-001", "ASSOCIATE")),
  refused("RS-2.1", "Missing requestId", without(scanned, "requestId")),
  refused("RS-2.2", "Invalid requestId", { ...scanned, requestId: "nope" }),
  refused("RS-2.3", "Missing scanEvent", without(scanned, "scanEvent")),
  refused("RS-2.4", "Missing value", without(scanned, "scanEvent", "value")),
  refused("RS-2.5", "Invalid timestamp", scanBody(base64("valid_shopper_key"), { timestamp: "yesterday" })),
  refused("RS-2.6", "Missing storeId", without(scanned, "storeId")),
  refused("RS-3.1", "Server error", scanned, 500, { identityStore: "down" }),
];

const DETAILS: readonly Vector[] = [
  vector("GD-1.1", "Loyalty member", detailsBody("loyalty-uuid-001", "LOYALTY"), 200, {
    ...{ provider: "Example Rewards", promotionIds: ["PROMO-1"] },
  }),
  vector("GD-1.2", "Shopper without promotions", detailsBody("shopper-uuid-001"), 200, {
    ...{ provider: "Example Rewards", promotionIds: [] },
  }),
  refused("GD-2.1", "Unknown scan result", detailsBody("nobody"), 404),
  refused("GD-2.2", "Another type than it was", detailsBody("shopper-uuid-001", "LOYALTY"), 404),
  refused("GD-2.3", "Unknown store", detailsBody("shopper-uuid-001", "SHOPPER", { storeId: "elsewhere" }), 404),
  refused("GD-2.4", "Nobody pays in cash here", detailsBody("shopper-uuid-001", "CASH"), 404),
  refused("GD-3.1", "Server error", detailsBody("shopper-uuid-001"), 500, { identityStore: "down" }),
];

export const PUBLISHED: VectorFile = { fixtures: FIXTURES, vectors: [...VERIFY, ...SHOPPER, ...SCAN, ...DETAILS] };
