import { describe, expect, test } from "@jest/globals";
import type { BrowserContextOptions, Page } from "playwright";
import type { OutlineEntry } from "../../src/web/index.js";
import { FIND_FAINT } from "./contrast.js";
import { openBench } from "./live-view-bench.js";
import { heardOf, type Stand } from "./live-view-stand.js";
import { DESKTOP, findBarriers, focusField, PHONE, picture, until } from "./live-view-visit.js";

const bench = openBench();

const inTime = (ms: number) => new Date(Date.now() + ms).toISOString();
const OUTLINE: readonly OutlineEntry[] = [
  { ref: 1, role: "heading", name: "Digite seu e-mail", level: 1, state: "" },
  { ref: 2, role: "textbox", name: "E-mail ou telefone", level: null, state: "required focused" },
  { ref: 3, role: "text", name: "Protegido por reCAPTCHA", level: null, state: "" },
  { ref: 4, role: "checkbox", name: "Lembrar de mim", level: null, state: "checked" },
  { ref: 5, role: "link", name: "Esqueci a senha", level: null, state: "" },
  { ref: 6, role: "button", name: "Continuar", level: null, state: "disabled" },
];

interface Scene {
  readonly name: string;
  readonly show: (page: Page, stand: Stand) => Promise<void>;
}

const says = (name: string, title: string, show: (stand: Stand, page: Page) => void | Promise<void>): Scene => ({
  name,
  show: async (page, stand) => {
    await show(stand, page);
    await page.getByText(title).last().waitFor();
  },
});

/** Everything that lies over the remote page, one after the other, each put away again by what follows. */
const OVER: readonly Scene[] = [
  says("live", "mercadolivre.com.br", () => undefined),
  says("notice", "does not see you", (stand) =>
    stand.state("live", { notice: { code: "NOT_LOGGED_IN", text: "Not logged in." } }),
  ),
  says("expiring", "This page closes in", (stand) => stand.state("live", { expiresAt: inTime(100_000) })),
  says("tabs", "Continuar com outra conta", (stand) =>
    stand.say({
      t: "tabs",
      tabs: [
        { id: 1, title: "Entrar", focused: true },
        { id: 2, title: "Continuar com outra conta", focused: false },
      ],
    }),
  ),
  says("about", "What is kept", async (stand, page) => {
    stand.say({ t: "tabs", tabs: [] });
    stand.state("live");
    await page.getByRole("button", { name: "More", exact: true }).click();
  }),
  says("cancel", "Stop here?", async (_, page) => {
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
  }),
  says("dialog", "Deseja mesmo", async (stand, page) => {
    await page.getByRole("button", { name: "Go on" }).click();
    const origin = "https://www.mercadolivre.com.br";
    stand.say({ t: "dialog", id: 1, kind: "prompt", message: "Deseja mesmo sair? Diga o motivo.", origin });
  }),
  says("chooser", "asks for files", async (stand, page) => {
    await page.getByRole("button", { name: "OK" }).click();
    stand.say({ t: "chooser", id: 2, accept: "image/*", multiple: true });
  }),
  says("auth", "for a user name and a password", async (stand, page) => {
    await page.keyboard.press("Escape");
    stand.say({ t: "auth", id: 3, origin: "https://extranet.example" });
  }),
  says("idle", "Are you still there?", async (stand, page) => {
    await page.keyboard.press("Escape");
    stand.say({ t: "idle", endsAt: inTime(55_000) });
  }),
  says("outline", "Digite seu e-mail", async (stand, page) => {
    await page.getByRole("button", { name: "I am still here" }).click();
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Read the page as text" }).click();
    await until(
      () => heardOf(stand, "outline").length,
      (count) => count > 0,
    );
    stand.say({ t: "outline", entries: OUTLINE });
  }),
  says("lost", "The connection was lost", (stand) => {
    stand.refuse = { status: 503, body: {} };
    stand.cut();
  }),
];

/** Barriers and faint words of what is shown now. */
async function judge(page: Page, name: string): Promise<string[]> {
  await picture(page, name);
  const faint = (await page.evaluate(FIND_FAINT)) as string[];
  const outside = (await page.evaluate(`[...document.querySelectorAll("button, h1, h2, input, p")].filter((one) => {
    const { left, right, width } = one.getBoundingClientRect();
    return width > 1 && one.checkVisibility() && !one.closest(".tabs") && (left < -1 || right > innerWidth + 1);
  }).map((one) => "outside: " + one.outerHTML.slice(0, 100))`)) as string[];
  const barriers = [...(await findBarriers(page)), ...outside];
  return [...barriers, ...faint.map((one) => `faint: ${one}`)].map((one) => `${name}: ${one}`);
}

