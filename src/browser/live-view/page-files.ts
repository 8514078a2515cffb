/** The built page, from disk: a handful of files, kept in memory once read. */

import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { liveViewCaching, liveViewFiles } from "../../web/index.js";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export function openPageFiles() {
  const kept = new Map<string, Buffer | null>();
  const read = async (path: string): Promise<Buffer | null> => {
    const known = kept.get(path);
    if (known !== undefined) return known;
    const bytes = await readFile(path).catch(() => null);
    // Names in `assets/` never change what they mean; `index.html` does with a new build.
    if (liveViewCaching(path) !== "no-store" && kept.size < 200) kept.set(path, bytes);
    return bytes;
  };
  return {
    sendPage: async (answer: ServerResponse): Promise<void> => {
      const { root, built } = liveViewFiles();
      const page = built ? await read(join(root, "index.html")) : null;
      if (!page) return void answer.writeHead(503).end("The live view's page is not built: npm run build.");
      answer.setHeader("content-type", TYPES[".html"] ?? "").end(page);
    },
    sendAsset: async (path: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
      const [, name] = /^\/v\/assets\/([\w-][\w.-]*)$/.exec(path) ?? [];
      const type = name === undefined ? undefined : TYPES[extname(name)];
      if (name === undefined || type === undefined) return void answer.writeHead(404).end();
      const file = join(liveViewFiles().root, "assets", name);
      const takesBrotli = /\bbr\b/.test(String(asked.headers["accept-encoding"] ?? ""));
      const small = takesBrotli ? await read(`${file}.br`) : null;
      const bytes = small ?? (await read(file));
      if (!bytes) return void answer.writeHead(404).end();
      answer.setHeader("content-type", type).setHeader("vary", "accept-encoding");
      answer.setHeader("cache-control", liveViewCaching(path));
      if (small) answer.setHeader("content-encoding", "br");
      answer.end(bytes);
    },
  };
}
