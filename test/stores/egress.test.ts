import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Environment } from "@shopkey/adapter-sdk";
import { EgressRefused, isPublicAddress, openEgress } from "../../src/stores/egress.js";

const HOSTS = ["cobasi.vtexcommercestable.com.br"];
const seen: { host: string | undefined; asked: string | string[] | undefined; url: string | undefined }[] = [];
let sandbox: Server;
let origin: string;

beforeAll(async () => {
  sandbox = createServer((request: IncomingMessage, response) => {
    seen.push({ host: request.headers.host, asked: request.headers["x-forwarded-host"], url: request.url });
    if (request.url === "/moved") response.writeHead(302, { location: "https://evil.example/" });
    response.end("ok");
  });
  await new Promise<void>((ready) => sandbox.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${(sandbox.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((closed) => sandbox.close(closed)));

const open = (lookup?: Parameters<typeof openEgress>[0]["lookup"]) =>
  openEgress({ sandboxes: new Map([["vtex", origin]]), deadlineMs: 5_000, ...(lookup ? { lookup } : {}) });

async function ask(
  environment: Environment,
  url: string,
  lookup?: Parameters<typeof openEgress>[0]["lookup"],
  adapterId = "vtex",
) {
  const egress = open(lookup);
  try {
    return await egress.fetch({
      adapterId,
      environment,
      hosts: HOSTS,
      url,
      init: {},
      signal: new AbortController().signal,
    });
  } finally {
    await egress.close();
  }
}

/** Answers every name with the given addresses, as a hostile or rebound resolver would. */
const resolvesTo = (...addresses: string[]) =>
  ((_host: string, _options: object, done: (error: null, found: { address: string; family: number }[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )) as unknown as NonNullable<Parameters<typeof openEgress>[0]["lookup"]>;

describe("the test environment", () => {
  test("reaches the sandbox, which is told the host that was asked for", async () => {
    seen.length = 0;
    const answer = await ask("test", "https://cobasi.vtexcommercestable.com.br/api/checkout?x=1");
    expect(await answer.text()).toBe("ok");
    expect(seen).toEqual([
      { host: new URL(origin).host, asked: "cobasi.vtexcommercestable.com.br", url: "/api/checkout?x=1" },
    ]);
  });

  test("cannot reach anything else, whatever the resolver says", async () => {
    seen.length = 0;
    await ask("test", "https://cobasi.vtexcommercestable.com.br/", resolvesTo("93.184.216.34"));
    expect(seen).toHaveLength(1);
  });

  test("without a sandbox the store is unavailable, not live", async () => {
    await expect(ask("test", "https://cobasi.vtexcommercestable.com.br/", undefined, "other")).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
  });

  test("opens the store's pages at the sandbox", () => {
    const egress = open();
    expect(
      egress.publicUrl("vtex", "test", "https://cobasi.vtexcommercestable.com.br/checkout/?orderFormId=1#/cart"),
    ).toBe(`${origin}/checkout/?orderFormId=1#/cart`);
    expect(egress.publicUrl("vtex", "live", "https://cobasi.com.br/checkout")).toBe("https://cobasi.com.br/checkout");
  });
});

describe("the live environment", () => {
  const PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
  ];

  test.each(PRIVATE)("never connects to %s", async (address) => {
    seen.length = 0;
    expect(isPublicAddress(address)).toBe(false);
    await expect(ask("live", "https://cobasi.vtexcommercestable.com.br/", resolvesTo(address))).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
    });
    expect(seen).toEqual([]);
  });

  test("refuses a name that has one private address among public ones", async () => {
    await expect(
      ask("live", "https://cobasi.vtexcommercestable.com.br/", resolvesTo("93.184.216.34", "127.0.0.1")),
    ).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
  });

  test("knows a public address when it sees one", () => {
    expect(["93.184.216.34", "2606:2800:220:1::1"].map(isPublicAddress)).toEqual([true, true]);
  });
});

describe("either environment", () => {
  const UNDECLARED = [
    "https://evil.example/",
    "http://cobasi.vtexcommercestable.com.br/",
    "https://cobasi.vtexcommercestable.com.br:8443/",
    "https://user:secret@cobasi.vtexcommercestable.com.br/",
    "https://cobasi.vtexcommercestable.com.br.evil.example/",
    "https://cobasi.vtexcommercestable.com.br@evil.example/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "file:///etc/passwd",
    "not a url",
  ];

  test.each(UNDECLARED)("refuses %s", async (url) => {
    for (const environment of ["test", "live"] as const)
      await expect(ask(environment, url)).rejects.toThrow(EgressRefused);
  });

  test("does not follow a redirect", async () => {
    const answer = await ask("test", "https://cobasi.vtexcommercestable.com.br/moved");
    expect(answer.status).toBe(302);
  });
});
