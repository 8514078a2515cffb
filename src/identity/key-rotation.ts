/**
 * Rotation of an org's keys, stage by stage (see the vault's key-epochs.ts). Between two stages there is time for every
 * gateway to learn of the first: each is told at once, and forgets by itself what it knew after that time.
 */
import { setTimeout as wait } from "node:timers/promises";
import { record } from "../audit/index.js";
import { keySweeps } from "../data/index.js";
import type { OrgId } from "../kernel/ids.js";
import type { Pace } from "../kernel/pace.js";
import type { Epoch, EpochKind } from "../vault/index.js";
import { dropOld, ENVIRONMENTS, type Renewal, rotationPace, sweep } from "./key-renewal.js";
import { clockCaller } from "./orgs.js";
import { ledgerLine, type Rooms } from "./rooms.js";

export const EPOCH_KINDS: readonly EpochKind[] = ["kek", "index"];

/** How far a rotation is, for whoever waits for it. */
export interface RotationProgress {
  readonly orgId: OrgId;
  readonly kind: EpochKind;
  readonly stage: Epoch["stage"] | "renewing";
  /** Version that makes things now. */
  readonly version: number;
  /** Keys, secrets and index rows made anew by this run. */
  readonly renewed: number;
  /** Before the next stage, in milliseconds; 0: at once. */
  readonly waitMs: number;
}

export interface RotationOptions {
  /** How long a gateway may go on with what it knew: five minutes in memory, and one more for what is under way. */
  readonly settleMs: number;
  readonly onProgress?: (progress: RotationProgress) => void;
  readonly signal?: AbortSignal;
  /** How hard it may press; as beside a gateway in the same process by default. */
  readonly pace?: Pace;
}

/** Keys are in memory for five minutes, and lent ones work for one more. */
export const SETTLE_MS = 6 * 60_000 + 30_000;
/** One rotation from where it is to its end: to a new epoch when none was under way. Resumable at any moment. */
export async function rotateOrgKeys(
  rooms: Rooms,
  orgId: OrgId,
  kind: EpochKind,
  options: RotationOptions,
): Promise<{ readonly version: number; readonly renewed: number }> {
  let renewed = 0;
  let isBegun = false;
  const onPiece = ({ current }: Epoch, count: number): void => {
    options.onProgress?.({ orgId, kind, stage: "renewing", version: current, renewed: renewed + count, waitMs: 0 });
  };
  for (;;) {
    const before = await rooms.vault.epochs.look(orgId, kind);
    if (before.stage === "steady" && isBegun) return { version: before.current, renewed };
    isBegun = true;
    const step = await advanceEpoch(rooms, orgId, kind, { ...options, onPiece });
    renewed += step.renewed;
    options.onProgress?.({
      orgId,
      kind,
      stage: step.epoch.stage,
      version: step.epoch.current,
      renewed,
      waitMs: step.waitMs,
    });
    if (step.waitMs > 0) await wait(step.waitMs, undefined, { signal: options.signal });
    options.signal?.throwIfAborted();
  }
}

interface StageOptions extends Pick<RotationOptions, "settleMs" | "signal" | "pace"> {
  /** How much this stage has renewed so far. */
  readonly onPiece?: (epoch: Epoch, count: number) => void;
}

interface Step {
  readonly epoch: Epoch;
  readonly renewed: number;
  readonly waitMs: number;
}

