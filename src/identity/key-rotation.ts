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
import { clockCaller, consoleCaller } from "./orgs.js";
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
  /** Whoever wants it, for the ledger: the clock by default. */
  readonly by?: "CLOCK" | "CLI";
}

/** Keys are in memory for five minutes, and lent ones work for one more. */
export const SETTLE_MS = 6 * 60_000 + 30_000;

/** One on its way. */
interface Rotation {
  readonly orgId: OrgId;
  readonly kind: EpochKind;
  renewed: number;
  isBegun: boolean;
  /** When its next stage may begin, in milliseconds since 1970. */
  dueAt: number;
}

/**
 * Each org's rotations from where they are to their end: to a new epoch when none was under way. They wait for the
 * gateways together, so that many take as long as one. Resumable at any moment. What fails keeps no other from its
 * end, and is thrown then.
 */
export async function rotateOrgs(rooms: Rooms, orgs: readonly OrgId[], options: RotationOptions): Promise<void> {
  const fresh = { renewed: 0, isBegun: false, dueAt: 0 };
  let open: Rotation[] = orgs.flatMap((orgId) => EPOCH_KINDS.map((kind) => ({ orgId, kind, ...fresh })));
  const failures: unknown[] = [];
  while (open.length > 0) {
    await waitUntil(Math.min(...open.map(({ dueAt }) => dueAt)), options.signal);
    const ended = new Set<Rotation>();
    for (const rotation of open.filter(({ dueAt }) => dueAt <= Date.now())) {
      try {
        if (await goOn(rooms, rotation, options)) ended.add(rotation);
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push(error);
        ended.add(rotation);
      }
    }
    open = open.filter((rotation) => !ended.has(rotation));
  }
  if (failures.length > 0) throw failures[0];
}

/** The next stage of one; true: it was at its end. */
async function goOn(rooms: Rooms, rotation: Rotation, options: RotationOptions): Promise<boolean> {
  const { orgId, kind } = rotation;
  const before = await rooms.vault.epochs.look(orgId, kind);
  if (before.stage === "steady" && rotation.isBegun) return true;
  rotation.isBegun = true;
  const tell = (stage: RotationProgress["stage"], version: number, renewed: number, waitMs: number): void =>
    options.onProgress?.({ orgId, kind, stage, version, renewed, waitMs });
  const { epoch, renewed, waitMs } = await advanceEpoch(rooms, orgId, kind, {
    ...options,
    onPiece: ({ current }, count) => tell("renewing", current, rotation.renewed + count, 0),
  });
  rotation.renewed += renewed;
  rotation.dueAt = Date.now() + waitMs;
  tell(epoch.stage, epoch.current, rotation.renewed, waitMs);
  options.signal?.throwIfAborted();
  return false;
}

/** A timer knows no more than 24 days, and whoever sets the clock does not say so. */
const LONGEST_WAIT_MS = 60_000;

async function waitUntil(dueAt: number, signal: AbortSignal | undefined): Promise<void> {
  for (let ms = dueAt - Date.now(); ms > 0; ms = dueAt - Date.now())
    await wait(Math.min(ms, LONGEST_WAIT_MS), undefined, { signal });
}

interface StageOptions extends Pick<RotationOptions, "settleMs" | "signal" | "pace" | "by"> {
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
  { settleMs, signal, pace = rotationPace(), by = "CLOCK", onPiece }: StageOptions,
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
  return endEpoch({ rooms, orgId, pace, signal, onPiece: () => undefined }, seen, by);
}

async function told(rooms: Rooms, epoch: Epoch, renewed: number): Promise<Step> {
  rooms.vault.refresh();
  await rooms.data.tellKeys();
  return { epoch, renewed, waitMs: 0 };
}

/** Destroys the old key, unless something that it made has turned up after all. */
async function endEpoch(work: Renewal, { kind, old, current }: Epoch, by: "CLOCK" | "CLI"): Promise<Step> {
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
  const caller =
    by === "CLI"
      ? await consoleCaller(rooms, orgId, "live")
      : await clockCaller(rooms, { orgId, environment: "live" }, new AbortController().signal);
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
