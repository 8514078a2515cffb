/**
 * Rotation of an org's keys, stage by stage (see the vault's key-epochs.ts). Between two stages there is time for every
 * gateway to learn of the first: each is told at once, and forgets by itself what it knew after that time.
 */
import { setTimeout as wait } from "node:timers/promises";
import { record } from "../audit/index.js";
import { keySweeps } from "../data/index.js";
import { asId, type OrgId } from "../kernel/ids.js";
import type { Epoch, EpochKind } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { tokenSecretLabel } from "./org-tokens.js";
import { clockCaller } from "./orgs.js";
import { normalisedIndex } from "./profile-index.js";
import { ledgerLine, type Rooms } from "./rooms.js";
import { credentialsLabel } from "./stores.js";

export const EPOCH_KINDS: readonly EpochKind[] = ["kek", "index"];

/** How far a rotation is, for whoever waits for it. */
export interface RotationProgress {
  readonly orgId: OrgId;
  readonly kind: EpochKind;
  readonly stage: Epoch["stage"];
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
}

/** Keys are in memory for five minutes, and lent ones work for one more. */
export const SETTLE_MS = 6 * 60_000 + 30_000;
const BATCH = 200;
/** Between two batches: the shoppers come first. */
const BREATH_MS = 10;

/** One rotation from where it is to its end: to a new epoch when none was under way. Resumable at any moment. */
export async function rotateOrgKeys(
  rooms: Rooms,
  orgId: OrgId,
  kind: EpochKind,
  options: RotationOptions,
): Promise<{ readonly version: number; readonly renewed: number }> {
  let renewed = 0;
  let isBegun = false;
  for (;;) {
    const before = await rooms.vault.epochs.look(orgId, kind);
    if (before.stage === "steady" && isBegun) return { version: before.current, renewed };
    isBegun = true;
    const step = await advanceEpoch(rooms, orgId, kind, options);
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
  { settleMs }: Pick<RotationOptions, "settleMs">,
): Promise<Step> {
  const { epochs } = rooms.vault;
  const seen = await epochs.look(orgId, kind);
  const { stage } = seen;
  const waitMs = settleMs - (Date.now() - seen.since.getTime());
  if (stage === "steady") return told(rooms, await epochs.mint(orgId, kind), 0);
  if (stage === "minted")
    return waitMs > 0 ? { epoch: seen, renewed: 0, waitMs } : told(rooms, await epochs.promote(orgId, kind), 0);
  if (stage === "promoted") {
    const renewed = await sweep(rooms, orgId, seen);
    // Once nobody makes anything with the old key, what is left of it is found by a sweep that finds nothing.
    if (waitMs > 0) return { epoch: seen, renewed, waitMs };
    return renewed > 0 ? { epoch: seen, renewed, waitMs: 0 } : told(rooms, await epochs.retire(orgId, kind), 0);
  }
  if (waitMs > 0) return { epoch: seen, renewed: 0, waitMs };
  return endEpoch(rooms, orgId, seen);
}

async function told(rooms: Rooms, epoch: Epoch, renewed: number): Promise<Step> {
  rooms.vault.refresh();
  await rooms.data.tellKeys();
  return { epoch, renewed, waitMs: 0 };
}

/** Destroys the old key, unless something that it made has turned up after all. */
async function endEpoch(rooms: Rooms, orgId: OrgId, { kind, old, current }: Epoch): Promise<Step> {
  const { epochs } = rooms.vault;
  const left = kind === "kek" ? await leftUnder(rooms, orgId, old) : await staleCount(rooms, orgId, { old, current });
  if (left.length > 0) {
    rooms.log.warn("an old key is still needed", { orgId, count: left.length, reason: left.join(", ") });
    const epoch = await epochs.unretire(orgId, kind);
    const unknown = left.filter((column) => !SWEPT.has(column));
    if (unknown.length > 0) throw new Error(`an old key cannot be destroyed: ${unknown.join(", ")} is not swept`);
    return told(rooms, epoch, 0);
  }
  if (kind === "index") await dropOld(rooms, orgId, old);
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
const SWEPT: ReadonlySet<string> = new Set([
  ...["consumer_key.wrapped", "impersonation.wrapped", "store.credentials", "impersonation.farewell_credentials"],
  "token_issuer.secret",
  "consumer_index.bidx",
]);

const ENVIRONMENTS = ["test", "live"] as const;

async function leftUnder(rooms: Rooms, orgId: OrgId, old: readonly number[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const environment of ENVIRONMENTS)
    for (const column of await rooms.data.inScope({ orgId, environment }, (tx) => keySweeps.columnsUnder(tx, old)))
      found.add(column);
  return [...found];
}

const staleCount = async (rooms: Rooms, orgId: OrgId, { old, current }: Pick<Epoch, "old" | "current">) =>
  (await rooms.data.inScope({ orgId, environment: "live" }, (tx) => keySweeps.staleIndexes(tx, old, current, 1))).map(
    () => "consumer_index.bidx",
  );

async function dropOld(rooms: Rooms, orgId: OrgId, old: readonly number[]): Promise<void> {
  const drop = () =>
    rooms.data.inScope({ orgId, environment: "live" }, (tx) => keySweeps.dropOldIndexes(tx, old, 5_000));
  while ((await drop()) > 0) await wait(BREATH_MS);
}

/** Everything that the old key made, made anew; how much that was. */
async function sweep(rooms: Rooms, orgId: OrgId, epoch: Epoch): Promise<number> {
  return epoch.kind === "kek" ? sweepKeys(rooms, orgId, epoch.old) : sweepIndexes(rooms, orgId, epoch);
}

async function sweepKeys(rooms: Rooms, orgId: OrgId, old: readonly number[]): Promise<number> {
  let renewed = 0;
  for (const environment of ENVIRONMENTS) {
    for (;;) {
      const org = await rooms.vault.org(orgId);
      const count = await rooms.data.inScope({ orgId, environment }, (tx) =>
        keySweeps.rewrapKeys(tx, old, BATCH, (owner, key) => org.rewrap(owner, key)),
      );
      renewed += count;
      if (count === 0) break;
      await wait(BREATH_MS);
    }
    const org = await rooms.vault.org(orgId);
    renewed += await rooms.data.inScope({ orgId, environment }, (tx) =>
      keySweeps.renewSecrets(tx, (table, whose, sealed) => org.renewSecret(labelOf(table, whose), sealed)),
    );
  }
  return renewed;
}

/** Under which name a secret is sealed, by the table that keeps it and whose it is. */
const labelOf = (table: keySweeps.SecretTable, whose: string): string =>
  table === "token_issuer"
    ? tokenSecretLabel(whose === "live" ? "live" : "test")
    : credentialsLabel(asId("sto", whose));

async function sweepIndexes(rooms: Rooms, orgId: OrgId, { old, current }: Epoch): Promise<number> {
  const scope: Caller["scope"] = { orgId, environment: "live" };
  let renewed = 0;
  for (;;) {
    const stale = await rooms.data.inScope(scope, (tx) => keySweeps.staleIndexes(tx, old, current, BATCH));
    if (stale.length === 0) return renewed;
    for (const id of stale) {
      const org = await rooms.vault.org(orgId);
      await rooms.data.inScope(scope, async (tx) => {
        const locked = await keySweeps.lockProfile(tx, id);
        const values =
          locked === null ? [] : org.withConsumer(id, locked.key, (box) => normalisedIndex(box, locked.profile));
        const rows = values.flatMap(({ field, value }) =>
          org
            .blindIndex(field, value)
            .filter(({ version }) => version === current)
            .map((entry) => ({ field, ...entry })),
        );
        await keySweeps.addIndexRows(tx, id, old, rows);
      });
    }
    renewed += stale.length;
    await wait(BREATH_MS);
  }
}

/** Every index row of a version before the current one, made anew or dropped. */
export async function reindexOrg(rooms: Rooms, orgId: OrgId): Promise<number> {
  const epoch = await rooms.vault.epochs.look(orgId, "index");
  const old = Array.from({ length: epoch.current - 1 }, (_, at) => at + 1);
  if (old.length === 0 || epoch.stage !== "steady") return 0;
  const renewed = await sweepIndexes(rooms, orgId, { ...epoch, old });
  await dropOld(rooms, orgId, old);
  return renewed;
}
