/** The pages people see, built once and served from disk; this room knows the files and the headers, not the server. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** What the live view's page and its server say to each other. */
export * from "./live-view/protocol.js";

/** Where built pages are, whether this runs from `src` or from `dist`. */
const BUILT = resolve(import.meta.dirname, "../../dist/web");

/** The folder of a page, and whether it has been built. */
export interface PageFiles {
  readonly root: string;
  readonly built: boolean;
}

/** Looks at the disk each time, so that a build that lands later is seen. */
function filesOf(folder: string): PageFiles {
  const root = join(BUILT, folder);
  return { root, built: existsSync(join(root, "index.html")) };
}

/** What is served as `/playground/`. */
export function playgroundFiles(): PageFiles {
  return filesOf("playground");
}

/**
 * The live view: `index.html` is served as `/v/<session>`, and what lies in `assets/` as `/v/assets/`. A `.br` lies beside
 * what is larger than a kilobyte.
 */
export function liveViewFiles(): PageFiles {
  return filesOf("live-view/page");
}

/** What the playground's page learns when it opens: `key` only ever in development, `endpoint` a path of this origin. */
export interface PlaygroundBoot {
  readonly key: string | null;
  readonly endpoint: string;
}

/**
 * The body of `GET /playground/boot.json`. The gateway always answers it (a missing file would be an error in the
 * browser's console) and passes a key only when it made a development key and listens on loopback alone.
 */
export function playgroundBoot(options: { key?: string | null; endpoint?: string }): PlaygroundBoot {
  return { key: options.key ?? null, endpoint: options.endpoint ?? "/graphql" };
}

/**
 * The policy for the playground. Scripts and workers come from files of this origin, no inline script and no eval. Styles
 * need `unsafe-inline`: the editor positions its lines by style attributes and writes its theme into style elements.
 * Fonts sit inside the style sheet as data, as do two cursor images.
 */
function contentSecurityPolicy(): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Headers for every answer below `/playground/`, `boot.json` included. */
export function playgroundHeaders(): Readonly<Record<string, string>> {
  return {
    "content-security-policy": contentSecurityPolicy(),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

/** `cache-control` for a path or a file below `/playground/`: names in `assets/` carry a hash of their content. */
export function playgroundCaching(path: string): string {
  return cachingOf(path);
}

/** `cache-control` for a path or a file below `/v/`. */
export function liveViewCaching(path: string): string {
  return cachingOf(path);
}

function cachingOf(path: string): string {
  return /(^|\/)assets\/[^/]+$/.test(path) ? "public, max-age=31536000, immutable" : "no-store";
}

/** An origin and nothing more, so that it can neither widen a policy nor add to it. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/**
 * Headers for every answer below `/v/`. Scripts and styles come from files of this origin: nothing inline, no eval, and no
 * markup made from text. Only `embedders` may frame the page; what is no origin among them is left out.
 */
export function liveViewHeaders(options: { embedders: readonly string[] }): Readonly<Record<string, string>> {
  const embedders = options.embedders.filter(isOrigin);
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${embedders.length > 0 ? embedders.join(" ") : "'none'"}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return {
    "content-security-policy": policy,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    ...(embedders.length > 0 ? {} : { "x-frame-options": "DENY" }),
  };
}
