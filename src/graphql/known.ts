/**
 * Documents that have been answered before: Apollo has parsed and validated them, and nothing of that depends on the
 * request. What is found here may go the short way (`short-way.ts`); an answer is the same on both. A document in which a
 * shopper's value may stand is kept neither here nor by Apollo.
 */
import { type DocumentNode, getOperationAST, type OperationDefinitionNode } from "graphql";
import { LRUCache } from "lru-cache";
import { isHarmless } from "./harmless.js";

/** A request for a known document. */
export interface KnownAsk {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

export interface KnownDocuments {
  /** Apollo is about to execute this text's document. */
  readonly remember: (source: string, document: DocumentNode) => void;
  /** Apollo answered an executed operation with these headers to somebody who accepts this. */
  readonly learnHeaders: (accept: string, headers: Iterable<readonly [string, string]>) => void;
  /** What is known of a request's body; null when it must go the long way. */
  readonly find: (body: unknown) => KnownAsk | null;
  /** The headers of an answer to somebody who accepts this; undefined when it was never asked. */
  readonly headersFor: (accept: string) => readonly (readonly [string, string])[] | undefined;
}

const MAX_DOCUMENTS = 2_000;
const MAX_CHARACTERS = 8_000_000;
const MAX_ACCEPTS = 100;
const MAX_ACCEPT_LENGTH = 200;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What Apollo keeps of the documents that it has parsed and validated, by their hash. */
export function openDocumentStore() {
  const documents = new LRUCache<string, DocumentNode>({ max: MAX_DOCUMENTS });
  return {
    get: async (hash: string) => documents.get(hash),
    set: async (hash: string, document: DocumentNode) => {
      if (isHarmless(document.loc?.source.body ?? "#", document)) documents.set(hash, document);
    },
    delete: async (hash: string) => documents.delete(hash),
  };
}

export function openKnownDocuments(): KnownDocuments {
  const documents = new LRUCache<string, DocumentNode>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, source) => source.length + 1,
  });
  const headersByAccept = new Map<string, readonly (readonly [string, string])[]>();
  return {
    remember: (source, document) => {
      if (isHarmless(source, document)) documents.set(source, document);
    },
    learnHeaders: (accept, headers) => {
      if (headersByAccept.size >= MAX_ACCEPTS || accept.length > MAX_ACCEPT_LENGTH) return;
      headersByAccept.set(
        accept,
        [...headers].filter(([name]) => name !== "content-length"),
      );
    },
    find: (body) => {
      if (!isRecord(body)) return null;
      const { query, variables, operationName, extensions } = body;
      if (typeof query !== "string" || (extensions !== undefined && extensions !== null)) return null;
      if (variables !== undefined && variables !== null && !isRecord(variables)) return null;
      if (operationName !== undefined && operationName !== null && typeof operationName !== "string") return null;
      const document = documents.get(query);
      if (document === undefined) return null;
      const operation = getOperationAST(document, operationName);
      if (operation == null) return null;
      return { document, operation, operationName: operationName ?? undefined, variables: variables ?? undefined };
    },
    headersFor: (accept) => headersByAccept.get(accept),
  };
}
