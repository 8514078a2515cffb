/** The end of a request: the state that follows from its steps, and its receipt. */
import { createHash } from "node:crypto";
import {
  type AnonymizationRow,
  type AnonymizationStepRow,
  anonymizations,
  type ReceiptRow,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { RECEIPT_FORMAT, type ReceiptBody, receiptDigest, receiptDocument, receiptMessage } from "../vault/index.js";
import { hasEnded, readWish, recordWish, stepOf, storeSteps, type Wish } from "./anonymization-steps.js";
import type { Caller } from "./caller.js";
import { openOrg, type Rooms } from "./rooms.js";

/**
 * Whether the request has ended. The receipt is written first, then kept outside the database, and then the request ends: whoever
 * reads that it has ended has a receipt that no loss of the database takes back.
 */
export async function endWish(rooms: Rooms, caller: Caller, { row: seen }: Wish): Promise<boolean> {
  const org = await openOrg(rooms, caller);
  const subject = org.fingerprint(`receipt subject ${seen.consumerId}`).toString("hex");
  const issued = await rooms.data.inScope(caller.scope, (tx) => issue(rooms, tx, seen, subject));
  if (issued === "open" || issued === "over") return issued === "over";

  const { sequence, document } = issued;
  await rooms.vault.receipts.keep(seen.orgId, { environment: seen.environment, sequence, document });

  await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await anonymizations.lock(tx, seen.id);
    if (row === null || row.endedAt !== null) return;
    const state = toldOutcome(document);
    await anonymizations.change(tx, row.id, { state, endedAt: issued.createdAt, dueAt: null, leaseUntil: null });
    await recordWish(rooms, caller, tx, row, "anonymization.ended", {
      outcome: state === "COMPLETED" ? "done" : "FAILED",
    });
  });
  return true;
}

/** The request's receipt, which is made when every store's part is over. Receipts of an org's environment come one after another. */
async function issue(
  rooms: Rooms,
  tx: Tx,
  seen: AnonymizationRow,
  subject: string,
): Promise<ReceiptRow | "open" | "over"> {
  const row = await anonymizations.lock(tx, seen.id);
  if (row === null || row.endedAt !== null) return row === null ? "open" : "over";
  // Somebody who issued it did not come to the end.
  const [issued] = await anonymizations.receipts(tx, [row.id]);
  if (issued !== undefined) return issued;
  const wish = await readWish(tx, row);
  const stores = storeSteps(wish);
  if (!stores.every(hasEnded)) return "open";
  const endedAt = rooms.clock.now();
  const state = stores.every((step) => step.state !== "FAILED") ? ("COMPLETED" as const) : ("FAILED" as const);
  const { position } = stepOf(wish, "RECEIPT");
  await anonymizations.changeStep(tx, row.id, position, { state: "DONE", endedAt });
  // As the request's own note at the shred: what a person wrote may be about the shopper.
  for (const step of stores.filter((one) => one.note !== null && isPersons(one)))
    await anonymizations.changeStep(tx, row.id, step.position, { note: null });
  const receipt = await writeReceipt(rooms, tx, await readWish(tx, { ...row, state, endedAt }), subject);
  await anonymizations.insertReceipt(tx, receipt);
  return receipt;
}

/** Settled by a person, with their words in it; of any other step the note is its store's adapter's. */
const isPersons = ({ state, progress, reason }: AnonymizationStepRow): boolean =>
  reason === "SETTLED_AS_FAILED" || (state === "DONE" && progress !== "completed");

const toldOutcome = (document: string): "COMPLETED" | "FAILED" =>
  (JSON.parse(document) as { readonly outcome: string }).outcome === "COMPLETED" ? "COMPLETED" : "FAILED";

async function writeReceipt(rooms: Rooms, tx: Tx, wish: Wish, subject: string): Promise<ReceiptRow> {
  const last = await anonymizations.lockLastReceipt(tx);
  const steps = await Promise.all(wish.steps.map(async (step) => toldStep(step, await storeOf(tx, step))));
  const { row } = wish;
  const sequence = (last?.sequence ?? 0) + 1;
  let body = null as ReceiptBody | null;
  const signature = await rooms.vault.sign(row.orgId, ({ keyId, publicKey }) => {
    body = {
      ...{ format: RECEIPT_FORMAT, sequence, previous: last?.digest.toString("hex") ?? null },
      ...toldRequest(row, subject),
      steps,
      ...HORIZON,
      key: { id: keyId, algorithm: "Ed25519", publicKey },
    };
    return receiptMessage(body);
  });
  if (body === null) throw new Error("a receipt was signed that nobody made");
  const document = receiptDocument(body, signature.value);
  const digest = receiptDigest(document);
  return { sequence, anonymizationId: row.id, digest, document, createdAt: row.endedAt ?? rooms.clock.now() };
}

const storeOf = (tx: Tx, { storeId }: AnonymizationStepRow): Promise<StoreRow | null> =>
  storeId === null ? Promise.resolve(null) : stores.find(tx, { id: storeId }, "removed");

const moment = (date: Date | null): string | null => date?.toISOString() ?? null;

const toldRequest = (row: AnonymizationRow, subject: string) => ({
  org: toWire("org", row.orgId),
  environment: row.environment,
  request: toWire("anr", row.id),
  /** Keyed: it says that two receipts are about the same shopper, and not about whom. */
  subject,
  regulation: row.regulation,
  outcome: row.state,
  requestedAt: moment(row.requestedAt),
  cancellableUntil: moment(row.cancellableUntil),
  startedAt: moment(row.startedAt),
  shreddedAt: moment(row.shreddedAt),
  endedAt: moment(row.endedAt),
  deadline: moment(row.deadlineAt),
  deadlineMet: row.endedAt !== null && row.endedAt <= row.deadlineAt,
});

const toldStep = (step: AnonymizationStepRow, store: StoreRow | null) => ({
  name: step.name,
  ...(store === null ? {} : { store: toWire("sto", store.id), adapter: store.adapter }),
  outcome: step.state,
  reason: step.reason,
  attempts: step.attempts,
  at: moment(step.endedAt),
  /** SHA-256 of the store's or the operator's reference, hex. */
  evidence: step.reference === null ? null : createHash("sha256").update(step.reference).digest("hex"),
  ...(Array.isArray(step.tasks) && step.tasks.length > 0
    ? { tasks: step.tasks.map((task) => (task as { readonly code: string }).code) }
    : {}),
});

/** What is kept, and how long copies of what was destroyed may still lie somewhere. */
const HORIZON = {
  retained: [
    { what: "the org's own id of the shopper, so that an import does not bring them back", basis: "this request" },
    { what: "ledger lines: ids, times, codes and names of fields", basis: "record of processing" },
    { what: "keyed digests of e-mail address and document, 180 days", basis: "this request" },
  ],
  horizon: { live: "at once", backups: "until the org's next key epoch ends" },
};
