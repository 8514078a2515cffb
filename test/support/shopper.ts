/**
 * A shopper with a browser of their own, at the live view's page: they see a picture and press where things are. Where that
 * is, a twin tells: the same page of the sandbox, as large as the live view's, in a plain browser.
 */
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright";

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, locale: "pt-BR" };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 3,
  hasTouch: true,
  isMobile: true,
  locale: "pt-BR",
};

/** Something on the remote page that can be pressed: its middle, in its own pixels, and what it looks like. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  /** Of its left end, where nothing is written: how far from the middle, and the colour as `rgb(1, 2, 3)`. */
  readonly edge: number;
  readonly color: string;
}

export async function spotOf(page: Page, selector: string): Promise<Spot> {
  const one = page.locator(selector).first();
  const box = await one.boundingBox();
  if (box === null) throw new Error(`the twin has no ${selector}`);
  const { x, y, width, height } = box;
  const color = await one.evaluate(
    (element) => (globalThis as unknown as Eyes).getComputedStyle(element).backgroundColor,
  );
  return { x: x + width / 2, y: y + height / 2, edge: width / 2 - 8, color };
}

export interface Shopper {
  readonly page: Page;
  /** Size of the remote page. */
  readonly size: () => Promise<{ readonly width: number; readonly height: number }>;
  /** Past the introduction, until there is a picture. */
  readonly enter: () => Promise<void>;
  /** Waits until it is there, and presses it: by mouse, or by finger where there is one. */
  readonly press: (spot: Spot) => Promise<void>;
  /** Presses where something is, whatever it looks like. */
  readonly click: (spot: Pick<Spot, "x" | "y">) => Promise<void>;
  /** Presses, and again when nothing comes of it: on a machine that is busy with other things a tap may last too long to be one. */
  readonly pressFor: (spot: Spot, outcome: Locator) => Promise<void>;
  /** As a person types, a key after the other. */
  readonly type: (text: string) => Promise<void>;
  readonly key: (key: string) => Promise<void>;
  /** The one that lies over the remote page's field of this name. */
  readonly fieldOf: (name: string) => Locator;
  /** Waits until the remote page's address begins like this. */
  readonly sees: (host: string) => Promise<void>;
  readonly heading: (name: string | RegExp) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens the link. Errors of the page itself go into `troubles`. */
export async function openShopper(
  browser: Browser,
  link: string,
  options: BrowserContextOptions,
  troubles: string[] = [],
): Promise<Shopper> {
  const page = await openWindow(browser, link, options, troubles);
  const picture = page.locator("canvas");
  const size = () => sizeOf(picture);
  const pressAt = options.hasTouch ? openFinger(page) : (x: number, y: number) => page.mouse.click(x, y);
  const click = async ({ x, y }: Pick<Spot, "x" | "y">): Promise<void> => {
    const box = await size();
    await pressAt(box.x + x, box.y + y);
  };
  const press = async (spot: Spot): Promise<void> => {
    await waitForColor(picture, spot, (await size()).width);
    await click(spot);
  };
  return {
    page,
    size,
    enter: async () => {
      await page.locator(".introducing .main").click();
      await picture.waitFor();
      await waitForPicture(picture);
    },
    press,
    click,
    pressFor: (spot, outcome) => repeatUntil(() => press(spot), outcome),
    type: (text) => page.keyboard.type(text, { delay: 5 }),
    key: (key) => page.keyboard.press(key),
    fieldOf: (name) => page.locator(`.field[aria-label="${name}"]`),
    sees: (host) => page.locator(".host").getByText(host).first().waitFor(),
    heading: (name) => page.getByRole("heading", { name }).first().waitFor(),
    close: () => page.context().close(),
  };
}

async function openWindow(
  browser: Browser,
  link: string,
  options: BrowserContextOptions,
  troubles: string[],
): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(25_000);
  context.on("weberror", (trouble) => troubles.push(trouble.error().message));
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && host !== new URL(link).host) troubles.push(`foreign: ${host}`);
  });
  const page = await context.newPage();
  await page.goto(link);
  return page;
}

async function sizeOf(picture: Locator) {
  const box = await picture.boundingBox();
  if (box === null) throw new Error("there is no picture of the remote page");
  return box;
}

/** Two taps in quick succession are a double tap, which zooms: it rests after each. */
function openFinger(page: Page): (x: number, y: number) => Promise<void> {
  let rested = Promise.resolve();
  return async (x, y) => {
    await rested;
    await page.touchscreen.tap(x, y);
    rested = new Promise((done) => setTimeout(done, 700));
  };
}

async function repeatUntil(act: () => Promise<void>, outcome: Locator): Promise<void> {
  for (let tries = 0; tries < 4; tries += 1) {
    await act();
    const came = outcome.waitFor({ timeout: 7_000 }).then(
      () => true,
      () => false,
    );
    if (await came) return;
  }
  await outcome.waitFor();
}

/** There is a frame, and the remote page has taken this one's size: from here on everything stays where it is. */
async function waitForPicture(picture: Locator): Promise<void> {
  await until(
    () =>
      picture.evaluate((element) => {
        const { clientWidth, clientHeight, parentElement, className } = element as unknown as Canvas;
        const frame = [parentElement.clientWidth, parentElement.clientHeight];
        return { isBlank: className.includes("blank"), size: [clientWidth, clientHeight], frame };
      }),
    ({ isBlank, size, frame }) => !isBlank && size.every((length, at) => Math.abs(length - (frame[at] ?? 0)) <= 1),
  );
}

/** What a page's own code sees there: tests are typed for Node. */
interface Canvas {
  readonly width: number;
  readonly className: string;
  readonly clientWidth: number;
  readonly clientHeight: number;
  readonly parentElement: { readonly clientWidth: number; readonly clientHeight: number };
  readonly getContext: (kind: "2d") => {
    readonly getImageData: (x: number, y: number, width: number, height: number) => { readonly data: Iterable<number> };
  };
}
interface Eyes {
  readonly getComputedStyle: (element: unknown) => { readonly backgroundColor: string };
}

/** JPEG changes a colour a little. */
const NEAR = 14;

async function waitForColor(picture: Locator, { x, y, edge, color }: Spot, width: number): Promise<void> {
  const wanted = (color.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const read = () =>
    picture.evaluate(
      (element, [left, top, cssWidth]) => {
        const canvas = element as unknown as Canvas;
        const scale = canvas.width / cssWidth;
        return [...canvas.getContext("2d").getImageData(left * scale, top * scale, 1, 1).data];
      },
      [x - edge, y, width] as const,
    );
  await until(read, (seen) => wanted.every((part, at) => Math.abs(part - (seen[at] ?? 999)) <= NEAR));
}

const PATIENCE_MS = 25_000;

/** Waits until it holds; throws with what it is instead after a generous while. */
export async function until<T>(read: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`It stayed ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, 40));
  }
}
