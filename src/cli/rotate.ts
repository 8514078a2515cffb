import type { Config } from "../config.js";
import { SETTLE_MS } from "../identity/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import { UsageWrong } from "./failure.js";
import { withIdentity } from "./house.js";
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
  await withIdentity(config, async (identity) => {
    if (options.root) {
      const count = await identity.rotateRootKey({ settleMs });
      if (count === null) throw underWay();
      return out.print({ rewrapped: count }, `the root key is a new one; ${count} keys are under it`);
    }
    const ended: { org: string; kind: string; version: number; renewed: number }[] = [];
    const isDone = await identity.rotateKeys({
      ...{ settleMs, org },
      onProgress: ({ orgId, kind, stage, version, renewed, waitMs }) => {
        const pause = waitMs > 0 ? `, next stage in ${Math.ceil(waitMs / 1_000)} s` : "";
        process.stderr.write(
          `${toWire("org", orgId)} ${kind}: ${stage}, version ${version}, ${renewed} renewed${pause}\n`,
        );
        if (stage === "steady") ended.push({ org: toWire("org", orgId), kind, version, renewed });
      },
    });
    if (!isDone) throw underWay();
    out.print(ended, `${ended.length} keys rotated; what was erased before is out of reach of every older backup`);
  });
}

const underWay = (): Refusal =>
  new Refusal("CONFLICT", "Keys are being rotated at this moment, by a gateway or another command.", {
    nextAction: "Ask again in a few minutes.",
  });
