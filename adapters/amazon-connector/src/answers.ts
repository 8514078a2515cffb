/** What the four endpoints answer. Each says no in its own way; none says whom or what it was asked for. */
import type { Meeting, RouteAnswer } from "@shopkey/adapter-sdk";
import type { AmazonKept } from "./kept.js";

type Known = Extract<Meeting<AmazonKept>, { kind: "known" }>;

const answer = (status: number, body: object, headers?: Readonly<Record<string, string>>): RouteAnswer => ({
  ...{ status, body, events: [] },
  ...(headers === undefined ? {} : { headers }),
});
const refuse = (status: number, errorMsg: string): RouteAnswer => answer(status, { errorMsg });

export const malformed = (errorMsg: string): RouteAnswer => refuse(400, errorMsg);

/** Seconds, rounded up: sooner would be refused again. */
const tooMany = (retryAfterMs: number): RouteAnswer =>
  answer(
    429,
    { errorMsg: "Too Many Requests" },
    { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  );

/** The endpoint's own answer for whoever is known, and its own no. */
const answerTo =
  (known: (who: Known) => RouteAnswer, unknown: RouteAnswer) =>
  (meeting: Meeting<AmazonKept>): RouteAnswer => {
    if (meeting.kind === "limited") return tooMany(meeting.retryAfterMs);
    return meeting.kind === "known" ? known(meeting) : unknown;
  };

export const answerVerify = answerTo(
  ({ id, as }) => answer(200, { visitorDetails: { id, type: as } }),
  refuse(401, "Unauthorized"),
);

/** Amazon's page shows 200 and lists 201; its tests take both, and a Store may choose. */
export const answerShopper = (status: 200 | 201) =>
  answerTo(({ id }) => answer(status, { shopperId: id }), refuse(400, "The shopper is not known."));

/** A refused scan is a successful call: Amazon's contract has no other no. */
export const answerScan = answerTo(
  ({ id, as }) => answer(200, { resolution: "ACCEPT", scanResult: { id, type: as } }),
  answer(200, { resolution: "REJECT" }),
);

const NOT_FOUND = refuse(404, "Not Found");
export const answerDetails = answerTo(({ secret }) => {
  if (secret === null || secret.provider === null) return NOT_FOUND;
  return answer(200, { provider: secret.provider, promotionIds: secret.promotionIds });
}, NOT_FOUND);