/** Each colour and each size once; for pictures, all four. */
const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ["desktop-light", { ...DESKTOP, colorScheme: "light" }],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
  ...(process.env.SHOPKEY_PICTURES
    ? ([
        ["desktop-dark", { ...DESKTOP, colorScheme: "dark" }],
        ["phone-light", { ...PHONE, colorScheme: "light" }],
      ] as const)
    : []),
];

describe.each(LOOKS)("on %s", (look, options) => {
  test("nothing that lies over the remote page keeps anybody out", async () => {
    const { page } = await bench.goLive(options, /503|WebSocket|ERR_/);
    const found: string[] = [];
    for (const { name, show } of OVER) {
      await show(page, bench.stand());
      found.push(...(await judge(page, `${look}-${name}`)));
    }
    expect(found).toEqual([]);
  }, 120_000);

  test("no screen before or after it does", async () => {
    const { page } = await bench.visit(options, /404|WebSocket|ERR_/);
    const stand = bench.stand();
    const found: string[] = [];
    await page.goto(stand.link);
    const title = (text: string) => page.getByRole("heading", { name: text, exact: true }).waitFor();
    const look_ = async (name: string) => found.push(...(await judge(page, `${look}-${name}`)));
    await title("One moment");
    await look_("moment");
    stand.state("starting");
    await title("Log in to Mercado Livre");
    await look_("intro");
    await page.getByRole("button", { name: "Continue to Mercado Livre" }).click();
    await title("Opening Mercado Livre…");
    await look_("starting");
    stand.state("checking");
    await title("Checking your login");
    await look_("checking");
    for (const [phase, heading] of [
      ["connected", "You are connected"],
      ["cancelled", "Stopped"],
      ["expired", "Time is up"],
      ["failed", "This did not work"],
    ] as const) {
      stand.greet = () => stand.state(phase);
      await page.goto(stand.link);
      await title(heading);
      await look_(phase);
    }
    stand.greet = () => stand.state("failed", { notice: { code: "OTHER_ACCOUNT", text: "" } });
    await page.goto(stand.link);
    await title("That is another account");
    await look_("other-account");
    stand.greet = () => stand.say({ t: "closed", reason: "revoked" });
    await page.reload();
    await title("This link has ended");
    await look_("revoked");
    for (const [error, heading] of [
      ["used", "This link was opened elsewhere"],
      ["unknown", "This link does not work"],
    ] as const) {
      await page.evaluate("sessionStorage.clear()");
      stand.refuse = { status: 404, body: { error } };
      await page.reload();
      await title(heading);
      await look_(error);
    }
    expect(found).toEqual([]);
  }, 120_000);
});

test.each(["pt-BR", "es", "en"])(
  "in %s everything fits the smallest phone, also what a hand-off says",
  async (locale) => {
    const { page } = await bench.goLive({ ...PHONE, viewport: { width: 320, height: 568 }, locale });
    const stand = bench.stand();
    const occasion = { app: "Feira Fácil", store: "Mercado Livre", purpose: "handOff" } as const;
    const found: string[] = [];
    const look = async (name: string) => found.push(...(await judge(page, `small-${locale}-${name}`)));
    await look("live");
    await page.locator(".address").click();
    await page.getByRole("dialog").waitFor();
    await look("about");
    await page.keyboard.press("Escape");
    stand.state("live", { occasion, expiresAt: inTime(90_000), notice: { code: "OTHER_ACCOUNT", text: "" } });
    await page.locator(".note").nth(1).waitFor();
    await look("notes");
    stand.greet = () => stand.state("live", { occasion });
    await page.evaluate("sessionStorage.clear()");
    await page.reload();
    await page.locator(".introducing .main").waitFor();
    await look("hand-off");
    stand.state("connected", { occasion });
    await page.locator(".screen.ended").waitFor();
    await look("done");
    stand.greet = () => stand.state("failed", { notice: { code: "OTHER_ACCOUNT", text: "" } });
    await page.goto(stand.link);
    await page.locator(".mark.otherAccount").waitFor();
    await look("other-account");
    expect(found).toEqual([]);
  },
);

