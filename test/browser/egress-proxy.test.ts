import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isPublicAddress } from "../../src/browser/addresses.js";
import { type EgressProxy, openEgressProxy } from "../../src/browser/workshop.js";

/** Counts what reached it: the machine's own network, in the tests' small world. */
let internal: Server;
let hits = 0;
const names = new Map<string, readonly string[][]>();
const asked = new Map<string, number>();
const dialled: string[] = [];

/** Answers the n-th question for a name with its n-th entry, and with the last one from then on. */
async function lookup(host: string): Promise<readonly { address: string }[]> {
  const answers = names.get(host);
  if (!answers) throw new Error("no such name");
  const turn = asked.get(host) ?? 0;
  asked.set(host, turn + 1);
  return (answers[Math.min(turn, answers.length - 1)] ?? []).map((address) => ({ address }));
}

/** The world: public addresses lead to the same counting server, so that a pinned one can be told by `dialled`. */
function dial(address: string): Socket {
  dialled.push(address);
  return connect(portOf(internal), "127.0.0.1");
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  internal = createServer((request, answer) => {
    hits++;
    answer.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  await new Promise<void>((resolve) => internal.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => internal.close(resolve)));

/** Sends bytes to the proxy and answers the first line that comes back, then what follows. */
async function speak(proxy: EgressProxy, text: string): Promise<string> {
  const { hostname, port } = new URL(proxy.url);
  return await new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let heard = "";
    socket.on("data", (chunk) => {
      heard += String(chunk);
      // A tunnel stays open: its first answer is all there is to wait for.
      if (heard.startsWith("HTTP/1.1 200 Connected")) socket.end();
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(heard));
    socket.write(text);
  });
}

const tunnelTo = (proxy: EgressProxy, authority: string) =>
  speak(proxy, `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
const getFrom = (proxy: EgressProxy, url: string) =>
  speak(proxy, `GET ${url} HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\r\n`);

/** Where a hostile page would like to get; `{port}` is the internal server's. */
const LITERALS = [
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "0.0.0.0",
  "0",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:a9fe:a9fe]",
  "[64:ff9b::7f00:1]",
  "169.254.169.254",
  "[fd00:ec2::254]",
  "[fe80::1]",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "100.64.0.1",
  "localhost",
  "LOCALHOST.",
  "a.localhost",
  "metadata.google.internal",
  "intranet",
  "printer.local",
  "127.0.0.1.",
  "shop.example@127.0.0.1",
  "１２７.0.0.1",
  "",
] as const;

/** Names of the outside whose answers are not. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  "loopback.example": ["127.0.0.1"],
  "loopback6.example": ["::1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "compatible.example": ["::7f00:1"],
  "nat64.example": ["64:ff9b::a9fe:a9fe"],
  "sixtofour.example": ["2002:7f00:1::"],
  "metadata.example": ["169.254.169.254"],
  "private.example": ["10.1.2.3"],
  "cgnat.example": ["100.100.100.200"],
  "unique-local.example": ["fd00::1"],
  "link-local.example": ["fe80::1"],
  "multicast.example": ["224.0.0.1"],
  "zero.example": ["0.0.0.0"],
  "mixed.example": ["93.184.216.34", "127.0.0.1"],
  "nothing.example": [],
};

describe("the way out of a live session", () => {
  let proxy: EgressProxy;
  beforeAll(async () => {
    for (const [host, answer] of Object.entries(NAMED)) names.set(host, [[...answer]]);
    names.set("public.example", [["93.184.216.34"]]);
    names.set("rebinding.example", [["93.184.216.34"], ["127.0.0.1"]]);
    proxy = await openEgressProxy({ rules: { kind: "public", hosts: "any" }, lookup, dial });
  });
  afterAll(() => proxy.close());

  test.each([443, 80])("no vector gets through a tunnel to port %i", async (port) => {
    const before = hits;
    for (const host of [...LITERALS, ...Object.keys(NAMED), "unknown.example"]) {
      expect([host, await tunnelTo(proxy, `${host}:${port}`)]).toEqual([
        host,
        expect.stringMatching(/^HTTP\/1.1 (403|400) /),
      ]);
    }
    expect([hits - before, dialled]).toEqual([0, []]);
  });

  test("nor as a plain request, nor to another port, nor in another form", async () => {
    const before = hits;
    const hosts = [...LITERALS.filter(Boolean), ...Object.keys(NAMED)];
    const urls = [
      ...hosts.flatMap((host) => [`http://${host}/`, `http://${host}:${portOf(internal)}/`]),
      `http://public.example:${portOf(internal)}/`,
      "http://public.example:22/",
      "http://user:pass@public.example/",
      "https://public.example/",
      "ftp://public.example/",
      "file:///etc/passwd",
      "/etc/passwd",
      "//127.0.0.1/",
      "*",
    ];
    for (const url of urls)
      expect([url, await getFrom(proxy, url)]).toEqual([url, expect.stringMatching(/^HTTP\/1.1 4/)]);
    for (const authority of [
      `public.example:${portOf(internal)}`,
      "public.example:22",
      "public.example",
      "public.example:0443443",
    ]) {
      expect(await tunnelTo(proxy, authority)).toMatch(/^HTTP\/1.1 4/);
    }
    expect([hits - before, dialled]).toEqual([0, []]);
    expect(proxy.refused().address).toBeGreaterThan(10);
  });

  test("a name is resolved once and what was judged is dialled; asked again, it is judged again", async () => {
    expect(await tunnelTo(proxy, "rebinding.example:443")).toMatch(/^HTTP\/1.1 200 /);
    expect(dialled.splice(0)).toEqual(["93.184.216.34"]);
    expect(asked.get("rebinding.example")).toBe(1);
    expect(await tunnelTo(proxy, "rebinding.example:443")).toMatch(/^HTTP\/1.1 403 /);
    expect(dialled).toEqual([]);
  });

  test("the control: a public name gets through, with its own host and without the proxy's headers", async () => {
    const before = hits;
    const heard = await speak(
      proxy,
      "GET http://public.example/a?b=1 HTTP/1.1\r\nhost: 127.0.0.1\r\nproxy-authorization: x\r\nx-forwarded-host: y\r\nconnection: close\r\n\r\n",
    );
    expect(hits - before).toBe(1);
    expect(dialled.splice(0)).toEqual(["93.184.216.34"]);
    const { url, headers } = JSON.parse(heard.slice(heard.indexOf("{"), heard.lastIndexOf("}") + 1));
    expect([url, headers.host, headers["proxy-authorization"], headers["x-forwarded-host"]]).toEqual([
      "/a?b=1",
      "public.example",
      undefined,
      undefined,
    ]);
  });

  test("an address in a name's place is refused even if it is public, and so is a name that no public DNS owns", async () => {
    for (const host of [
      "93.184.216.34",
      "[2606:4700::1111]",
      "intranet",
      "printer.local",
      "metadata.google.internal",
    ]) {
      names.set(host, [["93.184.216.34"]]);
      expect([host, await tunnelTo(proxy, `${host}:443`)]).toEqual([host, expect.stringContaining(" 403 ")]);
    }
    expect(dialled).toEqual([]);
  });

  test("the browser's makers are not called", async () => {
    names.set("update.googleapis.com", [["93.184.216.34"]]);
    expect(await tunnelTo(proxy, "update.googleapis.com:443")).toMatch(/^HTTP\/1.1 403 /);
    expect(dialled).toEqual([]);
  });

  test("declared hosts are all there is, when hosts are declared", async () => {
    const narrow = await openEgressProxy({
      rules: { kind: "public", hosts: ["public.example", "*.shop.example"] },
      lookup,
      dial,
    });
    names.set("www.shop.example", [["93.184.216.35"]]);
    names.set("evilshop.example", [["93.184.216.36"]]);
    names.set("shop.example", [["93.184.216.37"]]);
    expect(await tunnelTo(narrow, "PUBLIC.example.:443")).toMatch(/ 200 /);
    expect(await tunnelTo(narrow, "www.shop.example:443")).toMatch(/ 200 /);
    for (const host of ["evilshop.example", "shop.example", "rebinding.example", "public.example.evil.example"]) {
      expect(await tunnelTo(narrow, `${host}:443`)).toMatch(/ 403 /);
    }
    expect(dialled.splice(0)).toEqual(["93.184.216.34", "93.184.216.35"]);
    await narrow.close();
  });
});

describe("addresses", () => {
  test("of the world are told from those of this network", () => {
    for (const address of ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"]) {
      expect([address, isPublicAddress(address)]).toEqual([address, true]);
    }
    for (const address of [...Object.values(NAMED).flat().slice(0, 13), "fe80::1%eth0", "", "127.0.0.1:80"]) {
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
    }
  });
});
