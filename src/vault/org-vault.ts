/** What one org may do with its keys; see types.ts for the promises. */
import { timingSafeEqual } from "node:crypto";
import type { ConsumerId } from "../kernel/ids.js";
import { blindIndexOf } from "./blind-index.js";
import { EnvelopeRejected, type Envelopes, EnvelopeType, keyVersionOf, type Place } from "./envelope.js";
import { Key, KeysReleased, randomKeyBytes } from "./key.js";
import type { OrgKeys } from "./org-keys.js";
import { consumerBytes, fieldBytes, ownerBytes, SCHEMA_VERSION } from "./scope.js";
import type { ConsumerBox, OrgVault, WrappedKey } from "./types.js";

const FIRST_VERSION = 1;
/** A consumer key is sealed as no field in particular. */
const NO_FIELD = fieldBytes("", SCHEMA_VERSION);
const FINGERPRINT_BYTES = 32;

/** A box was used after the call that lent it: it was kept, or `use` was asynchronous. */
export class BoxClosed extends Error {
  override readonly name = "BoxClosed";
  constructor() {
    super("The consumer's box is closed; it works only inside the call that lent it.");
  }
}

export function makeOrgVault(envelopes: Envelopes, keys: OrgKeys): OrgVault {
  const { orgId } = keys;
  const orgOwner = ownerBytes(orgId, null);
  const place = (type: Place["type"], keyVersion: number, owner: Uint8Array): Place => ({ type, keyVersion, owner });

  function currentKek(): Key {
    const kek = keys.kek(keys.currentVersion);
    if (kek === undefined) throw new KeysReleased();
    return kek;
  }

  /** The key of exactly this version: no other is ever tried. */
  function kekOf(version: number): Key {
    const kek = keys.kek(version);
    if (kek === undefined) throw new EnvelopeRejected();
    return kek;
  }

  function wrapKey(owner: Uint8Array, version: number, bytes: Uint8Array): WrappedKey {
    const kekVersion = keys.currentVersion;
    const sealedAs = place(EnvelopeType.consumerKey, kekVersion, owner);
    return { version, kekVersion, wrapped: envelopes.seal(currentKek(), sealedAs, NO_FIELD, bytes) };
  }

  function withConsumer<T>(consumerId: ConsumerId, key: WrappedKey, use: (box: ConsumerBox) => T): T {
    const owner = consumerBytes(orgOwner, consumerId);
    const wrappedAs = place(EnvelopeType.consumerKey, key.kekVersion, owner);
    const consumerKey = borrowKey();
    try {
      envelopes.openKey(kekOf(key.kekVersion), wrappedAs, NO_FIELD, key.wrapped, consumerKey);
      return lendBox(envelopes, consumerKey, place(EnvelopeType.fieldValue, key.version, owner), use);
    } finally {
      returnKey(consumerKey);
    }
  }

  function rewrap(consumerId: ConsumerId, key: WrappedKey): WrappedKey {
    const owner = consumerBytes(orgOwner, consumerId);
    const wrappedAs = place(EnvelopeType.consumerKey, key.kekVersion, owner);
    const bytes = envelopes.open(kekOf(key.kekVersion), wrappedAs, NO_FIELD, key.wrapped);
    try {
      return wrapKey(owner, key.version, bytes);
    } finally {
      bytes.fill(0);
    }
  }

  const openSecret: OrgVault["openSecret"] = (name, envelope) => {
    const version = keyVersionOf(envelope);
    const sealedAs = place(EnvelopeType.secret, version, orgOwner);
    return envelopes.open(kekOf(version), sealedAs, fieldBytes(name, SCHEMA_VERSION), envelope);
  };
  const sealSecret: OrgVault["sealSecret"] = (name, secret) => {
    const sealedAs = place(EnvelopeType.secret, keys.currentVersion, orgOwner);
    return envelopes.seal(currentKek(), sealedAs, fieldBytes(name, SCHEMA_VERSION), secret);
  };

  return {
    orgId,
    newConsumerKey: (consumerId, version = FIRST_VERSION) => {
      const bytes = randomKeyBytes();
      try {
        return wrapKey(consumerBytes(orgOwner, consumerId), version, bytes);
      } finally {
        bytes.fill(0);
      }
    },
    withConsumer,
    rewrap,
    sealSecret,
    openSecret,
    renewSecret: (name, envelope) => {
      if (keyVersionOf(envelope) === keys.currentVersion) return null;
      const bytes = openSecret(name, envelope);
      try {
        return sealSecret(name, bytes);
      } finally {
        bytes.fill(0);
      }
    },
    blindIndex: (field, normalised) =>
      keys.indexKeys.map(({ version, key }) => ({ version, value: blindIndexOf(key, field, normalised) })),
    fingerprint: (text) => keys.fingerprintKey.macText(text),
    matchesFingerprint: (text, fingerprint) =>
      fingerprint.length === FINGERPRINT_BYTES && timingSafeEqual(keys.fingerprintKey.macText(text), fingerprint),
  };
}

/** Key memory that is used again; more than one is out only where `withConsumer` is called inside `withConsumer`. */
const idle: Key[] = [];
const borrowKey = (): Key => idle.pop() ?? new Key();

function returnKey(key: Key): void {
  key.wipe();
  idle.push(key);
}

function lendBox<T>(envelopes: Envelopes, key: Key, place: Place, use: (box: ConsumerBox) => T): T {
  let lent = true;
  const openKey = (): Key => {
    if (!lent) throw new BoxClosed();
    return key;
  };
  const field = (name: string): Uint8Array => fieldBytes(name, SCHEMA_VERSION);
  try {
    return use({
      seal: (name, plaintext) => envelopes.seal(openKey(), place, field(name), plaintext),
      open: (name, envelope) => envelopes.open(openKey(), place, field(name), envelope),
      openText: (name, envelope) => envelopes.openText(openKey(), place, field(name), envelope),
    });
  } finally {
    lent = false;
  }
}
