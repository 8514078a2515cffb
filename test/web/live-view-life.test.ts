import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { openBench } from "./live-view-bench.js";
import { heardOf } from "./live-view-stand.js";
import { DESKTOP, focusField, openVisit, until } from "./live-view-visit.js";

const bench = openBench();
const { heard } = bench;

const ORIGIN = "https://www.mercadolivre.com.br";
const inTime = (ms: number) => new Date(Date.now() + ms).toISOString();

describe("time", () => {
  test("an idle shopper is asked with a countdown, above everything, and stays by saying so or by doing something", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    stand.say({ t: "dialog", id: 1, kind: "alert", message: "Oi", origin: ORIGIN });
    await page.getByText("Oi").waitFor();
    stand.say({ t: "idle", endsAt: inTime(59_000) });
    await page
      .getByRole("alertdialog")
      .getByText(/closes in 0:5\d/)
      .waitFor();
    await page.getByRole("button", { name: "I am still here" }).click();
    await page.getByRole("alertdialog").waitFor({ state: "hidden" });
    await heard("stay");
    await page.getByRole("button", { name: "OK" }).click();
    stand.say({ t: "idle", endsAt: inTime(59_000) });
    await page.getByRole("alertdialog").waitFor();
    await page.keyboard.press("Escape");
    await heard("stay", 2);
  });

  test("near the end there is a countdown, and more time while there is some to be had", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    stand.state("live", { expiresAt: inTime(90_000) });
    await page
      .getByText(/closes in 1:\d\d/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "More time" }).click();
    await heard("extend");
    stand.state("live", { expiresAt: inTime(600_000), extendable: false });
    await page.locator(".note", { hasText: "closes in" }).waitFor({ state: "detached" });
    stand.state("live", { expiresAt: inTime(60_000), extendable: false });
    await page.locator(".note", { hasText: "closes in" }).waitFor();
    expect(await page.getByRole("button", { name: "More time" }).count()).toBe(0);
  });
});

describe("the connection", () => {
  test("is lost and found again, without introducing itself and without sending what was typed meanwhile", async () => {
    const { page } = await bench.goLive(DESKTOP, /WebSocket|ERR_|503/);
    const stand = bench.stand();
    await focusField(stand, page);
    stand.refuse = { status: 503, body: {} };
    stand.cut();
    await page.locator(".note", { hasText: "The connection was lost" }).waitFor();
    await page.keyboard.type("lost");
    stand.refuse = null;
    await page.getByRole("button", { name: "Try now" }).click();
    await page.locator(".note", { hasText: "The connection was lost" }).waitFor({ state: "detached" });
    await heard("hello", 2);
    await focusField(stand, page);
    await page.locator(".field").focus();
    await page.keyboard.type("k");
    await until(
      () => heardOf(stand, "key").map(({ key }) => key),
      (keys) => keys.includes("k"),
    );
    expect(heardOf(stand, "key").some(({ key }) => key === "l")).toBe(false);
    expect(stand.claims.slice(1).every(({ secret }) => secret === null)).toBe(true);
  });

  test("that comes back to a session that is over says how it ended", async () => {
    const { page } = await bench.goLive(DESKTOP, /404|WebSocket|ERR_/);
    const stand = bench.stand();
    stand.state("connected");
    await page.getByRole("heading", { name: "You are connected" }).waitFor();
    stand.refuse = { status: 404, body: { error: "unknown" } };
    await page.reload();
    await page.getByRole("heading", { name: "You are connected" }).waitFor();
  });

  test.each([
    ["cancelled", "Stopped"],
    ["expired", "Time is up"],
    ["failed", "This did not work"],
  ] as const)(
    "a hand-off that is %s does not say that nothing came of it, after a reload neither",
    async (phase, title) => {
      const { page } = await bench.goLive(DESKTOP, /404|WebSocket|ERR_/);
      const stand = bench.stand();
      const occasion = { app: "Feira Fácil", store: "Mercado Livre", purpose: "handOff" } as const;
      stand.state("checking", { occasion });
      await page.getByRole("heading", { name: "One moment" }).waitFor();
      stand.state(phase, { occasion });
      const stands = page.getByText("If you have already paid at Mercado Livre, your purchase stands", {
        exact: false,
      });
      await stands.waitFor();
      stand.refuse = { status: 404, body: { error: "unknown" } };
      await page.reload();
      await page.getByRole("heading", { name: title, exact: true }).waitFor();
      await stands.waitFor();
      expect(await page.locator(".ended").innerText()).not.toContain("othing was kept");
    },
  );

  test("that finds nobody any more says that it ended, and keeps nothing of the link", async () => {
    const { page } = await bench.goLive(DESKTOP, /404|WebSocket|ERR_/);
    const stand = bench.stand();
    stand.refuse = { status: 404, body: { error: "unknown" } };
    stand.cut();
    await page.getByRole("heading", { name: "This link has ended" }).waitFor();
    await page.evaluate("location.hash = 'wrong-secret'");
    await until(
      () => stand.claims.at(-1)?.secret,
      (secret) => secret === "wrong-secret",
    );
    await page.getByRole("heading", { name: "This link has ended" }).waitFor();
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage })")).not.toContain("secret");
  });

  test("tells when the page is out of sight", async () => {
    const { page } = await bench.goLive();
    await page.evaluate(`Object.defineProperty(document, "hidden", { value: true, configurable: true })
      && document.dispatchEvent(new Event("visibilitychange"))`);
    await heard("visible");
    await page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");
    expect((await heard("visible", 2)).map(({ on }) => on)).toEqual([false, true]);
  });
});

