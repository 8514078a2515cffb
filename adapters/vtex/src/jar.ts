/** Names and values, as they are sealed between the calls of an impersonation. */
export type KeptCookies = readonly (readonly [name: string, value: string])[];

/**
 * The cookies of one conversation with one host. VTEX rotates `checkout.vtex.com`, `CheckoutOrderFormOwnership` and
 * `vtex_session` on any answer, so every answer is fed back. A guest's jar lives as long as one call, an impersonation's as
 * long as that; it is never shared: the ownership cookie of one shopper would open that shopper's cart to another.
 */
export class CookieJar {
  readonly #cookies: Map<string, string>;

  constructor(kept: KeptCookies = []) {
    this.#cookies = new Map(kept);
  }

  /** A cookie that no answer has set. */
  put(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  drop(name: string): void {
    this.#cookies.delete(name);
  }

  kept(): KeptCookies {
    return [...this.#cookies];
  }

  /** Takes the `Set-Cookie` lines of an answer. An empty ownership cookie is kept as VTEX sends it: empty. */
  store(lines: readonly string[], now: Date): void {
    for (const line of lines) {
      const cookie = readSetCookie(line);
      if (cookie === null) continue;
      if (isOver(cookie.attributes, now)) this.#cookies.delete(cookie.name);
      else this.#cookies.set(cookie.name, cookie.value);
    }
  }

  /** The `Cookie` header, or undefined when there is nothing to send. */
  header(): string | undefined {
    if (this.#cookies.size === 0) return undefined;
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Domain and Path are not looked at: a conversation has one host, and VTEX sets its cookies for all of it. */
function readSetCookie(line: string): SetCookie | null {
  const [pair = "", ...rest] = line.split(";");
  const cut = pair.indexOf("=");
  if (cut < 1) return null;
  const attributes = rest.map((part) => {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    return [name.trim().toLowerCase(), at < 0 ? "" : part.slice(at + 1).trim()] as const;
  });
  return { name: pair.slice(0, cut).trim(), value: pair.slice(cut + 1).trim(), attributes: new Map(attributes) };
}

/** Max-Age wins over Expires (RFC 6265 §5.3). */
function isOver(attributes: ReadonlyMap<string, string>, now: Date): boolean {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  const expires = Date.parse(attributes.get("expires") ?? "");
  return !Number.isNaN(expires) && expires <= now.getTime();
}
