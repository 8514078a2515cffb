/**
 * What an envelope belongs to, as bytes. All parts have a fixed width or a length before them, so that no two scopes
 * look the same:
 *
 *     orgId(16) || 01||consumerId(16), or 00 when there is none || u16be(length)||field || u32be(schemaVersion)
 */

/** How plaintext is to be read, today. */
export const SCHEMA_VERSION = 1;
export const MAX_FIELD_BYTES = 255;

const ORG_BYTES = 16;
const CONSUMER_BYTES = 33;

/** The owner's part of the bytes: built once for an org or a consumer, and good for each of its fields. */
export function ownerBytes(orgId: string, consumerId: string | null): Uint8Array {
  const owner = new Uint8Array(consumerId === null ? ORG_BYTES + 1 : CONSUMER_BYTES);
  writeUuid(orgId, owner, 0);
  return consumerId === null ? owner : withConsumerBytes(owner, consumerId);
}

/** The same for a consumer of the org whose bytes these are, without reading the org's id again. */
export function consumerBytes(orgOwner: Uint8Array, consumerId: string): Uint8Array {
  const owner = new Uint8Array(CONSUMER_BYTES);
  for (let i = 0; i < ORG_BYTES; i++) owner[i] = orgOwner[i] as number;
  return withConsumerBytes(owner, consumerId);
}

function withConsumerBytes(owner: Uint8Array, consumerId: string): Uint8Array {
  owner[ORG_BYTES] = 1;
  writeUuid(consumerId, owner, ORG_BYTES + 1);
  return owner;
}

const UUID_LENGTH = 36;
const HYPHEN = 45;

/** Read by hand: this runs for every profile, and a pattern with its copies is ten times slower. */
function writeUuid(uuid: string, target: Uint8Array, offset: number): void {
  let at = offset;
  let wellFormed = uuid.length === UUID_LENGTH;
  for (let i = 0; wellFormed && i < UUID_LENGTH; ) {
    if (i === 8 || i === 13 || i === 18 || i === 23) wellFormed = uuid.charCodeAt(i++) === HYPHEN;
    const [high, low] = [hexDigit(uuid.charCodeAt(i++)), hexDigit(uuid.charCodeAt(i++))];
    wellFormed &&= high >= 0 && low >= 0;
    target[at++] = (high << 4) | low;
  }
  if (!wellFormed) throw new RangeError("An id of an envelope's context is a UUID.");
}

/** 0 to 15, or -1. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

const cached = new Map<string, Uint8Array>();
const CACHED_FIELDS = 512;

/** The field's part of the bytes, under today's schema version from a cache: fields are few and used all the time. */
export function fieldBytes(field: string, schemaVersion: number): Uint8Array {
  if (schemaVersion !== SCHEMA_VERSION) return buildFieldBytes(field, schemaVersion);
  const known = cached.get(field);
  if (known !== undefined) return known;
  const built = buildFieldBytes(field, schemaVersion);
  if (cached.size >= CACHED_FIELDS) cached.clear();
  cached.set(field, built);
  return built;
}

function buildFieldBytes(field: string, schemaVersion: number): Uint8Array {
  const length = Buffer.byteLength(field);
  if (length > MAX_FIELD_BYTES) throw new RangeError("A field name has at most 255 bytes.");
  const bytes = Buffer.alloc(2 + length + 4);
  bytes.writeUInt16BE(length);
  bytes.write(field, 2);
  bytes.writeUInt32BE(schemaVersion, 2 + length);
  return bytes;
}
