/**
 * Being forgotten at a VTEX store. Where the account is in the closed beta of the User Rights API, a job is created and
 * followed; elsewhere the only way is a ticket that a person of the store opens, and that is what the answer says.
 * Profiles and CL/AD documents are never deleted here: VTEX itself calls that unsuitable for the right to erasure.
 */
import { AdapterError, type Anonymize, type Call, type Progress, type Subject } from "@shopkey/adapter-sdk";
import { readForgetJobId, readForgetJobStatus } from "./answers.js";
import { createForgetJob, getForgetJob } from "./api.js";
import { refuse } from "./errors.js";
import { openLine } from "./line.js";
import type { VtexKept } from "./settings.js";

/** VTEX asks not to poll a job more often. */
const POLL_MS = 30_000;
const TICKET =
  "In the VTEX Admin, a user with the roles `Write user rights requests` and `Open Support Ticket` opens the support chat and asks for the erasure of this e-mail address, one address per request. VTEX sends a deletion certificate by e-mail: enter its reference here.";
const CUSTOM_ENTITIES = "Custom Master Data entities of the store are not covered and have to be erased by the store.";

export const anonymize: Anonymize<VtexKept> = {
  request: async (call, subject) => {
    if (call.resume !== null) return inProgress(call.resume);
    const email = subject.identity["buyer.email"];
    if (email === undefined) {
      throw refuse("IDENTITY_INCOMPLETE", "The store finds a shopper by the e-mail address.", ["buyer.email"]);
    }
    if (!call.store.settings.userRights) return { kind: "awaitingOperator", reference: null, note: TICKET };
    const jobId = await startJob(call, email);
    await call.checkpoint(jobId);
    return inProgress(jobId);
  },
  status: async (call, _subject, progress) => (isOpenJob(progress) ? readJob(call, progress.reference) : progress),
  cancel: async (_call, _subject: Subject<VtexKept>, progress) => {
    if (progress.kind === "cancelled") return progress;
    if (progress.kind === "completed") throw refuse("TOO_LATE", "The store has forgotten the shopper already.");
    if (progress.kind === "awaitingOperator" && progress.reference === null) {
      return {
        kind: "cancelled",
        reference: null,
        note: "Nothing was sent to the store. A ticket opened by hand has to be withdrawn by hand.",
      };
    }
    throw refuse("NOT_CANCELLABLE", "VTEX cannot stop an erasure that it was asked for.");
  },
};

function isOpenJob(progress: Progress): progress is Progress & { reference: string } {
  return progress.reference !== null && (progress.kind === "requested" || progress.kind === "inProgress");
}

function inProgress(reference: string): Progress {
  return { kind: "inProgress", reference, note: "The store is erasing the shopper's data.", checkAfterMs: POLL_MS };
}

async function startJob(call: Call<VtexKept>, email: string): Promise<string> {
  try {
    return readForgetJobId(await openLine(call).ask(createForgetJob(email)));
  } catch (error) {
    throw outsideBeta(error);
  }
}

/** Accounts outside the beta are refused (403) or do not have the route (a 404 page). */
function outsideBeta(error: unknown): unknown {
  if (!(error instanceof AdapterError)) return error;
  const outside =
    error.code === "PERMISSION_MISSING" || (error.code === "STORE_CHANGED" && / 404\b/.test(error.message));
  if (!outside) return error;
  return refuse(
    "NOT_SUPPORTED",
    `The key may not use the User Rights API, or the account is not in its beta; switch \`userRights\` off to go by ticket. ${TICKET}`,
  );
}

async function readJob(call: Call<VtexKept>, jobId: string): Promise<Progress> {
  const answer = readForgetJobStatus(await openLine(call).ask(getForgetJob(jobId)));
  if (answer === "InProgress") return inProgress(jobId);
  if (answer === "Success") {
    // Also what VTEX answers for an address that it never knew: no proof that there was anything.
    return { kind: "completed", reference: jobId, note: `The store reports the erasure as done. ${CUSTOM_ENTITIES}` };
  }
  return {
    kind: "failed",
    reference: jobId,
    note: "The store tried ten times and gave up. A person of the store has to look before it is asked again.",
  };
}
