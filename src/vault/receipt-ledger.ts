/**
 * Every receipt that was issued, kept beside the keys and outside the database: an old backup knows nothing of the later ones,
 * and learns them from here. A file each, byte for byte as it was issued: `<orgId>/receipts/<environment>/<thousands>/<sequence>.json`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OrgId } from "../kernel/ids.js";
import { createFileOnce, makePrivateFolder, readNames } from "./durable-file.js";
import { KeyUnavailable } from "./key-errors.js";
import { verifyReceipt } from "./receipt.js";

export interface KeptReceipt {
  readonly environment: "test" | "live";
  /** 1, 2, 3, … in the org's environment. */
  readonly sequence: number;
  readonly document: string;
}

export interface ReceiptLedger {
  /**
   * On disk when it resolves, and the same one any number of times. Throws KeyUnavailable when another receipt has its number:
   * the database is then not the one that issued it, and would begin a second chain.
   */
  readonly keep: (orgId: OrgId, receipt: KeptReceipt) => Promise<void>;
  /** In the order of issue, each environment by itself. Throws KeyUnavailable for one that is not as it was issued. */
  readonly list: (orgId: OrgId) => Promise<readonly KeptReceipt[]>;
}

const IN_A_FOLDER = 1_000;
const DIGITS = 9;
const FILE = /^(\d{9})\.json$/;

/** In the keystore's folder. */
export function folderReceiptLedger(dir: string): ReceiptLedger {
  const folderOf = (orgId: OrgId, environment: string): string => join(dir, orgId, "receipts", environment);
  return {
    keep: async (orgId, { environment, sequence, document }) => {
      const thousands = String(Math.floor(sequence / IN_A_FOLDER));
      const folder = join(folderOf(orgId, environment), thousands);
      await makePrivateFolder(folder);
      const path = join(folder, `${String(sequence).padStart(DIGITS, "0")}.json`);
      if (await createFileOnce(path, document)) return;
      if ((await readFile(path, "utf8")) === document) return;
      throw new KeyUnavailable(
        `Receipt ${sequence} of org ${orgId} (${environment}) is another one in the keystore: the database is older, and was not put back by \`shopkey restore\`.`,
      );
    },
    list: async (orgId) => {
      const found: KeptReceipt[] = [];
      for (const environment of ["test", "live"] as const) {
        const kept = await readAll(folderOf(orgId, environment), environment);
        found.push(...kept.toSorted((a, b) => a.sequence - b.sequence));
      }
      return found;
    },
  };
}

async function readAll(folder: string, environment: KeptReceipt["environment"]): Promise<KeptReceipt[]> {
  const found: KeptReceipt[] = [];
  for (const thousands of await readNames(folder)) {
    for (const name of await readNames(join(folder, thousands))) {
      const digits = FILE.exec(name)?.[1];
      if (digits === undefined) continue;
      const path = join(folder, thousands, name);
      const bytes = await readFile(path);
      const verdict = verifyReceipt(bytes);
      if (verdict.kind !== "genuine" || verdict.sequence !== Number(digits))
        throw new KeyUnavailable(`The receipt ${path} is not as it was issued.`);
      found.push({ environment, sequence: verdict.sequence, document: bytes.toString("utf8") });
    }
  }
  return found;
}
