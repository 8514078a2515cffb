import type { Config } from "../config.js";
import { type ApiKeyView, isScope, SCOPES, type ScopeName } from "../identity/index.js";
import { UsageWrong } from "./failure.js";
import { listAll, type Where, withCaller } from "./house.js";
import { columns, type Output } from "./output.js";

interface KeyOptions extends Where {
  readonly owner: string;
  readonly ownerKind: "USER" | "SERVICE";
  readonly scopes?: string;
  readonly expires?: string;
}

export async function createKey(config: Config, name: string, options: KeyOptions, out: Output): Promise<void> {
  const scopes = readScopes(options.scopes);
  const expiresAt = readDate(options.expires);
  await withCaller(config, options, async (identity, caller) => {
    const { owner: ownerName, ownerKind } = options;
    const { apiKey, secret } = await identity.createApiKey(caller, { name, scopes, ownerKind, ownerName, expiresAt });
    out.print({ ...apiKey, secret }, `${secret}\n${apiKey.id} · shown once, keep it now`);
  });
}

export const listKeys = (config: Config, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const keys = await listAll((query) => identity.listApiKeys(caller, query));
    const rows = keys.map((key) => [
      key.id,
      `…${key.last4}`,
      stateOf(key),
      key.ownerKind,
      key.ownerName,
      key.name,
      key.lastUsedAt === null ? "never used" : `used ${key.lastUsedAt.toISOString()}`,
    ]);
    out.print(keys, columns(rows) || "no keys");
  });

export const revokeKey = (config: Config, id: string, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const { apiKey } = await identity.revokeApiKey(caller, { id });
    out.print(apiKey, `revoked ${apiKey.id}`);
  });

function stateOf({ revokedAt, expiresAt }: ApiKeyView): string {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt < new Date() ? "expired" : "active";
}

function readScopes(list: string | undefined): readonly ScopeName[] {
  if (list === undefined) return SCOPES;
  const scopes = list.split(",").map((scope) => scope.trim());
  if (!scopes.every(isScope)) throw new UsageWrong(`--scopes takes some of: ${SCOPES.join(", ")}.`);
  return scopes;
}

/** With a time, an offset is demanded: a local time would mean another moment on another machine. */
function readDate(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const date = new Date(text);
  if (isoDate.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new UsageWrong("--expires is not an ISO 8601 date, such as 2030-01-31 or 2030-01-31T12:00:00Z.");
}
