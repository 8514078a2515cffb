import type { Config } from "../config.js";
import { isScope, SCOPES, type ScopeName } from "../identity/index.js";
import { Refusal } from "../kernel/refusal.js";
import { type Where, withCaller } from "./house.js";
import type { Output } from "./program.js";

interface KeyOptions extends Where {
  readonly owner: string;
  readonly ownerKind: "USER" | "SERVICE";
  readonly scopes?: string;
  readonly expires?: string;
}

export const createKey = (config: Config, name: string, options: KeyOptions, out: Output): Promise<void> =>
  withCaller(config, options, async (identity, caller) => {
    const { apiKey, secret } = await identity.createApiKey(caller, {
      name,
      scopes: readScopes(options.scopes),
      ownerKind: options.ownerKind,
      ownerName: options.owner,
      expiresAt: readDate(options.expires),
    });
    out.print({ ...apiKey, secret }, `${secret}\n${apiKey.id} · shown once, keep it now`);
  });

export const listKeys = (config: Config, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const { nodes } = await identity.listApiKeys(caller, { first: 100 });
    const lines = nodes.map((key) => {
      const state = key.revokedAt ? "revoked" : key.expiresAt && key.expiresAt < new Date() ? "expired" : "active";
      return [key.id, `…${key.last4}`, state, key.ownerKind, key.ownerName, key.name].join("  ");
    });
    out.print(nodes, lines.join("\n") || "no keys");
  });

export const revokeKey = (config: Config, id: string, where: Where, out: Output): Promise<void> =>
  withCaller(config, where, async (identity, caller) => {
    const { apiKey } = await identity.revokeApiKey(caller, { id });
    out.print(apiKey, `revoked ${apiKey.id}`);
  });

function readScopes(list: string | undefined): readonly ScopeName[] {
  if (list === undefined) return SCOPES;
  const scopes = list.split(",").map((scope) => scope.trim());
  if (!scopes.every(isScope)) throw new Refusal("INVALID", `--scopes takes some of: ${SCOPES.join(", ")}.`);
  return scopes;
}

function readDate(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Refusal("INVALID", "--expires is not an ISO 8601 date.");
  return date;
}
