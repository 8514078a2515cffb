import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.js";
import { Refusal } from "../kernel/refusal.js";
import { chainFaults, type ReceiptVerdict, verifyReceipt } from "../vault/index.js";
import { UsageWrong } from "./failure.js";
import { listAll, type Where, withCaller } from "./house.js";
import type { Output } from "./output.js";

type Genuine = Extract<ReceiptVerdict, { kind: "genuine" }>;

/** Without gateway, database or network: the files and nothing else. Refused when one of them is not as it was issued. */
export async function verifyReceipts(paths: readonly string[], keyId: string | undefined, out: Output): Promise<void> {
  if (paths.length === 0) throw new UsageWrong("Name at least one receipt.");
  const genuine: Genuine[] = [];
  const faults: string[] = [];
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => null);
    const verdict: ReceiptVerdict =
      bytes === null ? { kind: "refused", why: "It cannot be read." } : verifyReceipt(bytes);
    if (verdict.kind === "refused") faults.push(`${path}: ${verdict.why}`);
    else if (keyId !== undefined && verdict.keyId !== keyId)
      faults.push(`${path}: It is signed by key ${verdict.keyId}.`);
    else genuine.push(verdict);
  }
  faults.push(...chainFaults(genuine));
  if (faults.length > 0) {
    throw new Refusal("INVALID", faults.join("\n"), {
      nextAction: "A receipt that was altered, or is not as it was issued, proves nothing.",
    });
  }
  const keys = [...new Set(genuine.map((one) => one.keyId))];
  const sequences = genuine.map(({ sequence }) => sequence).sort((a, b) => a - b);
  const text = `genuine: receipt ${sequences.join(", ")}; signed by key ${keys.join(", ")}${keyId === undefined ? " (compare it with the key that the org has told you)" : ""}`;
  out.print({ receipts: genuine, keys }, text);
}

/** Every receipt of the org's environment, one file each, byte for byte. */
export const exportReceipts = (config: Config, where: Where & { readonly to: string }, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const requests = await listAll((query) => identity.listAnonymizations(caller, query));
    await mkdir(where.to, { recursive: true, mode: 0o700 });
    const written: string[] = [];
    for (const { receipt } of requests) {
      if (receipt === null) continue;
      const path = join(where.to, `receipt-${String(receipt.sequence).padStart(6, "0")}.json`);
      await writeFile(path, receipt.document, { mode: 0o600 });
      written.push(path);
    }
    out.print(written, `${written.length} receipts in ${where.to}`);
  });
