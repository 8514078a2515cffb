/** The README's questions, asked one after the other as they stand there, and the answers that it prints. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Kind, type OperationDefinitionNode, parse } from "graphql";
import { type Answer, openGateway, type TestGateway } from "../support/gateway.js";

type Data = Readonly<Record<string, unknown>>;

interface Block {
  /** Each with what it defines. */
  readonly questions: readonly { readonly text: string; readonly operation: OperationDefinitionNode }[];
  /** What is printed for the last of them; null when it is not, or in parts. */
  readonly printed: Data | null;
}

/** What the README says to give. */
const VARIABLES: Readonly<Record<string, object>> = {
  corner: { credentials: { key: "key-of-ana", hookKey: "hooks-of-ana" } },
  pin: { pin: "2468" },
  amazon: { credentials: { hmacKeys: [{ id: "main", secret: "s".repeat(32) }] } },
  phone: { phone: "+5511999999999" },
};

const blocks = readBlocks(readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8"));
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openGateway();
}, 60_000);
afterAll(async () => {
  await gateway?.close();
});

function readBlocks(readme: string): readonly Block[] {
  return [...readme.matchAll(/```graphql\n(.*?)```(?:\n\n```json\n(.*?)```)?/gs)].map(([, graphql = "", json]) => ({
    questions: parse(graphql).definitions.flatMap((operation) =>
      operation.kind === Kind.OPERATION_DEFINITION
        ? [{ operation, text: graphql.slice(operation.loc?.start, operation.loc?.end) }]
        : [],
    ),
    printed: json === undefined || /^\s*…/m.test(json) ? null : (JSON.parse(json) as { data: Data }).data,
  }));
}

/** `con_…` and the like stand for the last one that an answer named. */
const ids = new Map<string, string>();

async function ask(text: string): Promise<Answer<Data>["body"]> {
  const [, variables] = Object.entries(VARIABLES).find(([word]) => new RegExp(`\\b${word}\\b`).test(text)) ?? [];
  const query = text.replaceAll(/\b([a-z]{3})_…/g, (placeholder, kind: string) => ids.get(kind) ?? placeholder);
  const { body } = await gateway.ask<Data>(query, text.includes("$") ? variables : {});
  for (const [id, kind] of JSON.stringify(body).matchAll(/\b(con|imp|anr)_[0-9a-f]{32}\b/g))
    if (kind !== undefined) ids.set(kind, id);
  return body;
}

/** The answer; of what goes on in the background, when the shopper is forgotten. */
async function answerTo(text: string): Promise<Data> {
  for (;;) {
    const { data, errors } = await ask(text);
    expect(errors).toBeUndefined();
    const isUnderWay = JSON.stringify(data).includes(`"shreddedAt":null`);
    if (!isUnderWay) return data ?? {};
    await new Promise((later) => setTimeout(later, 200));
  }
}

/** Ids, codes and times are others each time, and `…` is as much as there is. */
const VOLATILE =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}|[\d-]{10}T[\d:.]{12}Z|(?<=127\.0\.0\.1:)\d+|…/g;
const SHAPES = (found: string) => (found === "…" ? ".*" : found.includes("T") ? "\\S+Z" : "[0-9a-f-]+");

function like(printed: unknown): unknown {
  if (Array.isArray(printed)) return printed.map(like);
  if (typeof printed === "object" && printed !== null)
    return Object.fromEntries(Object.entries(printed).map(([name, value]) => [name, like(value)]));
  if (typeof printed !== "string" || printed.search(VOLATILE) < 0) return printed;
  const parts = printed.split(VOLATILE).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const shapes = [...printed.matchAll(VOLATILE)].map(([found]) => SHAPES(found));
  return expect.stringMatching(new RegExp(`^${parts.map((part, at) => part + (shapes[at] ?? "")).join("")}$`, "s"));
}

const refusalsIn = (data: Data): readonly { code: string }[] =>
  Object.values(data).flatMap((part) => (part as { userErrors?: { code: string }[] } | null)?.userErrors ?? []);

test("each question is answered, and as it is printed", async () => {
  expect(blocks.length).toBeGreaterThan(8);
  expect(blocks.filter(({ printed }) => printed !== null).length).toBeGreaterThan(4);
  for (const { questions, printed } of blocks) {
    for (const [at, { text }] of questions.entries()) {
      const data = await answerTo(text);
      // No browser is hosted here.
      if (text.includes("liveViewUrl")) expect(refusalsIn(data)).toMatchObject([{ code: "BROWSER_UNAVAILABLE" }]);
      else expect({ text, refusals: refusalsIn(data) }).toEqual({ text, refusals: [] });
      const isPrinted = printed !== null && at === questions.length - 1 && !text.includes("liveViewUrl");
      if (isPrinted) expect(data).toMatchObject(like(printed) as Data);
    }
  }
}, 90_000);

test("what is printed would be seen to be another answer", () => {
  const printed = { id: `con_${"0a".repeat(16)}`, note: "In the …", status: "ACTIVE" };
  expect({ id: `con_${"1b".repeat(16)}`, note: "In the Admin", status: "ACTIVE" }).toMatchObject(like(printed) as Data);
  expect({ id: "con_", note: "In the Admin", status: "ACTIVE" }).not.toMatchObject(like(printed) as Data);
  expect({ id: printed.id, note: "At the Admin", status: "ACTIVE" }).not.toMatchObject(like(printed) as Data);
});
