/**
 * Plays a file of contract vectors against a connector: requests in Amazon's form with the answers that are wanted. Every
 * file of the same form will do; the published cases are one (published.ts).
 */
import { isDeepStrictEqual } from "node:util";

export interface VectorFile {
  readonly fixtures: Fixtures;
  readonly vectors: readonly Vector[];
}
/** What is there before the vectors are played. Ids are names: a connector gives its own, and the player tells them apart. */
export interface Fixtures {
  /** By Amazon's storeId. */
  readonly stores: Readonly<Record<string, FixtureStore>>;
  readonly dynamicCode?: { readonly maxAgeSeconds?: number; readonly futureSkewSeconds?: number };
  readonly keys?: Readonly<Record<string, FixtureKey>>;
  readonly recognitionTokens?: Readonly<Record<string, FixtureKey>>;
  /** E.164 → id. */
  readonly phones?: Readonly<Record<string, string>>;
  readonly scanDetails?: Readonly<
    Record<string, { readonly provider: string; readonly promotionIds: readonly string[] }>
  >;
}
export interface FixtureStore {
  readonly strictPayload?: boolean;
  readonly prefix?: string;
  readonly keyTypes: readonly string[];
}
/** `blocked` was known and is shut out; `erased` was known and is forgotten. */
export interface FixtureKey {
  readonly id?: string;
  readonly type?: string;
  readonly oneTime?: boolean;
  readonly blocked?: boolean;
  readonly erased?: boolean;
}
export interface Vector {
  readonly id: string;
  readonly title: string;
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON; a string as it is; nothing at all when null or absent. */
  readonly request?: unknown;
  readonly expect: {
    readonly status?: number;
    readonly statusIn?: readonly number[];
    /** `exact`: deeply equal. `schema`: the same names, `<…>` stands for a value of that sort. */
    readonly bodyMatch?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly setup?: Readonly<Record<string, unknown>>;
}

export interface Played {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}
/** A connector in which the fixtures are there, for a few vectors. */
export interface Stage {
  readonly send: (path: string, body: string, method: string) => Promise<Played>;
  /** A fixture's id → the connector's own. */
  readonly ids: ReadonlyMap<string, string>;
  /** So that the next question at this store is one too many. */
  readonly exhaustRate: (storeId: string) => Promise<void>;
  readonly restoreRate: () => Promise<void>;
  /** Cuts the connector off from what it knows, and back. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
}
export type OpenStage = (fixtures: Fixtures) => Promise<Stage>;

export interface Verdict {
  readonly id: string;
  readonly title: string;
  /** Null: as it should be. */
  readonly fault: string | null;
  readonly milliseconds: number;
}

/** Vectors that change what is there have a stage to themselves; the others share one. */
export async function playVectors(file: VectorFile, openStage: OpenStage): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  let shared: Stage | undefined;
  for (const vector of file.vectors) {
    const isAlone = vector.setup?.after !== undefined || spends(file, vector);
    if (!isAlone) shared ??= await openStage(neededBy(file.fixtures, file.vectors));
    const stage = isAlone || shared === undefined ? await openStage(neededBy(file.fixtures, [vector])) : shared;
    verdicts.push(await judge(file, vector, stage));
  }
  return verdicts;
}

/** Those who occur in a request, and all stores: to make somebody known takes longer than to ask for them. */
function neededBy(fixtures: Fixtures, vectors: readonly Vector[]): Fixtures {
  const requests = JSON.stringify(vectors.map(({ request }) => request ?? null));
  const texts = [
    requests,
    ...[...requests.matchAll(/"([A-Za-z0-9+/]{4,}={0,2})\s*"/g)].map(([, text]) => decode(text)),
  ];
  const digits = texts.map((text) => text.replaceAll(/[^\d+]/g, ""));
  const isMet = (value: string, id?: string) =>
    texts.some((text) => text.includes(value) || (id !== undefined && text.includes(id)));
  const only = <T>(all: Readonly<Record<string, T>> | undefined, isNeeded: (name: string, one: T) => boolean) =>
    Object.fromEntries(Object.entries(all ?? {}).filter(([name, one]) => isNeeded(name, one)));
  return {
    ...fixtures,
    keys: only(fixtures.keys, (code, { id }) => isMet(code, id)),
    recognitionTokens: only(fixtures.recognitionTokens, (token, { id }) => isMet(token, id)),
    phones: only(fixtures.phones, (phone, id) => isMet(phone, id) || digits.some((text) => text.includes(phone))),
  };
}

const decode = (text = ""): string => Buffer.from(text, "base64").toString("utf8");

