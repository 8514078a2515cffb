/** The clock's part in key epochs: every org's keys give way when their time is over. One gateway at a time does it. */
import { type OrgId, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import type { RootProgress } from "../vault/index.js";
import { rotationPace } from "./key-renewal.js";
import { advanceEpoch, EPOCH_KINDS, type RotationOptions, reindexOrg, rotateOrgs, SETTLE_MS } from "./key-rotation.js";
import type { Rooms } from "./rooms.js";

const DAY_MS = 24 * 60 * 60_000;
const EPOCH_MS = 30 * DAY_MS;
/** Whoever rotates keys holds this. */
const ROTATING = "shopkey key rotation";

/** The next stage of every rotation that is due; several gateways may try, and one of them does it. */
export async function tendKeyEpochs(rooms: Rooms, signal?: AbortSignal): Promise<void> {
  const epochMs = rooms.keyEpochMs ?? EPOCH_MS;
  const pace = rotationPace();
  await rooms.data.exclusively(ROTATING, async () => {
    for (const orgId of await rooms.vault.epochs.orgs()) {
      for (const kind of EPOCH_KINDS) {
        if (signal?.aborted) return;
        try {
          const { stage, since } = await rooms.vault.epochs.look(orgId, kind);
          if (stage === "steady" && Date.now() - since.getTime() < epochMs) continue;
          const { epoch, renewed } = await advanceEpoch(rooms, orgId, kind, { settleMs: SETTLE_MS, signal, pace });
          rooms.log.info("keys.rotating", {
            orgId: toWire("org", orgId),
            step: kind,
            status: epoch.stage,
            count: renewed,
          });
        } catch (error) {
          // It was told to stop, and goes on when it is started again.
          if (signal?.aborted) return;
          // One org's trouble must not keep the others' keys from ending.
          rooms.log.error("keys.rotation.failed", { orgId: toWire("org", orgId), step: kind, ...errorFacts(error) });
        }
      }
    }
  });
}

/** For the command line: whole rotations, of one org or of all. False: somebody else rotates at this moment. */
export async function rotateKeys(
  rooms: Rooms,
  { org, ...options }: RotationOptions & { readonly org: OrgId | null },
): Promise<boolean> {
  const done = await rooms.data.exclusively(ROTATING, async () => {
    await rotateOrgs(rooms, org === null ? await rooms.vault.epochs.orgs() : [org], options);
    return true;
  });
  return done !== null;
}

/** After a restore: an old backup's index rows are of keys that are gone. How many shoppers are found by new ones. */
export async function mendIndexes(rooms: Rooms): Promise<number> {
  let count = 0;
  for (const orgId of await rooms.vault.epochs.orgs()) count += await reindexOrg(rooms, orgId);
  return count;
}

/** For the command line: a new root key, everything under it, and the old ones destroyed. Null: somebody else rotates. */
export const rotateRootKey = (rooms: Rooms, { settleMs, onProgress }: RootRotation): Promise<number | null> =>
  rooms.data.exclusively(ROTATING, () => rooms.vault.rotateRoot(settleMs, onProgress));

export interface RootRotation extends Pick<RotationOptions, "settleMs"> {
  readonly onProgress?: (progress: RootProgress) => void;
}
