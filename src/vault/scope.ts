/**
 * What an envelope belongs to, as bytes. All parts have a fixed width or a length before them, so that no two scopes
 * look the same:
 *
 *     orgId(16) || 01||consumerId(16), or 00 when there is none || u16be(length)||field || u32be(schemaVersion)
 */

/** What an envelope belongs to. Ids are UUIDs; the field has at most 255 bytes of UTF-8. */
export interface EnvelopeContext {
  readonly orgId: string;
  readonly consumerId: string | null;
  readonly field: string;
  /** How the plaintext is to be read; 1 today. */
  readonly schemaVersion: number;
}

export const SCHEMA_VERSION = 1;
export const MAX_FIELD_BYTES = 255;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The owner's part of the bytes: built once for an org or a consumer, and good for each of its fields. */
export function ownerBytes(orgId: string, consumerId: string | null): Uint8Array {
  const owner = new Uint8Array(consumerId === null ? 17 : 33);
  owner.set(uuidBytes(orgId));
  if (consumerId !== null) {
    owner[16] = 1;
    owner.set(uuidBytes(consumerId), 17);
  }
  return owner;
}

function uuidBytes(uuid: string): Uint8Array {
  if (!UUID.test(uuid)) throw new RangeError("An id of an envelope's context is a UUID.");
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
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
