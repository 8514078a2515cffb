/** A browser with a kept login in it, or with none. */
import type { ContextStore, StoredContext } from "./context-store.js";
import { type ContextLease, LayerRefused, type Surroundings } from "./layer.js";
import type { BrowserProvider, HostedBrowser } from "./providers/provider.js";

/**
 * Restores the newest generation: its holder may have stopped between a save and remembering it. Throws LayerRefused `gone`, and
 * what the provider throws.
 */
export async function openSealed(
  { provider, contexts }: { provider: BrowserProvider; contexts: ContextStore },
  surroundings: Surroundings,
  context: ContextLease | null,
  viewport: { width: number; height: number },
): Promise<HostedBrowser & { readonly generation: number }> {
  if (!context) {
    return { ...(await provider.open({ surroundings, viewport, touch: false, sealed: null })), generation: 0 };
  }
  const { contextId, key } = context;
  const stored: StoredContext | null = await contexts.get(contextId);
  if (!stored) throw new LayerRefused("gone");
  const { generation, bytes } = stored;
  const sealed = { name: { contextId, generation }, key, bytes };
  return { ...(await provider.open({ surroundings, viewport, touch: false, sealed })), generation };
}
