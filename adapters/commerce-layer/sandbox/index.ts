/** A faithful local stand-in for Commerce Layer: tokens, customers, orders, addresses, webhooks; one server for every organization. */
import type { SandboxOptions } from "@shopkey/adapter-sdk";
import { type SandboxRequest, type ServedSandbox, serveSandbox } from "@shopkey/adapter-sdk/sandbox";
import { advance } from "./anonymization.js";
import { answerControl } from "./control.js";
import { AUTH, routes } from "./routes.js";
import { openOrgs } from "./state.js";
import { openTokenOffice, type TokenOffice } from "./tokens.js";
import { type Announce, deliver, enqueue } from "./webhooks.js";

export interface CommerceLayerSandboxOptions extends SandboxOptions {
  /** 30 as at the real auth server, when absent. */
  readonly tokenCallsPerMinute?: number;
}
export interface CommerceLayerSandbox extends ServedSandbox {
  readonly tokens: TokenOffice;
  /** Brings every anonymization to where the clock is, and delivers what is due. By itself it does so once a second. */
  readonly settle: () => Promise<void>;
}

const CORE_HOST = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.commercelayer\.io$/;
const SETTLE_MS = 1000;
const WINDOW_MS = 10_000;

/** Any slug works; its API credentials are `{kind}_{slug}` with the secret `secret_{slug}`, its user is `user_{slug}`. */
export async function startSandbox(options: CommerceLayerSandboxOptions = {}): Promise<CommerceLayerSandbox> {
  const now = options.now ?? (() => new Date());
  const orgs = openOrgs(now);
  const office = openTokenOffice(now);
  const announce: Announce = (org, topic, customer) => enqueue(org, topic, customer, now().getTime());
  let settling: Promise<void> = Promise.resolve();
  const settleAll = async (): Promise<void> => {
    for (const org of orgs.all()) {
      const switches = served.switches.of(org.slug);
      for (const one of org.customers.values()) advance(org, one, switches, now().getTime(), announce);
      await deliver(org, switches, now().getTime());
    }
  };
  const settle = (): Promise<void> => {
    settling = settling.then(settleAll);
    return settling;
  };
  const served: ServedSandbox = await serveSandbox({
    port: options.port,
    accountOf: (host) => CORE_HOST.exec(host)?.[1] ?? null,
    router: routes(
      { orgs, office, now, tokenCallsPerMinute: options.tokenCallsPerMinute ?? 30 },
      { orgs, office, now, announce, spend: openWindow(now) },
    ),
    lens: (account) => (account === AUTH ? office.lens() : orgs.lens(account)),
    reset: orgs.reset,
    control: (method, url) => answerControl({ orgs, office, now, announce, settle }, method, url),
  });
  const timer = setInterval(() => void settle(), SETTLE_MS);
  timer.unref();
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await served.close();
  };
  return { ...served, close, settle, tokens: office };
}

/** Switches: `coreLimit`, so many requests within ten seconds for each resource. */
function openWindow(now: () => Date): (request: SandboxRequest) => boolean {
  const calls = new Map<string, number[]>();
  return ({ account, url, switches }) => {
    const at = now().getTime();
    const key = `${account} ${url.pathname.split("/")[2]}`;
    const recent = [...(calls.get(key) ?? []).filter((one) => at - one < WINDOW_MS), at];
    calls.set(key, recent);
    return recent.length <= Number(switches.coreLimit);
  };
}

export { ANONYMIZATION_MS } from "./anonymization.js";
export { ACQUIRED_EMAIL, REPEAT_EMAIL } from "./people.js";
export { userIdOf } from "./state.js";
export { sign } from "./webhooks.js";
