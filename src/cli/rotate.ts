import { constants, setPriority } from "node:os";
import type { Config } from "../config.js";
import { SETTLE_MS } from "../identity/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import { openPace } from "../kernel/pace.js";
import { Refusal } from "../kernel/refusal.js";
import { UsageWrong } from "./failure.js";
import { requireDatabase, withIdentity } from "./house.js";
import type { Output } from "./output.js";

interface RotateOptions {
  readonly org?: string;
  readonly root?: boolean;
  readonly settle?: string;
}

/** Whole rotations, with every stage told on stderr. What is cut off is gone on with by the next call, or by the clock. */
export async function rotate(config: Config, options: RotateOptions, out: Output): Promise<void> {
  const org = options.org === undefined ? null : fromWire("org", options.org);
  if (options.org !== undefined && org === null) throw new UsageWrong("--org is not the id of an org (org_…).");
  const settleMs = options.settle === undefined ? SETTLE_MS : Number(options.settle) * 1_000;
  if (!Number.isFinite(settleMs) || settleMs < 0) throw new UsageWrong("--settle is a number of seconds.");
  await requireDatabase(config);
  await withIdentity(config, async (identity) => {
    if (options.root) {
      const tell = seldom();
      const count = await identity.rotateRootKey({
        settleMs,
        onProgress: ({ keyId, stage, orgs, rewrapped, waitMs }) =>
          tell(stage, `root: ${stage}, version ${keyId}, ${orgs} orgs, ${rewrapped} rewrapped${nextIn(waitMs)}`),
      });
      if (count === null) throw underWay();
      return out.print({ rewrapped: count }, `the root key is a new one; ${count} keys are under it`);
    }
    const ended: { org: string; kind: string; version: number; renewed: number }[] = [];
    giveWay();
    const tell = seldom();
    const isDone = await identity.rotateKeys({
      ...{ settleMs, org, pace: openPace(BESIDE), by: "CLI" },
      onProgress: ({ orgId, kind, stage, version, renewed, waitMs }) => {
        const name = toWire("org", orgId);
        tell(stage, `${name} ${kind}: ${stage}, version ${version}, ${renewed} renewed${nextIn(waitMs)}`);
        if (stage === "steady") ended.push({ org: toWire("org", orgId), kind, version, renewed });
      },
    });
    if (!isDone) throw underWay();
    out.print(ended, `${ended.length} keys rotated; what was erased before is out of reach of every older backup`);
  });
}

/** What the gateway on this machine is busy with is not seen from here. */
const BESIDE = { gives: 4, givesAlways: 4 } as const;

/** The shoppers' gateway comes first, where both are on one machine. */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not everywhere may a process say so.
  }
}

const TOLD_EVERY_MS = 1_000;

/** Says how far it is on stderr: each stage, and of the pieces of one stage one a second. */
function seldom(): (stage: string, line: string) => void {
  let toldAt = 0;
  return (stage, line) => {
    if (stage === "renewing" && performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    process.stderr.write(`${line}\n`);
  };
}

const nextIn = (waitMs: number): string => (waitMs > 0 ? `, next stage in ${Math.ceil(waitMs / 1_000)} s` : "");

const underWay = (): Refusal =>
  new Refusal("CONFLICT", "Keys are being rotated at this moment, by a gateway or another command.", {
    nextAction: "Ask again in a few minutes.",
  });
