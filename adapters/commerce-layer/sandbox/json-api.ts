/** JSON:API as Commerce Layer writes it: documents, sparse fields, lists, errors. */
import type { SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { Org } from "./state.js";

export const MEDIA_TYPE = "application/vnd.api+json";

export interface Link {
  readonly type: string;
  readonly id: string;
}
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relationships: Readonly<Record<string, Link | readonly Link[] | null>>;
}
/** Finds what is to be included. */
export type Resolve = (link: Link) => Resource | null;

/** `detail` and `meta.value` quote what was sent: a reason more to read neither. */
export interface Complaint {
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly pointer?: string;
  readonly rule?: string;
  readonly value?: unknown;
}

export function complain(status: number, complaint: Complaint): SandboxReply {
  const { title, detail, code, pointer, rule, value } = complaint;
  return answer(status, {
    errors: [
      {
        ...{ title, detail, code, status: String(status) },
        ...(pointer === undefined ? {} : { source: { pointer } }),
        ...(rule === undefined ? {} : { meta: { error: rule, value } }),
      },
    ],
  });
}

export const invalid = (pointer: string, rule: string, value?: unknown): SandboxReply =>
  complain(422, {
    ...{ title: `${pointer.split("/").at(-1)} is invalid`, detail: `${String(value)} - is ${rule}` },
    ...{ code: "VALIDATION_ERROR", pointer, rule, value },
  });
export const notFound = (): SandboxReply =>
  complain(404, {
    title: "Record not found",
    detail: "The requested resource was not found",
    code: "RECORD_NOT_FOUND",
  });
/** Missing permission is a 401, as an invalid token is: only the code tells them apart. */
export const unauthorized = (): SandboxReply =>
  complain(401, {
    title: "Unauthorized",
    detail: "You are not authorized to perform this action on the requested resource.",
    code: "UNAUTHORIZED",
  });
export const badRequest = (code: string, detail: string): SandboxReply =>
  complain(400, { title: "Bad request", detail, code });

export function showOne(org: Org, url: URL, status: number, resource: Resource, resolve: Resolve): SandboxReply {
  const included = includedOf([resource], url, resolve);
  if (included === null) return badRequest("INVALID_INCLUDE", "unknown relationship");
  return answer(status, {
    data: render(org, url, resource),
    ...(included.length === 0 ? {} : { included: included.map((one) => render(org, url, one)) }),
  });
}

const FILTER = /^filter\[q\]\[([a-z_]+)_eq\]$/;

export function showList(org: Org, url: URL, all: readonly Resource[], resolve: Resolve): SandboxReply {
  const size = Number(url.searchParams.get("page[size]") ?? "10");
  const page = Number(url.searchParams.get("page[number]") ?? "1");
  if (!Number.isInteger(size) || size < 1 || size > 25) return badRequest("INVALID_PAGE", "page[size] is 1 to 25");
  const filters = [...url.searchParams].flatMap(([name, value]) => {
    const [, attribute] = FILTER.exec(name) ?? [];
    return attribute === undefined ? [] : [{ attribute, value }];
  });
  const matching = all.filter(({ attributes }) =>
    filters.every(({ attribute, value }) => String(attributes[attribute] ?? "") === value),
  );
  const shown = matching.slice((page - 1) * size, page * size);
  const included = includedOf(shown, url, resolve) ?? [];
  return answer(200, {
    data: shown.map((one) => render(org, url, one)),
    ...(included.length === 0 ? {} : { included: included.map((one) => render(org, url, one)) }),
    meta: { record_count: matching.length, page_count: Math.ceil(matching.length / size) },
  });
}

function answer(status: number, body: unknown): SandboxReply {
  return { status, body: JSON.stringify(body), headers: { "content-type": MEDIA_TYPE } };
}

/** Null for an `include` that the resource has no such relationship for. */
function includedOf(resources: readonly Resource[], url: URL, resolve: Resolve): Resource[] | null {
  const wanted = (url.searchParams.get("include") ?? "").split(",").filter((name) => name !== "");
  const found = new Map<string, Resource>();
  for (const { relationships } of resources) {
    for (const name of wanted) {
      const links = relationships[name];
      if (links === undefined) return null;
      for (const link of [links ?? []].flat() as readonly Link[]) {
        const one = resolve(link);
        if (one !== null) found.set(`${one.type} ${one.id}`, one);
      }
    }
  }
  return [...found.values()];
}

/** Linkage data is shown only of what is included, as with any relationship of the real API. */
export function render(org: Org, url: URL | null, { type, id, attributes, relationships }: Resource) {
  const fields = url?.searchParams.get(`fields[${type}]`)?.split(",");
  const included = (url?.searchParams.get("include") ?? "").split(",");
  const isShown = (name: string): boolean => fields === undefined || fields.includes(name);
  const self = `https://${org.slug}.commercelayer.io/api/${type}/${id}`;
  const links = Object.entries(relationships).filter(([name]) => isShown(name) || included.includes(name));
  return {
    ...{ id, type, links: { self } },
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => isShown(name))),
    relationships: Object.fromEntries(
      links.map(([name, data]) => [
        name,
        {
          links: { self: `${self}/relationships/${name}`, related: `${self}/${name}` },
          ...(included.includes(name) ? { data } : {}),
        },
      ]),
    ),
    meta: { mode: "test", organization_id: org.id },
  };
}

/** Commerce Layer's two ways of writing a time. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
export const infoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
