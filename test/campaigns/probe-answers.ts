/** What one probe is answered, and how two answers are compared. */

import type { ProbeCase } from "./probe-cases.js";
import type { World } from "./worlds.js";
import { markersOf } from "./worlds.js";

export interface ProbeAnswer {
  readonly status: number;
  readonly headers: string;
  readonly text: string;
  readonly ms: number;
}

/** New with every answer, whoever asks. */
const OF_THIS_ANSWER = new Set(["date", "x-request-id", "content-length", "keep-alive", "etag"]);

export async function askProbe(url: string, key: string, query: string, variables: object): Promise<ProbeAnswer> {
  const started = performance.now();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/graphql-response+json",
    },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const headers = [...response.headers].filter(([name]) => !OF_THIS_ANSWER.has(name)).join("\n");
  return { status: response.status, headers, text, ms: performance.now() - started };
}

/** Of a world that is made by the answer itself: ids, moments and texts that are drawn anew. */
const DRAWN = /"(secret|last4|shopperReference|cartId|checkoutUrl|lastUsedAt|requestId|errorId)":"[^"]*"/g;
const MOMENT = /"\d{4}-\d\d-\d\dT[\d:.]+Z"/g;
const ID = /"([a-z]{3})_[0-9a-f]{32}"/g;

/** Short ones occur by chance. */
const withoutSent = (text: string, sent: string, put: string): string =>
  sent.length < 8 ? text : text.replaceAll(JSON.stringify(sent).slice(1, -1), put);

/** Byte for byte, but for the value that was sent and for what only this answer can have. */
export function comparable(answer: ProbeAnswer, { field }: ProbeCase, sent: string, own: World): string {
  const known = new Set(Object.values(own.things));
  let text = withoutSent(answer.text, sent, "<sent>");
  text = text.replaceAll(DRAWN, '"$1":"<drawn>"');
  if (field.kind === "mutation")
    text = text
      .replaceAll(MOMENT, '"<moment>"')
      .replaceAll(ID, (id, prefix: string) => (known.has(id.slice(1, -1)) ? id : `"${prefix}_<new>"`));
  return `${answer.status}\n${answer.headers}\n${text}`;
}

/** Others' markers in an answer, except in what was sent. */
export function leaksIn(answer: ProbeAnswer, sent: string, own: World, others: readonly World[]): readonly string[] {
  // Both environments of an org name the org.
  const ours = new Set(markersOf(own));
  const without = withoutSent(answer.text, sent, "");
  const lower = `${without}\n${answer.headers}`.toLowerCase();
  return others.flatMap((world) =>
    markersOf(world)
      .filter((marker) => !ours.has(marker) && lower.includes(marker))
      .map(() => world.name),
  );
}

/** Codes in an answer: of errors, and of user errors. */
export function codesIn({ text }: Pick<ProbeAnswer, "text">): readonly string[] {
  return [...text.matchAll(/"code":"([A-Z_]+)"/g)].map(([, code = ""]) => code);
}
