/**
 * Everything that an org's old key made, made anew with the next one: piece by piece, each a short transaction, with rests in
 * between that follow from how busy it is. What is cut off is done again from the start, and finds less to do.
 */
import { keySweeps } from "../data/index.js";
import { asId, type OrgId } from "../kernel/ids.js";
import { openPace, type Pace } from "../kernel/pace.js";
import type { Epoch } from "../vault/index.js";
import { tokenSecretLabel } from "./org-tokens.js";
import { normalisedIndex } from "./profile-index.js";
import type { Rooms } from "./rooms.js";
import { memoryLabel } from "./store-memory.js";
import { credentialsLabel } from "./stores.js";

export const ENVIRONMENTS = ["test", "live"] as const;

/** One org's keys, made anew by somebody who shares the machine with its shoppers. */
export interface Renewal {
  readonly rooms: Rooms;
  readonly orgId: OrgId;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece with how much was made anew so far. */
  readonly onPiece: (count: number) => void;
}

/** Keys of a piece: about two milliseconds in which nobody else is served. */
const KEYS = 100;
/** Profiles of a piece, which nobody changes while they are indexed. */
const PROFILES = 40;
const DROPPED = 1_000;

/** Beside shoppers who are served by this process, or by others. */
export const rotationPace = (): Pace => openPace({ gives: 4, givesAlways: 2 });

/** Everything that the old key made, made anew; how much that was. */
export const sweep = (work: Renewal, epoch: Epoch): Promise<number> =>
  epoch.kind === "kek" ? sweepKeys(work, epoch.old) : sweepIndexes(work, epoch);

/** Does pieces until there are no more. */
async function piecewise(
  { pace, signal, onPiece }: Renewal,
  before: number,
  piece: (after: string | null) => Promise<keySweeps.Piece>,
): Promise<number> {
  let count = before;
  let after: string | null = null;
  do {
    signal?.throwIfAborted();
    const began = performance.now();
    const done: keySweeps.Piece = await piece(after);
    count += done.count;
    after = done.last;
    if (done.count > 0) onPiece(count);
    await pace.rest(performance.now() - began, signal);
  } while (after !== null);
  return count;
}

async function sweepKeys(work: Renewal, old: readonly number[]): Promise<number> {
  const { rooms, orgId } = work;
  let renewed = 0;
  for (const environment of ENVIRONMENTS) {
    for (const table of keySweeps.WRAPPED_TABLES) {
      renewed = await piecewise(work, renewed, async (after) => {
        const org = await rooms.vault.org(orgId);
        const range = { after, limit: KEYS };
        return rooms.data.inScope({ orgId, environment }, (tx) =>
          keySweeps.rewrapKeys(tx, table, old, range, (owner, key) => org.rewrap(owner, key)),
        );
      });
    }
    const org = await rooms.vault.org(orgId);
    renewed += await rooms.data.inScope({ orgId, environment }, (tx) =>
      keySweeps.renewSecrets(tx, (table, whose, sealed) => org.renewSecret(labelOf(table, whose), sealed)),
    );
  }
  return renewed;
}

/** Under which name a secret is sealed, by the table that keeps it and whose it is. */
function labelOf(table: keySweeps.SecretTable, whose: string): string {
  if (table === "token_issuer") return tokenSecretLabel(whose === "live" ? "live" : "test");
  return table === "store_memory" ? memoryLabel(whose) : credentialsLabel(asId("sto", whose));
}

const sweepIndexes = (work: Renewal, { old, current }: Epoch): Promise<number> =>
  piecewise(work, 0, async (after) => {
    const { rooms, orgId } = work;
    const org = await rooms.vault.org(orgId);
    return rooms.data.inScope({ orgId, environment: "live" }, async (tx) => {
      const stale = await keySweeps.staleIndexes(tx, old, current, { after, limit: PROFILES });
      if (stale.length === 0) return { count: 0, last: null };
      const profiles = await keySweeps.lockProfiles(tx, stale);
      const rows = profiles.flatMap((profile) =>
        org
          .withConsumer(profile.id, profile.key, (box) => normalisedIndex(box, profile))
          .flatMap(({ field, value }) =>
            org
              .blindIndex(field, value)
              .filter(({ version }) => version === current)
              .map((entry) => ({ id: profile.id, field, ...entry })),
          ),
      );
      await keySweeps.addIndexRows(tx, stale, { old, current }, rows);
      return { count: stale.length, last: stale.length < PROFILES ? null : (stale.at(-1) ?? null) };
    });
  });

/** Deletes every index row of the old versions. */
export async function dropOld(work: Renewal, old: readonly number[]): Promise<void> {
  const scope = { orgId: work.orgId, environment: "live" } as const;
  await piecewise({ ...work, onPiece: () => undefined }, 0, async () => {
    const count = await work.rooms.data.inScope(scope, (tx) => keySweeps.dropOldIndexes(tx, old, DROPPED));
    return { count, last: count < DROPPED ? null : "more" };
  });
}
