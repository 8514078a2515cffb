/** What a Chromium of ours is started with. A session's own switches (proxy, trusted key) are added by `launch.ts`. */

/** Playwright's defaults stay in force beside these; none of them weakens the sandbox or the web's own rules. */
export const LAUNCH_ARGUMENTS: readonly string[] = [
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--disable-sync",
  "--disk-cache-size=1",
  "--dns-prefetch-disable",
  "--font-render-hinting=none",
  "--no-pings",
  "--no-first-run",
  // The key of the cookie store is then the same everywhere, so that a profile opens in another process and version.
  "--password-store=basic",
  // Chrome takes the policy from the first switch, the headless shell from the value of the second.
  "--webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
];

/** All traffic through the proxy, loopback included; names are resolved there and nowhere else. */
export function proxyArguments(proxyUrl: string): string[] {
  const { hostname } = new URL(proxyUrl);
  return [
    `--proxy-server=${proxyUrl}`,
    "--proxy-bypass-list=<-loopback>",
    `--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE ${hostname}`,
  ];
}
