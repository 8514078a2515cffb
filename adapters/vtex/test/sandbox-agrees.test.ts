/** The sandbox's VTEX ID and Session Manager against what VTEX's official files say of them. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import { ACCESS_CODE, startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { AUTH_STATUSES, OFFICIAL_FACTS, type OfficialFact } from "./official-facts.js";

let sandbox: ServedSandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

type Given = { readonly query?: string; readonly cookie?: string; readonly body?: Record<string, unknown> };
interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
  readonly cookie: string;
}

const isForm = (path: string) => path.endsWith("/accesskey/validate");

/** Asks as a program would. */
async function ask({ method, path }: Pick<OfficialFact, "method" | "path">, given: Given = {}): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(given.body ?? {})) form.append(name, String(value));
  const response = await fetch(`${sandbox.url}${path}${given.query ?? ""}`, {
    method,
    headers: {
      ...{ accept: "application/json", "x-forwarded-host": "cobasi.vtexcommercestable.com.br" },
      ...(isForm(path) ? {} : { "content-type": "application/json" }),
      ...(given.cookie === undefined ? {} : { cookie: given.cookie }),
    },
    ...(given.body === undefined ? {} : { body: isForm(path) ? form : JSON.stringify(given.body) }),
  });
  const text = await response.text();
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0]);
  return {
    ...{ status: response.status, cookie: cookies.join("; ") },
    json: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

const factOf = (method: OfficialFact["method"], path: string): OfficialFact => {
  const found = OFFICIAL_FACTS.find((fact) => fact.method === method && fact.path === path);
  if (found === undefined) throw new Error(`no fact of ${method} ${path}`);
  return found;
};

/** What is wrong with an answer, in words. */
function complaints({ answers }: OfficialFact, { status, json }: Answer): readonly string[] {
  const fields = answers[status];
  if (fields === undefined) return [`answered ${status}`];
  return Object.entries(fields).flatMap(([name, type]) => {
    const value = json[name.replace("?", "")];
    if (value === null && name.endsWith("?")) return [];
    const found = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
    return found === type && value !== null ? [] : [`${name} is ${value === null ? "null" : found}, not ${type}`];
  });
}

const ID = "/api/vtexid";
const LOGIN = "operadora@loja.example";

/** Each call as it goes well, in the order in which one needs the other. */
async function walk(): Promise<readonly (readonly [OfficialFact, Answer])[]> {
  const done: (readonly [OfficialFact, Answer])[] = [];
  const call = async (method: OfficialFact["method"], path: string, given?: Given): Promise<Answer> => {
    const answer = await ask({ method, path }, given);
    done.push([factOf(method, path), answer]);
    return answer;
  };
  const made = await call("POST", "/api/sessions", { body: { public: { a: { value: "1" } } } });
  const edited = await call("PATCH", "/api/sessions", { body: { public: { a: { value: "2" } } }, cookie: made.cookie });
  await call("GET", "/api/sessions", { query: "?items=*", cookie: edited.cookie });
  await call("GET", "/api/segments", { cookie: edited.cookie });
  const keys = { appkey: "vtexappkey-cobasi-A", apptoken: "secret" };
  const { json } = await call("POST", `${ID}/apptoken/login`, { body: keys });
  await call("POST", `${ID}/credential/validate`, { body: { token: json.token } });
  await call("POST", `${ID}/credential/validate`, { body: { token: "of-nobody" } });
  const { cookie } = await call("GET", `${ID}/pub/authentication/start`, { query: "?scope=cobasi" });
  const key = `${ID}/pub/authentication/accesskey`;
  await call("POST", `${key}/send`, { query: "?email=nobody", cookie });
  await call("POST", `${key}/send`, { query: `?email=${LOGIN}`, cookie });
  await call("POST", `${key}/validate`, { body: { login: LOGIN, accessKey: "000000" }, cookie });
  await call("POST", `${key}/validate`, { body: { login: LOGIN, accessKey: ACCESS_CODE }, cookie });
  return done;
}

test("answers every official call with the official members, of their types", async () => {
  const done = await walk();
  for (const [fact, answer] of done)
    expect([fact.method, fact.path, complaints(fact, answer)]).toEqual([fact.method, fact.path, []]);
  const seen = new Set(done.map(([fact, { status }]) => `${fact.method} ${fact.path} ${status}`));
  const official = OFFICIAL_FACTS.flatMap(({ method, path, answers }) =>
    Object.keys(answers).map((status) => `${method} ${path} ${status}`),
  );
  expect([...seen].sort()).toEqual(official.sort());
  const statuses = done.flatMap(([, { json }]) => (typeof json.authStatus === "string" ? [json.authStatus] : []));
  expect(statuses.filter((status) => !AUTH_STATUSES.includes(status))).toEqual([]);
});

test("every leaf of a session is a string", async () => {
  const { cookie } = await ask(factOf("POST", "/api/sessions"), { body: { public: { a: { value: "1" } } } });
  const { json } = await ask(factOf("GET", "/api/sessions"), { query: "?items=*", cookie });
  const leaves = Object.values(json.namespaces as Record<string, Record<string, { value: unknown }>>).flatMap((one) =>
    Object.values(one).map(({ value }) => typeof value),
  );
  expect(new Set(leaves)).toEqual(new Set(["string"]));
});

test("refuses each call without what the file demands of it", async () => {
  const refused = (fact: OfficialFact, given: Given = {}) => ask(fact, given).then(({ status }) => status >= 400);
  for (const fact of OFFICIAL_FACTS) {
    const { query, cookies, body } = fact.needs;
    const isDemanding = (query ?? cookies ?? body) !== undefined;
    if (isDemanding)
      expect([fact.path, await refused(fact, body === undefined ? {} : { body: {} })]).toEqual([fact.path, true]);
  }
});

test("a login that a shopper makes by these calls is the webstore's, whoever they are", async () => {
  const done = await walk();
  const { Value: token } = (done.at(-1)?.[1].json.authCookie ?? {}) as { readonly Value?: string };
  expect(token).toEqual(expect.any(String));
  const { json } = await ask(factOf("POST", `${ID}/credential/validate`), { body: { token } });
  expect(json).toMatchObject({ user: LOGIN, audience: "webstore", tokenType: "user" });
});