describe("a page that embeds it", () => {
  test.each([
    ["connected", "connected"],
    ["cancelled", "cancelled"],
    ["expired", "expired"],
    ["failed", null],
  ] as const)("hears of %s, and of nothing else", async (phase, event) => {
    const stand = bench.stand();
    const shop = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(`<script>window.heard = []; addEventListener("message", ({ data, origin }) => heard.push([origin, data]))</script>
        <iframe src="${stand.link}" width="1000" height="700" allow="clipboard-read; clipboard-write"></iframe>`);
    });
    await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
    try {
      stand.embedders = ["https://somebody.example", origin];
      stand.greet = () => stand.state("live");
      const { page, context } = await openVisit(bench.browser(), origin, DESKTOP);
      await page.goto(origin);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: "Continue to Mercado Livre" }).click();
      stand.state(phase);
      await frame.locator(".screen.ended").waitFor();
      const told = await until(
        () => page.evaluate("heard"),
        (all) => event === null || (all as unknown[]).length > 0,
      );
      expect(told).toEqual(event === null ? [] : [[stand.origin, { source: "shopkey", event }]]);
      expect(stand.claims[0]?.embedded).toBe(true);
      await context.close();
    } finally {
      shop.closeAllConnections();
      shop.close();
    }
  });

  test("has to be on the list to show it at all", async () => {
    const stand = bench.stand();
    stand.embedders = ["https://somebody.example"];
    const { page, context } = await openVisit(bench.browser(), stand.origin, DESKTOP, /frame|foreign|ERR_BLOCKED/);
    await page.setContent(`<iframe src="${stand.link}"></iframe>`);
    await page.waitForTimeout(300);
    expect(stand.claims).toEqual([]);
    await context.close();
  });
});

describe("a login at another account than the connected one", () => {
  test.each([
    ["pt-BR", "Esta é outra conta", "desconecte primeiro Mercado Livre em Feira Fácil"],
    ["es-MX", "Esta es otra cuenta", "desconecta primero Mercado Livre en Feira Fácil"],
    ["en-GB", "That is another account", "disconnect Mercado Livre in Feira Fácil first"],
  ])("is told as that, and what to do, also after a reload: %s", async (locale, title, words) => {
    const { page } = await bench.goLive({ ...DESKTOP, locale }, /404/);
    const stand = bench.stand();
    stand.state("checking");
    await page.locator(".screen").waitFor();
    stand.state("failed", { notice: { code: "OTHER_ACCOUNT", text: "A sentence for people who build things." } });
    stand.say({ t: "closed", reason: "failed" });
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    await page.locator(".ended p", { hasText: words }).waitFor();
    // Nobody knows the link any more.
    stand.refuse = { status: 404, body: { error: "unknown" } };
    await page.reload();
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
  });

  test("is not what any other failure is told as", async () => {
    const { page } = await bench.goLive();
    bench.stand().state("failed", { notice: { code: "INTERNAL", text: "" } });
    await page.getByRole("heading", { name: "This did not work", exact: true }).waitFor();
  });
});

describe("a login that was not one", () => {
  const notice = (code: string) => ({ notice: { code, text: "A sentence for people who build things." } });

  test.each([
    ["pt-BR", "NOT_LOGGED_IN", "A loja ainda não reconhece o seu login"],
    ["es-MX", "constructor", "La tienda todavía no confirmó tu acceso"],
    ["en-GB", "NEVER_HEARD_OF", "A sentence for people who build things."],
  ])("is said in the shopper's language: %s, %s", async (locale, code, words) => {
    const { page } = await bench.goLive({ ...DESKTOP, locale });
    bench.stand().state("checking");
    await page.locator(".screen").waitFor();
    bench.stand().state("live", notice(code));
    const note = page.locator(".note", { hasText: words });
    await note.waitFor();
    await note.getByRole("button").click();
    await note.waitFor({ state: "detached" });
    bench.stand().state("checking");
    bench.stand().state("live", notice(code));
    await note.waitFor();
  });
});
