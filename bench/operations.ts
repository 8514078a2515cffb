/** What is asked: three operations as GraphQL, and as the bare parameters that the limit server takes. */
import { fromWire } from "#dist/kernel/ids.js";
import type { SeededOrg } from "./seed.js";
import { externalIdOf, randomFrom, type Shopper, shopper } from "./shoppers.js";

export const OPERATIONS = ["Q1", "Q2", "M1"] as const;
export type OperationName = (typeof OPERATIONS)[number];
export type Dialect = "graphql" | "bare";

/** One request, before it has a form. `number` is the shopper's, where it is about one. */
export interface Ask {
  readonly key: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly org: SeededOrg;
  readonly number: number;
  /** What is saved, for M1. */
  readonly saved: Shopper | null;
}

const PROFILE = `profile {
        buyer { firstName lastName email document phone }
        address { postalCode street number city state }
        complete missing
      }`;
const CONSUMER = `id externalId status createdAt
      ${PROFILE}
      connections { id status store { slug title } }`;

const DOCUMENTS: Readonly<Record<OperationName, string>> = {
  Q1: `query Q1($externalId: String!) {
    consumer(externalId: $externalId) {
      ${CONSUMER}
    }
  }`,
  Q2: `query Q2($first: Int!, $after: String) {
    consumers(first: $first, after: $after) {
      nodes {
        ${CONSUMER}
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  M1: `mutation M1($input: SaveProfileInput!) {
    saveProfile(input: $input) {
      created
      consumer { id externalId status }
      ${PROFILE}
      userErrors { code field message }
    }
  }`,
};

const PAGE = 50;

const VERSIONS = 1_000;

/** An endless supply of requests; which shoppers and orgs, follows from the seed. Each `place` saves other values for them. */
export function askFor(operation: OperationName, orgs: readonly SeededOrg[], seedNumber: number, place = 0): () => Ask {
  const random = randomFrom(seedNumber);
  return () => {
    const org = orgs[random(orgs.length)] as SeededOrg;
    const number = org.from + random(org.count);
    const at = { key: org.key, org, number };
    switch (operation) {
      case "Q1":
        return { ...at, variables: { externalId: externalIdOf(number) }, saved: null };
      case "Q2":
        return {
          ...at,
          variables: { first: PAGE, after: org.cursors[random(org.cursors.length)] ?? null },
          saved: null,
        };
      case "M1": {
        const saved = shopper(number, 1 + VERSIONS * place + random(VERSIONS));
        return { ...at, variables: { input: { externalId: externalIdOf(number), profile: saved } }, saved };
      }
    }
  };
}

/** The cursor's id as the database has it. */
const bareCursor = (cursor: unknown): unknown => (typeof cursor === "string" ? fromWire("csm", cursor) : cursor);

/** The path and the body that carry an ask. */
export function formOf(operation: OperationName, dialect: Dialect, ask: Ask): { path: string; body: string } {
  if (dialect === "graphql")
    return {
      path: "/graphql",
      body: JSON.stringify({ query: DOCUMENTS[operation], variables: ask.variables }),
    };
  const { input, after, ...rest } = ask.variables;
  const bare = operation === "M1" ? input : operation === "Q2" ? { ...rest, after: bareCursor(after) } : rest;
  return { path: `/${operation}`, body: JSON.stringify(bare) };
}
