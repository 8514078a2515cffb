import type { AnyAdapter } from "@shopkey/adapter-sdk";
import { Refusal, Refusals } from "../kernel/refusal.js";
import { type RouteTable, routeTableOf } from "./route.js";

export type Capability =
  | "CHECKOUT_IDENTITY"
  | "ANONYMIZATION"
  | "IMPERSONATION"
  | "OPERATOR_LOGIN"
  | "LIVE_VIEW"
  | "INBOUND_ROUTES";

/** What an adapter says of itself. */
export interface AdapterCard {
  readonly id: string;
  readonly title: string;
  readonly capabilities: readonly Capability[];
  /** JSON Schema, draft 2020-12; `{}` when the adapter's validator cannot describe itself. */
  readonly settingsSchema: Readonly<Record<string, unknown>>;
  readonly credentialsSchema: Readonly<Record<string, unknown>>;
  readonly requiredFields: readonly string[];
  readonly optionalFields: readonly string[];
  /** What it is handed when it is asked whether a checkout could be filled in. */
  readonly readinessFields: readonly string[];
  /** What it is handed when the shopper is to be forgotten. */
  readonly anonymizeFields: readonly string[];
  /** What of the query of a product's address says which product it is. */
  readonly productQuery: readonly string[];
}

export interface AdapterRegistry {
  readonly cards: () => readonly AdapterCard[];
  readonly card: (adapterId: string) => AdapterCard;
  readonly adapter: (adapterId: string) => AnyAdapter;
  /** Empty where the adapter has none, or is not installed. */
  readonly routes: (adapterId: string) => RouteTable;
  readonly judgeSettings: (adapterId: string, settings: unknown) => Promise<unknown>;
  readonly judgeCredentials: (adapterId: string, credentials: unknown) => Promise<unknown>;
  readonly keep: (adapterId: string, part: "secret" | "pending", value: unknown) => Promise<unknown>;
}

const NO_ROUTES: RouteTable = new Map();
const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]$/;

/** Throws when the gateway must not start with these adapters: a clear error now beats a strange one later. */
export function openRegistry(adapters: readonly AnyAdapter[]): AdapterRegistry {
  const byId = new Map<string, { adapter: AnyAdapter; card: AdapterCard; routes: RouteTable }>();
  for (const adapter of adapters) {
    if (!KEBAB_CASE.test(adapter.id)) throw new Error(`adapter id "${adapter.id}" is not kebab-case`);
    if (adapter.contract !== 1)
      throw new Error(
        `adapter "${adapter.id}" was written for contract ${String(adapter.contract)}; this gateway speaks 1`,
      );
    if (byId.has(adapter.id)) throw new Error(`two adapters are called "${adapter.id}"`);
    byId.set(adapter.id, { adapter, card: describe(adapter), routes: routeTableOf(adapter) });
  }

  const find = (adapterId: string) => {
    const found = byId.get(adapterId);
    if (!found)
      throw new Refusal("NOT_FOUND", "No such adapter is installed.", {
        field: ["adapter"],
        nextAction: "Choose one of `adapters`.",
      });
    return found;
  };

  const judgeSettings = async (adapterId: string, settings: unknown) => {
    const { adapter } = find(adapterId);
    const kept = await judge(adapter, "settings", settings);
    const hosts = adapter.hosts(kept);
    // A store that only ever asks us has none.
    if ((hosts.length === 0 && !adapter.routes?.length) || !hosts.every((host) => HOST_NAME.test(host))) {
      throw new Refusal("INVALID", "These settings do not name a public host.", { field: ["settings"] });
    }
    return kept;
  };

  return {
    cards: () => [...byId.values()].map(({ card }) => card),
    card: (adapterId) => find(adapterId).card,
    adapter: (adapterId) => find(adapterId).adapter,
    routes: (adapterId) => byId.get(adapterId)?.routes ?? NO_ROUTES,
    judgeSettings,
    judgeCredentials: (adapterId, credentials) => judge(find(adapterId).adapter, "credentials", credentials),
    keep: async (adapterId, part, value) => {
      const result = await find(adapterId).adapter.keeps[part]["~standard"].validate(value);
      if (result.issues) throw new Error(`the ${part} of "${adapterId}" is not what the adapter says that it keeps`);
      return result.value;
    },
  };
}

function describe(adapter: AnyAdapter): AdapterCard {
  const capabilities: Capability[] = ["CHECKOUT_IDENTITY", "ANONYMIZATION"];
  if (adapter.impersonate) capabilities.push("IMPERSONATION");
  if (adapter.impersonate?.login) capabilities.push("OPERATOR_LOGIN");
  if (adapter.browser) capabilities.push("LIVE_VIEW");
  if (adapter.routes?.length) capabilities.push("INBOUND_ROUTES");
  return {
    id: adapter.id,
    title: adapter.title,
    capabilities,
    settingsSchema: jsonSchema(adapter.keeps.settings),
    credentialsSchema: jsonSchema(adapter.keeps.credentials),
    requiredFields: adapter.needs.checkout.required,
    optionalFields: adapter.needs.checkout.optional,
    readinessFields: adapter.needs.readiness,
    anonymizeFields: adapter.needs.anonymize,
    productQuery: adapter.checkoutIdentity.productQuery ?? [],
  };
}

/** Standard JSON Schema is an optional part of Standard Schema; a validator without it is still a validator. */
function jsonSchema(validator: { "~standard": object }): Record<string, unknown> {
  const standard = validator["~standard"] as {
    jsonSchema?: { input: (options: { target: string }) => Record<string, unknown> };
  };
  return standard.jsonSchema?.input({ target: "draft-2020-12" }) ?? {};
}

async function judge(adapter: AnyAdapter, part: "settings" | "credentials", value: unknown): Promise<unknown> {
  const result = await adapter.keeps[part]["~standard"].validate(value);
  if (!result.issues) return result.value;
  // A validator's own message may quote the value or an unknown key: the path is all that is told.
  throw new Refusals(
    result.issues.map((issue) => {
      const path = (issue.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment));
      const next = `See \`adapters { ${part}Schema }\` of "${adapter.id}".`;
      return new Refusal("INVALID", `Not acceptable to the adapter's ${part}.`, {
        field: [part, ...path],
        nextAction: next,
      });
    }),
  );
}
