/** The rooms behind the desk for one test file: a real database, a real vault, the corner shop with its sandbox. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pretend } from "@shopkey/adapter-pretend";
import { type CornerSandbox, startSandbox } from "@shopkey/adapter-pretend/sandbox";
import type { AnyAdapter, Sandbox } from "@shopkey/adapter-sdk";
import pg from "pg";
import type { BrowserLayer } from "../../src/browser/index.js";
import { type Data, openData } from "../../src/data/index.js";
import { type Caller, type Identity, openIdentity, SCOPES, type ScopeName } from "../../src/identity/index.js";
import type { OrgId } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { Refusal, Refusals } from "../../src/kernel/refusal.js";
import { openStores } from "../../src/stores/index.js";
import { fileKms, folderKeystore, type Keystore, openVault } from "../../src/vault/index.js";
import { createDatabase } from "../support/database.js";

export interface TestHouse {
  readonly identity: Identity;
  readonly data: Data;
  readonly keystore: Keystore;
  readonly sandbox: CornerSandbox;
  /** Adapter id → URL. */
  readonly sandboxes: ReadonlyMap<string, string>;
  /** The superuser: looks at everything, and turns what only a crash or time would turn. */
  readonly admin: pg.Client;
  readonly logLines: readonly string[];
  /** The gateway's time of day. */
  readonly now: () => Date;
  /** Moves it. */
  readonly turnClock: (byMs: number) => void;
  /** A new org, and somebody at its command line. */
  readonly org: (settings?: Partial<Parameters<Identity["createOrg"]>[0]>) => Promise<Caller>;
  /** Another gateway on the same database. */
  readonly neighbour: (wrap?: (data: Data) => Data) => Promise<{ identity: Identity; data: Data }>;
  readonly close: () => Promise<void>;
}

type Close = () => Promise<unknown>;

interface HouseOptions {
  readonly adapter?: AnyAdapter;
  readonly deadlineMs?: number;
  /** For so long a wish to be forgotten can be taken back; the gateway's own by default. */
  readonly graceMs?: number;
  /** None by default. */
  readonly browser?: BrowserLayer;
  /** Adapters beside it, each with a sandbox that keeps the house's time. */
  readonly others?: readonly {
    readonly adapter: AnyAdapter;
    readonly start: (options: { readonly now: () => Date }) => Promise<Sandbox>;
  }[];
}

export async function openTestHouse(options: HouseOptions = {}): Promise<TestHouse> {
  const closes: Close[] = [];
  const database = await createDatabase();
  const dir = await mkdtemp(join(tmpdir(), "shopkey-identity-"));
  closes.push(database.drop, () => rm(dir, { recursive: true, force: true }));
  const logLines: string[] = [];
  const log = openLog({ level: "debug", destination: keepLines(logLines) });
  let shift = 0;
  const clock = { now: () => new Date(Date.now() + shift) };
  const sandbox = await startSandbox({ now: clock.now });
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  closes.push(
    () => admin.end(),
    () => sandbox.close(),
  );

  const sandboxes = new Map([["pretend", sandbox.url]]);
  for (const { adapter, start } of options.others ?? []) {
    const other = await start({ now: clock.now });
    sandboxes.set(adapter.id, other.url);
    closes.push(() => other.close());
  }
  const keystore = folderKeystore(join(dir, "keys"));
  const openRooms = async (wrap: (data: Data) => Data = (plain) => plain) => {
    const vault = await openVault({ kms: fileKms(join(dir, "root.key")), keystore });
    const data = wrap(await openData({ ...database, poolSize: 8, log }));
    const stores = openStores({
      adapters: [options.adapter ?? pretend(), ...(options.others ?? []).map(({ adapter }) => adapter)],
      sandboxes,
      clock,
      log,
      deadlineMs: options.deadlineMs ?? 5_000,
      browser: options.browser ?? null,
    });
    const identity = openIdentity({ data, vault, stores, clock, log, anonymizationGraceMs: options.graceMs });
    closes.push(
      async () => vault.close(),
      () => data.close(),
      () => stores.close(),
      () => identity.close(),
    );
    return { identity, data };
  };

  const { identity, data } = await openRooms();
  return {
    identity,
    data,
    keystore,
    sandboxes,
    sandbox,
    admin,
    logLines,
    now: clock.now,
    turnClock: (byMs) => {
      shift += byMs;
    },
    org: async (settings = {}) => {
      const { orgId } = await identity.createOrg({ name: "Test", ...settings });
      return identity.consoleCaller(orgId, "test");
    },
    neighbour: openRooms,
    close: async () => {
      for (const close of closes.reverse()) await close();
    },
  };
}

const keepLines = (lines: string[]) =>
  new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });

/** Where work waits whose process is played to be dead; cleared, it fails, before its house is closed. */
export function openGrave(): { readonly rest: Promise<never>; readonly clear: () => void } {
  let clear = (): void => {};
  const rest = new Promise<never>((_, reject) => {
    clear = () => reject(new Error("its process is dead"));
  });
  rest.catch(() => undefined);
  return { rest, clear: () => clear() };
}

/** A Store at the corner shop of this name. */
export async function openCorner(house: TestHouse, caller: Caller, shop = "ana"): Promise<{ slug: string }> {
  const credentials = { key: `key-of-${shop}`, hookKey: `hooks-of-${shop}` };
  await house.identity.registerStore(caller, {
    adapter: "pretend",
    slug: shop,
    title: "Corner shop",
    settings: { shop },
    credentials,
  });
  return { slug: shop };
}

/** The same caller with fewer scopes. */
export const withScopes = (caller: Caller, ...scopes: ScopeName[]): Caller => ({ ...caller, scopes: new Set(scopes) });
export const withoutScope = (caller: Caller, scope: ScopeName): Caller =>
  withScopes(caller, ...SCOPES.filter((other) => other !== scope));

export const wanted = { profile: true, connections: true } as const;

/** The refusals that something ends with. */
export async function refusalsOf(work: Promise<unknown>): Promise<readonly Refusal[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) return [error];
    if (error instanceof Refusals) return error.refusals;
    throw error;
  }
  throw new Error("nothing was refused");
}

export const codesOf = async (work: Promise<unknown>): Promise<readonly string[]> =>
  (await refusalsOf(work)).map(({ code }) => code);

/** Ledger actions of an org, oldest first. */
export async function ledgerOf(house: TestHouse, orgId: OrgId): Promise<readonly string[]> {
  const { rows } = await house.admin.query<{ action: string }>(
    "select action from audit_event where org_id = $1 order by id",
    [orgId],
  );
  return rows.map(({ action }) => action);
}
