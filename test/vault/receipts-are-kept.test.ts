/** Receipts: no byte of one can be altered, and what was issued is kept beside the keys as it was issued. */
import { randomBytes } from "node:crypto";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { newId, type OrgId } from "../../src/kernel/ids.js";
import {
  chainFaults,
  KeyUnavailable,
  openVault,
  RECEIPT_FORMAT,
  type ReceiptBody,
  receiptDigest,
  receiptDocument,
  receiptMessage,
  type Vault,
  verifyReceipt,
} from "../../src/vault/index.js";
import { makeVaultFolder, type VaultFolder } from "./vault-folder.js";

let folder: VaultFolder;
let vault: Vault;
let orgId: OrgId;
beforeAll(async () => {
  folder = await makeVaultFolder();
  vault = await openVault(folder);
  orgId = newId("org");
  await vault.createOrg(orgId);
});
afterAll(async () => {
  vault.close();
  await folder.remove();
});

async function issue(sequence: number, previous: string | null, facts: object, by = orgId): Promise<string> {
  let body = null as ReceiptBody | null;
  const signature = await vault.sign(by, ({ keyId, publicKey }) => {
    body = {
      format: RECEIPT_FORMAT,
      sequence,
      previous,
      ...facts,
      key: { id: keyId, algorithm: "Ed25519", publicKey },
    };
    return receiptMessage(body);
  });
  if (body === null) throw new Error("nothing was signed");
  return receiptDocument(body, signature.value);
}
const digestOf = (document: string) => receiptDigest(document).toString("hex");

/** As long and as various as real ones: none, one and many steps, words of other alphabets, escapes. */
const FACTS = [
  {},
  { outcome: "COMPLETED", steps: [{ name: "FREEZE", outcome: "DONE", evidence: null, attempts: 0 }] },
  {
    ...{ outcome: "FAILED", note: 'São Paulo \u2028 "x" \\ \u0007 東京', deadlineMet: false },
    steps: Array.from({ length: 12 }, (_, nth) => ({ name: "STORE", store: `sto_${nth}`, evidence: "ab".repeat(32) })),
  },
];

describe("a receipt", () => {
  test.each(FACTS.map((facts, nth) => [nth, facts] as const))(
    "%i: no byte of it is another one",
    async (_nth, facts) => {
      const bytes = Buffer.from(await issue(2, "cd".repeat(32), facts));
      expect(verifyReceipt(bytes).kind).toBe("genuine");
      for (let at = 0; at < bytes.length; at += 1) {
        const was = bytes[at] ?? 0;
        // Every bit of it, and a byte that JSON would pass over.
        for (const other of [...Array.from({ length: 8 }, (_, bit) => was ^ (1 << bit)), 0x20, 0x0a]) {
          if (other === was) continue;
          bytes[at] = other;
          if (verifyReceipt(bytes).kind !== "refused") throw new Error(`byte ${at} may be ${other}`);
        }
        bytes[at] = was;
        const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
        const doubled = Buffer.concat([bytes.subarray(0, at), Buffer.from([0x20]), bytes.subarray(at)]);
        for (const spoiled of [without, doubled, bytes.subarray(0, at)])
          if (verifyReceipt(spoiled).kind !== "refused")
            throw new Error(`byte ${at} may be left out, doubled or the last`);
      }
      expect(verifyReceipt(bytes).kind).toBe("genuine");
    },
  );

  test("of the same words in another order, or with a word twice, is none", async () => {
    const document = await issue(1, null, FACTS[1] ?? {});
    const { format, ...rest } = JSON.parse(document) as Record<string, unknown>;
    const turned = `${JSON.stringify({ ...rest, format }, null, 2)}\n`;
    expect(verifyReceipt(Buffer.from(turned)).kind).toBe("refused");
    const twice = document.replace("{\n", '{\n  "outcome": "FAILED",\n');
    expect(verifyReceipt(Buffer.from(twice)).kind).toBe("refused");
    expect(verifyReceipt(Buffer.concat([Buffer.from("\ufeff"), Buffer.from(document)])).kind).toBe("refused");
  });

  test("that somebody else signs anew is genuine by another key, and out of the chain", async () => {
    const stranger = newId("org");
    await vault.createOrg(stranger);
    const first = await issue(1, null, {});
    const second = await issue(2, digestOf(first), { outcome: "FAILED" });
    const third = await issue(3, digestOf(second), {});
    const forged = await issue(2, digestOf(first), { outcome: "COMPLETED" }, stranger);
    const verdicts = (documents: readonly string[]) =>
      documents.map((document) => verifyReceipt(Buffer.from(document))).filter((one) => one.kind === "genuine");
    expect(chainFaults(verdicts([third, first, second]))).toEqual([]);
    expect(chainFaults(verdicts([first, forged, third]))).toEqual(["Receipt 3 does not follow receipt 2."]);
    const [real, other] = verdicts([second, forged]);
    expect(other?.keyId).not.toBe(real?.keyId);
  });
});

describe("the ledger beside the keys", () => {
  test("keeps each as it was issued, any number of times, for its owner alone", async () => {
    const ledger = folder.keystore.receipts;
    const documents: string[] = [];
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      const before = documents.at(-1);
      documents.push(await issue(sequence, before === undefined ? null : digestOf(before), {}));
    }
    const receipts = documents.map((document, at) => ({ environment: "live" as const, sequence: at + 1, document }));
    for (const receipt of receipts.toReversed()) await ledger.keep(orgId, receipt);
    await Promise.all(receipts.map((receipt) => ledger.keep(orgId, receipt)));
    const test1 = { environment: "test" as const, sequence: 1, document: await issue(1, null, { outcome: "FAILED" }) };
    await ledger.keep(orgId, test1);
    expect(await ledger.list(orgId)).toEqual([test1, ...receipts]);
    expect(await ledger.list(newId("org"))).toEqual([]);
    const place = join(folder.keystoreDir, orgId, "receipts", "live", "0");
    expect((await readdir(place)).toSorted()).toEqual(["000000001.json", "000000002.json", "000000003.json"]);
    expect((await stat(join(place, "000000002.json"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(place, "000000002.json"), "utf8")).toBe(documents[1]);
    // The keys are read as before.
    expect((await folder.keystore.list(orgId)).length).toBeGreaterThan(2);
  });

  test("takes no second receipt of a number, and tells none that is not as it was issued", async () => {
    const own = newId("org");
    await vault.createOrg(own);
    const ledger = folder.keystore.receipts;
    const kept = { environment: "live" as const, sequence: 1, document: await issue(1, null, {}, own) };
    await ledger.keep(own, kept);
    const another = { ...kept, document: await issue(1, null, { outcome: "FAILED" }, own) };
    await expect(ledger.keep(own, another)).rejects.toBeInstanceOf(KeyUnavailable);
    const path = join(folder.keystoreDir, own, "receipts", "live", "0", "000000001.json");
    await chmod(path, 0o600);
    for (const text of [another.document.replace("FAILED", "DONE!!"), "", randomBytes(64).toString("hex")]) {
      await writeFile(path, text);
      await expect(ledger.list(own)).rejects.toBeInstanceOf(KeyUnavailable);
    }
    await writeFile(path, await issue(2, "ab".repeat(32), {}, own));
    await expect(ledger.list(own)).rejects.toThrow("not as it was issued");
  });
});