function spends({ fixtures }: VectorFile, { request }: Vector): boolean {
  const text = JSON.stringify(request ?? null);
  const once = Object.entries(fixtures.keys ?? {}).filter(([, key]) => key.oneTime === true);
  return once.some(([code]) => text.includes(Buffer.from(code).toString("base64")) || text.includes(`"${code}"`));
}

async function judge(file: VectorFile, vector: Vector, stage: Stage): Promise<Verdict> {
  const { id, title } = vector;
  let milliseconds = 0;
  try {
    await prepare(file, vector, stage);
    try {
      const began = performance.now();
      const played = await send(vector, stage);
      milliseconds = performance.now() - began;
      return { id, title, fault: faultOf(vector, played, stage), milliseconds };
    } finally {
      if (vector.setup?.identityStore !== undefined) await stage.mend();
      if (vector.setup?.rateLimit !== undefined) await stage.restoreRate();
    }
  } catch (error) {
    return { id, title, fault: error instanceof Error ? error.message : String(error), milliseconds };
  }
}

const send = ({ path, request, method = "POST" }: Vector, stage: Stage): Promise<Played> => {
  const body = request === undefined || request === null ? "" : named(request, stage);
  return stage.send(path, typeof body === "string" ? body : JSON.stringify(body), method);
};

const KNOWN_SETUPS = ["after", "identityStore", "rateLimit"];

async function prepare(file: VectorFile, vector: Vector, stage: Stage): Promise<void> {
  const { after, identityStore, rateLimit, ...others } = vector.setup ?? {};
  const strange = Object.keys(others).filter((name) => !KNOWN_SETUPS.includes(name));
  if (strange.length > 0) throw new Error(`cannot set up ${strange.join(", ")}`);
  if (typeof after === "string") await playBefore(file, after, vector, stage);
  if (rateLimit !== undefined) {
    const { storeId } = (vector.request ?? {}) as { readonly storeId?: string };
    await stage.exhaustRate(storeId ?? "");
  }
  if (identityStore !== undefined) await stage.cut();
}

/** What has happened before; where the file does not hold it, the same was asked once, as another request. */
async function playBefore(file: VectorFile, id: string, vector: Vector, stage: Stage): Promise<void> {
  const before = file.vectors.find((one) => one.id === id);
  if (before === undefined) {
    const request = { ...(vector.request as object), requestId: crypto.randomUUID() };
    const { status } = await send({ ...vector, request }, stage);
    if (status !== 200) throw new Error(`what comes before was answered ${status}`);
    return;
  }
  if (typeof before.setup?.after === "string") await playBefore(file, before.setup.after, before, stage);
  await send(before, stage);
}

function faultOf({ expect: wanted }: Vector, { status, headers, text }: Played, stage: Stage): string | null {
  const statuses = wanted.statusIn ?? (wanted.status === undefined ? [] : [wanted.status]);
  if (statuses.length > 0 && !statuses.includes(status)) return `status ${status}, not ${statuses.join(" or ")}`;
  for (const [name, value] of Object.entries(wanted.headers ?? {}))
    if (!fits(headers[name.toLowerCase()], value))
      return `header ${name} is ${headers[name.toLowerCase()] ?? "not there"}`;
  if (wanted.body === undefined) return null;
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  const expected = named(wanted.body, stage);
  const isRight = wanted.bodyMatch === "schema" ? fits(body, expected) : isDeepStrictEqual(body, expected);
  return isRight ? null : `body ${text}, not ${JSON.stringify(expected)}`;
}

/** The same with the connector's ids in the place of the fixtures'. */
function named(value: unknown, stage: Stage): unknown {
  if (typeof value === "string") return stage.ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => named(one, stage));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, named(one, stage)]));
}

function fits(value: unknown, pattern: unknown): boolean {
  if (typeof pattern === "string" && /^<.*>$/.test(pattern)) return fitsSort(value, pattern);
  if (Array.isArray(pattern))
    return Array.isArray(value) && value.length === pattern.length && pattern.every((one, at) => fits(value[at], one));
  if (typeof pattern !== "object" || pattern === null) return isDeepStrictEqual(value, pattern);
  if (typeof value !== "object" || value === null) return false;
  const [names, wanted] = [Object.keys(value).sort(), Object.keys(pattern).sort()];
  return (
    isDeepStrictEqual(names, wanted) &&
    Object.entries(pattern).every(([name, one]) => fits((value as Record<string, unknown>)[name], one))
  );
}

function fitsSort(value: unknown, sort: string): boolean {
  if (/array|list/.test(sort)) return Array.isArray(value);
  if (/number|integer/.test(sort)) return /^\d+$/.test(String(value));
  if (/boolean/.test(sort)) return typeof value === "boolean";
  return typeof value === "string" && value.length > 0;
}
