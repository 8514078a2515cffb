/** What the shopper answered, for the time of one call. Nothing here repeats a value. */
import type { Answer } from "@shopkey/adapter-sdk";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { Question } from "./connection-seal.js";
import type { FinishConnectionInput } from "./inputs.js";

const MAX_ENTRIES = 20;
const MAX_NAME = 64;
const MAX_VALUE = 1_000;

const refuse = (path: readonly string[], message: string) =>
  new Refusal("INVALID", message, { field: ["answer", ...path] });

/** Throws everything that is wrong with it at once. */
export function judgeAnswer(given: FinishConnectionInput["answer"]): Answer {
  const entries = given ?? [];
  if (entries.length > MAX_ENTRIES) throw refuse([], `Must be at most ${MAX_ENTRIES} values.`);
  const answer = new Map<string, string>();
  const refusals: Refusal[] = [];
  for (const [index, { name, value }] of entries.entries()) {
    const at = String(index);
    if (typeof name !== "string" || name.length === 0 || name.length > MAX_NAME || answer.has(name))
      refusals.push(refuse([at, "name"], "Must be the name of one of the form's fields, each of them once."));
    else if (typeof value !== "string" || value.length > MAX_VALUE)
      refusals.push(refuse([at, "value"], `Must be text of at most ${MAX_VALUE} characters.`));
    else answer.set(name, value);
  }
  if (refusals.length > 0) throw new Refusals(refusals);
  return Object.fromEntries(answer);
}

/** Throws INVALID when a name is not one of the form's. */
export function refuseUnasked(question: Question, answer: Answer): void {
  if (question.kind !== "form" && question.kind !== "pass") return;
  const names = question.fields.map(({ name }) => name);
  if (!Object.keys(answer).every((name) => names.includes(name)))
    throw refuse([], "Must hold the form's fields and no others.");
}
