import { createHash } from "node:crypto";
import { AdapterError, type Anonymize, type Progress } from "@shopkey/adapter-sdk";
import { ask, forgetCancel, forgetQuestion, forgetRequest, type Reply, readForget } from "./api.js";
import type { CornerKept } from "./kept.js";

const HOUR_MS = 3_600_000;

export const anonymize: Anonymize<CornerKept> = {
  request: async (call, { identity }) => {
    const email = identity["buyer.email"];
    if (email === undefined) {
      throw new AdapterError("IDENTITY_INCOMPLETE", "The shop needs an e-mail address.", { fields: ["buyer.email"] });
    }
    const reference = `f-${createHash("sha256").update(call.idempotencyKey).digest("hex").slice(0, 24)}`;
    return progressOf(await ask(call, forgetRequest(reference, email)));
  },

  status: async (call, _subject, progress) => {
    if (hasEnded(progress)) return progress;
    const now = progressOf(await ask(call, forgetQuestion(referenceOf(progress))));
    return progress.kind === "inProgress" && now.kind === "requested" ? progress : now;
  },

  cancel: async (call, _subject, progress) => {
    if (progress.kind === "cancelled") return progress;
    if (hasEnded(progress)) throw tooLate();
    const reply = await ask(call, forgetCancel(referenceOf(progress)));
    if (reply.status === 409) throw tooLate();
    return progressOf(reply);
  },
};

const tooLate = (): AdapterError => new AdapterError("TOO_LATE", "The shop has begun already.");

function hasEnded({ kind }: Progress): boolean {
  return kind === "completed" || kind === "failed" || kind === "cancelled";
}

function referenceOf({ reference }: Progress): string {
  if (reference === null) throw new AdapterError("STORE_CHANGED", "The shop gave no reference.");
  return reference;
}

function progressOf(reply: Reply): Progress {
  const { reference, state } = readForget(reply);
  const told = { reference, checkAfterMs: HOUR_MS };
  switch (state) {
    case "waiting":
      return { ...told, kind: "requested", note: "The shop begins within the hour." };
    case "working":
      return { ...told, kind: "inProgress", note: "The shop is at it." };
    case "done":
      return { reference, kind: "completed", note: "The shop has forgotten." };
    case "cancelled":
      return { reference, kind: "cancelled", note: "Cancelled before the shop began." };
  }
}
