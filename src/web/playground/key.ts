/**
 * Where the API key comes from: the Headers editor of the tab, else the last key that was used on this page, else the
 * development key that the gateway hands to its own playground. It lives in this page's memory only.
 */

/** What `boot.json` says; `key` is null outside development. */
export interface Boot {
  readonly key: string | null;
  readonly endpoint: string;
}

const KEY = /^shk_(test|live)_[A-Za-z0-9]/;
const PLACEHOLDER = "shk_test_…";

/** The text that each tab's Headers editor opens with. */
export function headersText(key: string | null): string {
  return JSON.stringify({ Authorization: `Bearer ${key ?? PLACEHOLDER}` }, null, 2);
}

/** The `Authorization` value in these headers when it holds a key, whatever the header's case; else null. */
export function findAuthorization(headers: Readonly<Record<string, unknown>> | undefined): string | null {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (name.toLowerCase() !== "authorization" || typeof value !== "string") continue;
    const credential = value.replace(/^Bearer\s+/i, "").trim();
    if (KEY.test(credential) || (credential !== "" && !credential.startsWith("shk_"))) return `Bearer ${credential}`;
  }
  return null;
}

/** The headers that this text spells; none while it is not yet JSON. */
export function parseHeaders(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Answers the credential for a request, remembering the last one seen. */
export function rememberKey(initial: string | null): (headers?: Readonly<Record<string, unknown>>) => string | null {
  let last = initial ? `Bearer ${initial}` : null;
  return (headers) => {
    last = findAuthorization(headers) ?? last;
    return last;
  };
}

/** Calls back once nothing has been said for so many milliseconds, with what was said last. */
export function openPause(milliseconds: number): <T>(then: (value: T) => void, value: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (then, value) => {
    clearTimeout(timer);
    timer = setTimeout(() => then(value), milliseconds);
  };
}