test("what is judged could be found wanting", async () => {
  const { page } = await bench.goLive();
  await page.evaluate(`document.querySelector(".foot .main").replaceChildren();
    document.querySelector(".asks").style.color = "#c0c0c0"`);
  const found = await judge(page, "wrong");
  expect(found.join()).toContain("button-name");
  expect(found.join()).toContain("faint");
});

describe("without a mouse", () => {
  const focused = (page: Page) =>
    page.evaluate(
      "document.activeElement.ariaLabel || document.activeElement.innerText || document.activeElement.tagName",
    );

  test("every control is reached, the remote page is entered and left by F6 or Esc twice, and its way out is told", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    expect(await focused(page)).toBe("Page of Mercado Livre");
    await page.keyboard.press("F6");
    const reached = [await focused(page)];
    for (let at = 0; at < 5; at++) {
      await page.keyboard.press("Tab");
      reached.push(await focused(page));
    }
    expect(reached[0]).toContain("www.mercadolivre.com.br");
    expect(reached.slice(1)).toEqual([
      "Cancel",
      "More",
      "I am logged in",
      "Read the page as text",
      "Page of Mercado Livre",
    ]);
    await page.locator(".way-out").waitFor({ state: "visible" });
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("Page of Mercado Livre");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toContain("www.mercadolivre.com.br");
    expect(heardOf(stand, "key").filter(({ key, k }) => key === "Escape" && k === "down")).toHaveLength(1);
    const back: unknown[] = [];
    for (let at = 0; at < 2; at++) {
      await page.keyboard.press("Shift+Tab");
      back.push(await focused(page));
    }
    expect(back).toEqual(["Reload", "Back"]);
    expect(await page.evaluate("document.querySelector('canvas').getAttribute('aria-describedby')")).toBe("way-out");
  });

  test("focus comes back from a sheet to where the keyboard was", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    await focusField(stand, page);
    stand.say({ t: "dialog", id: 1, kind: "alert", message: "Oi", origin: "https://a.example" });
    await page.getByText("Oi").waitFor();
    await page.keyboard.press("Enter");
    await until(
      () => focused(page),
      (name) => name === "E-mail ou telefone",
    );
  });

  test("the text of the page has real headings, buttons and fields, keeps its place, and comes back after a loss", async () => {
    const { page } = await bench.goLive(DESKTOP, /WebSocket|ERR_/);
    const stand = bench.stand();
    await page.keyboard.press("F6");
    for (let at = 0; at < 4; at++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await bench.heard("outline");
    stand.say({ t: "outline", entries: OUTLINE });
    const text = page.getByRole("region", { name: "Read the page as text" });
    await text.getByRole("heading", { name: "Digite seu e-mail", level: 3 }).waitFor();
    await text.getByRole("button", { name: "Lembrar de mim, checked" }).press("Enter");
    stand.say({ t: "outline", entries: OUTLINE.map((one) => ({ ...one, state: "" })) });
    await until(
      () => focused(page),
      (name) => name === "Lembrar de mim",
    );
    await text.getByRole("link", { name: "Esqueci a senha" }).press("Enter");
    await text.getByRole("button", { name: /^E-mail ou telefone, field/ }).press("Enter");
    expect(await bench.heard("reach", 3)).toEqual([
      { t: "reach", ref: 4, k: "press" },
      { t: "reach", ref: 5, k: "press" },
      { t: "reach", ref: 2, k: "focus" },
    ]);
    await focusField(stand, page);
    await until(
      () => focused(page),
      (name) => name === "E-mail ou telefone",
    );
    stand.cut();
    expect((await bench.heard("outline", 2)).map(({ on }) => on)).toEqual([true, true]);
  });

  test("what happens is told to screen readers", async () => {
    const { page } = await bench.goLive();
    const stand = bench.stand();
    const status = page.getByRole("status");
    const url = {
      t: "url",
      origin: "https://b.example",
      host: "b.example",
      domain: "b.example",
      secure: true,
    } as const;
    stand.say({ ...url, loading: true });
    await status.getByText("Loading b.example").waitFor();
    stand.say({ ...url, loading: false });
    await status.getByText("b.example is open").waitFor();
    stand.state("checking");
    await page.getByRole("heading", { name: "Checking your login" }).waitFor();
    expect(await focused(page)).toBe("Checking your login");
  });
});