/** The next stage, where it is time for it; what is left to wait where it is not. */
export async function advanceEpoch(
  rooms: Rooms,
  orgId: OrgId,
  kind: EpochKind,
  { settleMs, signal, pace = rotationPace(), onPiece }: StageOptions,
): Promise<Step> {
  const { epochs } = rooms.vault;
  const seen = await epochs.look(orgId, kind);
  const { stage } = seen;
  const waitMs = settleMs - (Date.now() - seen.since.getTime());
  if (stage === "steady") return told(rooms, await epochs.mint(orgId, kind), 0);
  if (stage === "minted")
    return waitMs > 0 ? { epoch: seen, renewed: 0, waitMs } : told(rooms, await epochs.promote(orgId, kind), 0);
  if (stage === "promoted") {
    const report = (count: number): void => onPiece?.(seen, count);
    const renewed = await sweep({ rooms, orgId, pace, signal, onPiece: report }, seen);
    // Once nobody makes anything with the old key, what is left of it is found by a sweep that finds nothing.
    if (waitMs > 0) return { epoch: seen, renewed, waitMs };
    return renewed > 0 ? { epoch: seen, renewed, waitMs: 0 } : told(rooms, await epochs.retire(orgId, kind), 0);
  }
  if (waitMs > 0) return { epoch: seen, renewed: 0, waitMs };
  return endEpoch({ rooms, orgId, pace, signal, onPiece: () => undefined }, seen);
}

async function told(rooms: Rooms, epoch: Epoch, renewed: number): Promise<Step> {
  rooms.vault.refresh();
  await rooms.data.tellKeys();
  return { epoch, renewed, waitMs: 0 };
}

/** Destroys the old key, unless something that it made has turned up after all. */
async function endEpoch(work: Renewal, { kind, old, current }: Epoch): Promise<Step> {
  const { rooms, orgId } = work;
  const { epochs } = rooms.vault;
  const left = kind === "kek" ? await leftUnder(rooms, orgId, old) : await staleCount(rooms, orgId, { old, current });
  if (left.length > 0) {
    rooms.log.warn("an old key is still needed", { orgId, count: left.length, reason: left.join(", ") });
    const epoch = await epochs.unretire(orgId, kind);
    const unknown = left.filter((column) => !SWEPT.has(column));
    if (unknown.length > 0) throw new Error(`an old key cannot be destroyed: ${unknown.join(", ")} is not swept`);
    return told(rooms, epoch, 0);
  }
  if (kind === "index") await dropOld(work, old);
  const epoch = await epochs.destroy(orgId, kind);
  const caller = await clockCaller(rooms, { orgId, environment: "live" }, new AbortController().signal);
  await rooms.data.inScope(caller.scope, (tx) =>
    record(
      tx,
      ledgerLine(rooms, caller, {
        action: "keys.rotated",
        subject: { kind: "org", id: orgId },
        facts: { step: kind, version: epoch.current },
      }),
    ),
  );
  return told(rooms, epoch, 0);
}

/** What a sweep looks after; anything else under an old key is a table that nobody told of rotation. */
const SWEPT: ReadonlySet<string> = new Set([...keySweeps.SWEPT_COLUMNS, "consumer_index.bidx"]);

async function leftUnder(rooms: Rooms, orgId: OrgId, old: readonly number[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const environment of ENVIRONMENTS)
    for (const column of await rooms.data.inScope({ orgId, environment }, (tx) => keySweeps.columnsUnder(tx, old)))
      found.add(column);
  return [...found];
}

const staleCount = async (rooms: Rooms, orgId: OrgId, { old, current }: Pick<Epoch, "old" | "current">) =>
  (
    await rooms.data.inScope({ orgId, environment: "live" }, (tx) =>
      keySweeps.staleIndexes(tx, old, current, { after: null, limit: 1 }),
    )
  ).map(() => "consumer_index.bidx");

/** Every index row of a version before the current one, made anew or dropped. */
export async function reindexOrg(rooms: Rooms, orgId: OrgId): Promise<number> {
  const epoch = await rooms.vault.epochs.look(orgId, "index");
  const old = Array.from({ length: epoch.current - 1 }, (_, at) => at + 1);
  if (old.length === 0 || epoch.stage !== "steady") return 0;
  const work = { rooms, orgId, pace: rotationPace(), onPiece: () => undefined };
  const renewed = await sweep(work, { ...epoch, old });
  await dropOld(work, old);
  return renewed;
}
