/** How it ended, to the page that embeds this one, and nothing else to anybody. */
import type { EmbeddingMessage } from "../protocol.js";

/** Says each ending once. */
export interface Embedding {
  readonly allow: (origins: readonly string[]) => void;
  readonly tell: (event: EmbeddingMessage["event"]) => void;
}

/** Outside a frame it says nothing. */
export function openEmbedding(): Embedding {
  let allowed: readonly string[] = [];
  let told = false;
  return {
    allow: (origins) => {
      allowed = origins;
    },
    tell: (event) => {
      if (told || window.parent === window) return;
      told = true;
      const message: EmbeddingMessage = { source: "shopkey", event };
      // Where a browser names the embedding page it is addressed alone; else a message reaches it only if the origin fits.
      const embedder: string | undefined = location.ancestorOrigins?.[0];
      const to = embedder === undefined ? allowed : allowed.filter((origin) => origin === embedder);
      for (const origin of to) window.parent.postMessage(message, origin);
    },
  };
}
