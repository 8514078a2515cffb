/**
 * Being forgotten at a VTEX store. Where the account is in the closed beta of the User Rights API, a job is created and
 * followed; elsewhere the only way is a ticket that a person of the store opens, and that is what the answer says.
 * Profiles and CL/AD documents are never deleted here: VTEX itself calls that unsuitable for the right to erasure.
 */
import type { Anonymize, Call, Progress, Subject } from "@shopkey/adapter-sdk";
import { type Answer, readForgetJobId, readForgetJobStatus } from "./answers.js";
import { createForgetJob, getForgetJob } from "./api.js";
import { errorOfAnswer, refuse } from "./errors.js";
import { openLine } from "./line.js";
import type { VtexKept } from "./settings.js";

/** VTEX asks not to poll a job more often. */
const POLL_MS = 30_000;
const TICKET =
  "In the VTEX Admin, a user with the roles `Write user rights requests` and `Open Support Ticket` opens the support chat and asks for the erasure of this e-mail address, one address per request. VTEX sends a deletion certificate by e-mail: enter its reference here.";
const CUSTOM_ENTITIES = "Custom Master Data entities of the store are not covered and have to be erased by the store.";

export const anonymize: Anonymize<VtexKept> = {
  request: async (call, subject) => {
    // Asked before: VTEX has no idempotency key, and a second request would be a second job.
    if (call.resume !== null) return readJob(call, call.resume);
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
  const answer = await openLine(call).tell(createForgetJob(email));
  // Outside the beta the key is refused, or the account does not have the route at all.
  if ([401, 403, 404].includes(answer.status)) {
    throw refuse(
      "NOT_SUPPORTED",
      `The key may not use the User Rights API, or the account is not in its beta (VTEX ${answer.status}); switch \`userRights\` off to go by ticket. ${TICKET}`,
    );
  }
  return readForgetJobId(expectDone(call, answer));
}

async function readJob(call: Call<VtexKept>, jobId: string): Promise<Progress> {
  const answer = await openLine(call).tell(getForgetJob(jobId));
  // `{"message":"Job not found"}`, not the storefront's page: the API is there and the job is not.
  if (answer.status === 404 && !answer.html) {
    throw refuse("REFUSED_BY_STORE", "The store no longer knows this erasure job.");
  }
  const status = readForgetJobStatus(expectDone(call, answer));
  if (status === "InProgress") return inProgress(jobId);
  if (status === "Success") {
    // Also what VTEX answers for an address that it never knew: no proof that there was anything.
    return { kind: "completed", reference: jobId, note: `The store reports the erasure as done. ${CUSTOM_ENTITIES}` };
  }
  return {
    kind: "failed",
    reference: jobId,
    note: "The store tried ten times and gave up. A person of the store has to look before it is asked again.",
  };
}

function expectDone(call: Call<VtexKept>, answer: Answer): unknown {
  if (answer.status >= 200 && answer.status <= 299) return answer.json;
  throw errorOfAnswer(answer, call.now());
}
