import type { LookupKey, Meeting, Question } from "../recognition.js";

/** Somebody whom a delivery is about. */
export interface Known {
  readonly id: string;
  readonly keys: readonly LookupKey[];
  readonly secret: unknown;
}

/** `call.meet` over a few people, as the gateway answers it: no rate, nothing spent, nothing replayed. */
export function meetAmong(people: readonly Known[], question: Question): Meeting {
  if (question.refuse) return { kind: "unknown" };
  const isAsked = (key: LookupKey): boolean =>
    question.as.includes(key.as) &&
    (question.keys ?? []).some(({ space, value }) => space === key.space && value === key.value);
  for (const { id, keys, secret } of people) {
    const key = keys.find((one) => (question.id === id ? question.as.includes(one.as) : isAsked(one)));
    if (key !== undefined) return { kind: "known", id, as: key.as, secret: question.withSecret ? secret : null };
  }
  return { kind: "unknown" };
}
