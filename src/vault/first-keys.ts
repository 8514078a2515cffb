/** The keys that an org is made with, one of each kind. */
import type { Clock } from "../kernel/clock.js";
import type { OrgId } from "../kernel/ids.js";
import { randomKeyBytes } from "./key.js";
import type { Keystore } from "./keystore.js";
import { KEY_KINDS, type KeyKind, type KmsProvider } from "./kms.js";

/** Makes the first key of each kind that the org lacks. Idempotent, and one winner between processes. */
export async function makeFirstKeys(kms: KmsProvider, keystore: Keystore, clock: Clock, orgId: OrgId): Promise<void> {
  const stored = await keystore.list(orgId);
  const missing = KEY_KINDS.filter((kind) => !stored.some((key) => key.kind === kind));
  for (const kind of missing) await addFreshKey(kms, keystore, clock, { orgId, kind, version: 1, status: "current" });
}

/** False: another process was first with this version or a later one, and its key is the org's. */
export async function addFreshKey(
  kms: KmsProvider,
  keystore: Keystore,
  clock: Clock,
  key: {
    readonly orgId: OrgId;
    readonly kind: KeyKind;
    readonly version: number;
    readonly status: "current" | "decrypt-only";
  },
): Promise<boolean> {
  const { orgId, kind, version, status } = key;
  const bytes = randomKeyBytes();
  try {
    const wrapped = await kms.wrap(bytes, { orgId, kind, version });
    const createdAt = clock.now().toISOString();
    return await keystore.add(orgId, { kind, version, status, wrapped, createdAt, since: createdAt });
  } finally {
    bytes.fill(0);
  }
}
