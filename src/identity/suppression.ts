/**
 * Whoever was forgotten is not brought back by an import that did not hear of it: their e-mail address and document are
 * remembered as keyed digests, for half a year, and a save that would make a consumer with the same
 * document (or, without one, the same address) is refused. Without the org's keys nobody can tell whom a digest stands for. A shopper who comes back by their own will is made with `createConsumer`.
 */
import { type ConsumerKeyRow, erasure, type ProfileRow, type Tx } from "../data/index.js";
import type { ConsumerId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { OrgVault } from "../vault/index.js";
import { SUPPRESSED_MS } from "./anonymization-times.js";
import type { Caller } from "./caller.js";
import type { GivenFields, PlainProfile } from "./profile-fields.js";
import { normalisedIndex } from "./profile-index.js";
import { mergeProfile } from "./profile-merge.js";
import { openOrg, type Rooms } from "./rooms.js";

const digestOf = (org: OrgVault, field: string, value: string): erasure.Suppressed => ({
  field,
  digest: org.fingerprint(`suppressed ${field} ${value}`),
});

/** Of the org's own id: what is known of somebody whom the database itself has lost. */
export const externalIdDigest = (org: OrgVault, externalId: string): erasure.Suppressed =>
  digestOf(org, erasure.EXTERNAL_ID, externalId);

/** Whether the org knew somebody by this id who was forgotten, and whom a restored database has lost. */
export const isIdSuppressed = async (rooms: Rooms, caller: Caller, tx: Tx, externalId: string): Promise<boolean> =>
  erasure.isSuppressed(tx, [externalIdDigest(await openOrg(rooms, caller), externalId)], suppressedSince(rooms));

/** Of a profile that is about to be destroyed. */
export const digestsOf = (
  org: OrgVault,
  id: ConsumerId,
  profile: ProfileRow,
  key: ConsumerKeyRow,
): readonly erasure.Suppressed[] =>
  org
    .withConsumer(id, key, (box) => normalisedIndex(box, profile))
    .map(({ field, value }) => digestOf(org, field, value));

export const suppressedSince = (rooms: Rooms): Date => new Date(rooms.clock.now().getTime() - SUPPRESSED_MS);

/** Before a consumer is made by a save. Throws CONSUMER_ANONYMIZED. */
export async function refuseSuppressed(
  rooms: Rooms,
  caller: Caller,
  externalId: string | null,
  given: GivenFields,
): Promise<void> {
  const isForgotten = (tx: Tx) => externalId !== null && isIdSuppressed(rooms, caller, tx, externalId);
  if (await rooms.data.inScope(caller.scope, async (tx) => isForgotten(tx)))
    throw new Refusal("CONSUMER_ANONYMIZED", "This shopper was forgotten; nothing can be saved for them.", {
      field: ["externalId"],
    });
  const plain: PlainProfile = {};
  // What is not acceptable is told by the save itself.
  if (mergeProfile(plain, given, caller.org.cpfPolicy, ["profile"]).length > 0) return;
  const org = await openOrg(rooms, caller);
  // A document is one person's; an e-mail address may be a family's, and decides where there is nothing better.
  const [document, email] = [plain["buyer.document"], plain["buyer.email"]];
  const digests = [
    ...(document === undefined ? [] : [digestOf(org, "document", document)]),
    ...(document === undefined && email !== undefined ? [digestOf(org, "email", email)] : []),
  ];
  if (digests.length === 0) return;
  const since = suppressedSince(rooms);
  if (!(await rooms.data.inScope(caller.scope, (tx) => erasure.isSuppressed(tx, digests, since)))) return;
  throw new Refusal("CONSUMER_ANONYMIZED", "A shopper with this document or e-mail address was forgotten lately.", {
    field: ["profile", "buyer"],
    nextAction:
      "Leave them out of the import. If the shopper has come back by their own will, make them with `createConsumer`, and save then.",
  });
}
