/** VTEX's User Rights API: erasure jobs under the sandbox's clock. */
import { randomUUID } from "node:crypto";
import { json, readJson, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { Account, Job } from "./accounts.js";
import { scrub } from "./cart.js";
import { refuse } from "./refusals.js";
import { isBody, type Visit } from "./visit.js";

const JOB_MS = 60_000;

/** Switches: `outsideBeta` (403), `jobMs` (how long a job takes), `jobFails`. */
export function createJob({ request, account }: Visit, now: number): SandboxReply {
  const denied = denyKey({ request, account });
  if (denied !== null) return denied;
  const body = readJson(request);
  if (!isBody(body) || typeof body.email !== "string") return json(400, { message: "The email field is required" });
  const { jobMs } = request.switches;
  const endsAt = now + (typeof jobMs === "number" ? jobMs : JOB_MS);
  const job: Job = { id: randomUUID(), email: body.email, startedAt: now, endsAt, status: "InProgress" };
  account.jobs.set(job.id, job);
  return json(201, { jobId: job.id });
}

export function readJob(visit: Visit, now: number): SandboxReply {
  const { request, account } = visit;
  const denied = denyKey(visit);
  if (denied !== null) return denied;
  const job = account.jobs.get(request.params.jobId ?? "");
  if (job === undefined) return json(404, { message: "Job not found" });
  if (job.status === "InProgress" && now >= job.endsAt) endJob(account, job, request.switches.jobFails === true);
  return json(200, { status: job.status, message: MESSAGES[job.status] });
}

const MESSAGES = {
  InProgress: "Processing deletion request.",
  Success: "User data was deleted.",
  Failed: "The deletion could not be completed.",
} as const;

/** An e-mail that nobody knows is a success as well. */
function endJob(account: Account, job: Job, fails: boolean): void {
  job.status = fails ? "Failed" : "Success";
  if (fails) return;
  const email = job.email.toLowerCase();
  job.email = "";
  account.profiles.delete(email);
  for (const cart of account.carts.values()) {
    if (cart.clientProfileData?.email.toLowerCase() === email) scrub(cart);
  }
}

/** Any key whose name says that it is this account's, with any token. */
function denyKey({ request, account }: Pick<Visit, "request" | "account">): SandboxReply | null {
  const { "x-vtex-api-appkey": key = "", "x-vtex-api-apptoken": token = "" } = request.headers;
  if (!key.startsWith(`vtexappkey-${account.name}-`) || token === "") return refuse(401, "ORD062");
  return request.switches.outsideBeta === true ? refuse(403, "CHK003") : null;
}
