/** The pages people see, built once and served from disk; this room knows the files and the headers, not the server. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where built pages are, whether this runs from `src` or from `dist`. */
const BUILT = resolve(import.meta.dirname, "../../dist/web");

/** The folder that is served as `/playground/`, and whether it has been built. */
export interface PlaygroundFiles {
  readonly root: string;
  readonly built: boolean;
}

/** Looks at the disk each time, so that a build that lands later is seen. */
export function playgroundFiles(): PlaygroundFiles {
  const root = join(BUILT, "playground");
  return { root, built: existsSync(join(root, "index.html")) };
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
  return /(^|\/)assets\/[^/]+$/.test(path) ? "public, max-age=31536000, immutable" : "no-store";
}
