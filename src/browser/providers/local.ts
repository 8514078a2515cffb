/** Browsers of this machine: a process, a user, a profile and a way out of its own for each session. */
import { restoreBundle, saveBundle, type Workplace } from "../context-bundle.js";
import { type EgressProxy, openEgressProxy } from "../egress-proxy.js";
import { rulesOf } from "../egress-rules.js";
import { type BrowserHost, type BrowserHostOptions, openBrowserHost } from "../launch.js";
import { watchUnseenPages } from "../unseen-pages.js";
import type { BrowserProvider, HostedBrowser, HostedBrowserRequest } from "./provider.js";

/** Starts one Chromium to see that it can be done. Throws BrowserUnavailable, which says why not. */
export async function openLocalProvider(options: BrowserHostOptions): Promise<BrowserProvider> {
  const host = await openBrowserHost(options);
  const version = await tryOne(host);
  const open = new Set<HostedBrowser>();
  return {
    id: "local",
    capabilities: { contexts: "full", deviceKeys: true, egress: "enforced", isolation: "process" },
    open: async (request) => {
      const hosted = await openHosted(host, request);
      open.add(hosted);
      const end = async (): Promise<void> => {
        await hosted.end();
        open.delete(hosted);
      };
      return { ...hosted, end };
    },
    vacancy: () => ({ slots: options.slots, free: Math.max(0, options.slots - open.size) }),
    version: async () => version,
    close: async () => {
      await Promise.all([...open].map((hosted) => hosted.end()));
      open.clear();
      await host.close();
    },
  };
}

async function tryOne(host: BrowserHost): Promise<string> {
  const slot = await host.claim();
  try {
    return (await host.start(slot, { ...NOBODY, proxyUrl: "http://127.0.0.1:9", trustedKey: null })).version;
  } finally {
    await slot.release();
  }
}

const NOBODY = { viewport: { width: 800, height: 600 }, touch: false, locale: "en-US", timezone: "UTC" };

async function openHosted(host: BrowserHost, request: HostedBrowserRequest): Promise<HostedBrowser> {
  const proxy = await openEgressProxy({ rules: rulesOf(request.surroundings) });
  try {
    const workplace = await openWorkplace(host, proxy, request);
    return await furnish(workplace, proxy);
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

async function openWorkplace(host: BrowserHost, proxy: EgressProxy, request: HostedBrowserRequest): Promise<Workplace> {
  const { surroundings, viewport, touch, sealed } = request;
  const { locale, timezone } = surroundings;
  const start = { proxyUrl: proxy.url, trustedKey: proxy.trustedKey, viewport, touch, locale, timezone };
  if (sealed) return await restoreBundle(host, sealed.name, sealed.key, sealed.bytes, start);
  const slot = await host.claim();
  try {
    return { slot, running: await host.start(slot, start) };
  } catch (error) {
    await slot.release();
    throw error;
  }
}

async function furnish(workplace: Workplace, proxy: EgressProxy): Promise<HostedBrowser> {
  const { slot, running } = workplace;
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> => {
    ended ??= slot.release().finally(() => proxy.close());
    return ended;
  };
  try {
    const unseen = await watchUnseenPages(running.context, running.page, running.browser);
    return {
      context: running.context,
      page: running.page,
      version: running.version,
      closed: running.closed,
      openUnseen: unseen.open,
      isUnseen: unseen.has,
      save: (name, key) => saveBundle(workplace, name, key),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
