/**
 * Who was forgotten, kept beside the keys and outside the database: an old backup knows nothing of it, and learns it from
 * here before anybody reads from it. A file for each, `<orgId>/erased/<last two digits>/<consumerId>.json`: ids, times and
 * codes, and how far each store was, so that a request that is older than no backup is gone on with.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asId, type ConsumerId, type OrgId } from "../kernel/ids.js";
import { createFileOnce, makePrivateFolder, readNames } from "./durable-file.js";
import { KeyUnavailable } from "./key-errors.js";
import { parseObject } from "./root-keys.js";

export interface Erasure {
  readonly orgId: OrgId;
  readonly environment: "test" | "live";
  readonly consumerId: ConsumerId;
  /** The request's UUID. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly at: string;
  /** Keyed fingerprint of the org's own id of the consumer, hex: a database that has lost them knows the id again. Absent in older entries. */
  readonly externalId?: string;
  /** The request as it was then, for the database that has lost it. Absent in older entries. */
  readonly wish?: ErasedWish;
}

/** Dates are ISO 8601. */
export interface ErasedWish {
  readonly regulation: string;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly requestedAt: string;
  readonly cancellableUntil: string;
  readonly startedAt: string | null;
  readonly deadlineAt: string;
  /** In the order of doing; columns of the table, as JSON. */
  readonly steps: readonly Readonly<Record<string, unknown>>[];
}

export interface ErasureLedger {
  /** On disk when it resolves. The first entry of a consumer counts; a repetition changes nothing. */
  readonly note: (erasure: Erasure) => Promise<void>;
  readonly list: (orgId: OrgId) => Promise<readonly Erasure[]>;
}

const FORMAT = "shopkey-erasure/1";

/** In the keystore's folder. */
export function folderErasureLedger(dir: string): ErasureLedger {
  const folderOf = (orgId: OrgId): string => join(dir, orgId, "erased");
  return {
    note: async (erasure) => {
      // The last digits of a UUIDv7 are the random ones.
      const folder = join(folderOf(erasure.orgId), erasure.consumerId.slice(-2));
      await makePrivateFolder(folder);
      const text = `${JSON.stringify({ format: FORMAT, ...erasure })}\n`;
      await createFileOnce(join(folder, `${erasure.consumerId}.json`), text);
    },
    list: async (orgId) => {
      const found: Erasure[] = [];
      for (const shard of await readNames(folderOf(orgId))) {
        const folder = join(folderOf(orgId), shard);
        for (const name of await readNames(folder)) {
          if (name.startsWith(".")) continue;
          found.push(parseErasure(await readFile(join(folder, name), "utf8"), join(folder, name)));
        }
      }
      return found;
    },
  };
}

/** A damaged entry is no reason to go on without it: somebody would come back. */
function parseErasure(text: string, path: string): Erasure {
  const file = parseObject(text);
  const { format, orgId, environment, consumerId, requestId, at, externalId, wish } = file ?? {};
  const texts = [orgId, consumerId, requestId, at].every((part) => typeof part === "string");
  if (format !== FORMAT || !texts || (environment !== "test" && environment !== "live"))
    throw new KeyUnavailable(`The erasure ledger's file ${path} is damaged.`);
  return {
    orgId: asId("org", orgId as string),
    environment,
    consumerId: asId("csm", consumerId as string),
    requestId: requestId as string,
    at: at as string,
    ...(typeof externalId === "string" && /^[0-9a-f]{2,128}$/.test(externalId) ? { externalId } : {}),
    ...(wish === undefined ? {} : { wish: wish as ErasedWish }),
  };
}
