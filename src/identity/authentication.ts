import { LRUCache } from "lru-cache";
import { apiKeys, type CallerRow, type OrgRow } from "../data/index.js";
import { type ApiKeyId, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import { Refusal } from "../kernel/refusal.js";
import { hashApiKey, isApiKeyForm } from "./api-key-format.js";
import type { Caller, RequestFacts } from "./caller.js";
import { isTokenForm, openOrgTokens } from "./org-tokens.js";
import type { Rooms } from "./rooms.js";
import { isScope, type ScopeName } from "./scopes.js";

/** A revocation reaches every gateway at once by notice, and after this time even if the notice was lost. */
const REMEMBERED_MS = 10_000;
/** How often it is looked at the time; asking for it costs more than finding a key. */
const RESOLUTION_MS = 100;
const REMEMBERED_KEYS = 10_000;
/** Far more than a key has; what is longer is not even hashed. */
const MAX_KEY_LENGTH = 256;
const BEARER = /^bearer +(\S+)$/i;

export interface Authentication {
  readonly authenticate: (authorization: string | undefined, request: RequestFacts) => Promise<Caller>;
  /** Writes when keys were last used since the last time. */
  readonly writeKeyUses: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Known {
  readonly row: CallerRow;
  readonly standing: Omit<Caller, "requestId" | "signal"> & { readonly keyId: ApiKeyId };
}

export function openAuthentication(rooms: Rooms): Authentication {
  const { data, clock, log } = rooms;
  const known = new LRUCache<string, Known>({
    max: REMEMBERED_KEYS,
    ttl: REMEMBERED_MS,
    ttlResolution: RESOLUTION_MS,
    perf: { now: () => performance.now() },
  });
  const tokens = openOrgTokens(rooms);
  const asking = new Map<string, Promise<Known | null>>();
  const uses = new Map<ApiKeyId, { scope: Caller["scope"]; at: Date }>();

  const stopListening = data.onApiKeyChange((hashHex) => {
    // Who is just being asked for may have been read before the change: that answer is not kept.
    if (hashHex === "all") {
      tokens.forget();
      known.clear();
      asking.clear();
    } else {
      known.delete(hashHex);
      asking.delete(hashHex);
    }
  });

  /** Many requests of one key ask once. */
  function ask(hash: Buffer, hashHex: string): Promise<Known | null> {
    const pending = asking.get(hashHex);
    if (pending !== undefined) return pending;
    const asked = data
      .callerByKey(hash)
      .then((row) => {
        const caller = row === null ? null : knownOf(row);
        if (caller !== null && asking.get(hashHex) === asked) known.set(hashHex, caller);
        return caller;
      })
      .finally(() => {
        if (asking.get(hashHex) === asked) asking.delete(hashHex);
      });
    asking.set(hashHex, asked);
    return asked;
  }

  async function writeKeyUses(): Promise<void> {
    const written = [...uses];
    uses.clear();
    for (const [id, { scope, at }] of written) {
      try {
        await data.inScope(scope, (tx) => apiKeys.noteUse(tx, id, at));
      } catch (error) {
        log.warn("could not note the use of a key", { keyId: toWire("key", id), ...errorFacts(error) });
      }
    }
  }

  return {
    authenticate: async (authorization, { requestId, signal }) => {
      const key = BEARER.exec(authorization ?? "")?.[1];
      if (key !== undefined && isTokenForm(key)) {
        const standing = await tokens.standingOf(key, clock.now(), orgOf);
        if (standing === null) throw unauthenticated();
        return { ...standing, requestId, signal };
      }
      if (key === undefined || key.length > MAX_KEY_LENGTH) throw unauthenticated();
      const hash = hashApiKey(key);
      const hashHex = hash.toString("hex");
      const caller = known.get(hashHex) ?? (isApiKeyForm(key) ? await ask(hash, hashHex) : null);
      const now = clock.now();
      if (caller === null || !isUsable(caller.row, now)) throw unauthenticated();
      const { standing } = caller;
      uses.set(standing.keyId, { scope: standing.scope, at: now });
      return { ...standing, requestId, signal };
    },
    writeKeyUses,
    close: async () => {
      stopListening();
      await writeKeyUses();
    },
  };
}

const unauthenticated = () =>
  new Refusal("UNAUTHENTICATED", "The API key is missing or not valid.", {
    nextAction: "Send `Authorization: Bearer shk_…` with a key that is neither expired nor revoked.",
  });

const isUsable = ({ key }: CallerRow, now: Date): boolean =>
  key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);

const knownOf = (row: CallerRow): Known => ({
  row,
  standing: {
    scope: { orgId: row.key.orgId, environment: row.key.environment },
    actorKind: "API_KEY",
    keyId: row.key.id,
    scopes: new Set<ScopeName>(row.key.scopes.filter(isScope)),
    owner: { kind: row.key.ownerKind, name: row.key.ownerName },
    org: orgOf(row.org),
  },
});

/** An org's settings, with what they are when nothing was set. */
export const orgOf = ({ id, name, settings }: OrgRow): Caller["org"] => ({
  id,
  name,
  cpfPolicy: settings.cpfPolicy === "STRICT" ? "STRICT" : "FORMAT",
  emailDomainPolicy: settings.emailDomainPolicy === "HIDE" ? "HIDE" : "SHOW",
});
