/** A login is destroyed when the browser layer, asked anew, keeps nothing of it: not when it was told to. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type BrowserLayer, LayerRefused } from "../../src/browser/index.js";
import { type ContextStore, openContextFolder } from "../../src/browser/workshop.js";
import type { AnonymizationView, Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import { openCorner, openTestHouse, type TestHouse } from "./house.js";

const MINUTE_MS = 60_000;
let folder: string;
let contexts: ContextStore;
let house: TestHouse;
let caller: Caller;
let shop: { slug: string };
const trouble = { isDown: false, keepsBytes: false };

/** The layer over a real folder of contexts, with what can go wrong at its worker. */
function unreliable(): BrowserLayer {
  const judge = (): void => {
    if (trouble.isDown) throw new LayerRefused("unavailable");
  };
  const layer: Pick<BrowserLayer, "deleteContext" | "holdsContext" | "endSession"> = {
    deleteContext: async (contextId) => {
      judge();
      // Says that it is done, and is not.
      if (!trouble.keepsBytes) await contexts.delete(contextId);
    },
    holdsContext: async (contextId) => {
      judge();
      return contexts.holds(contextId);
    },
    endSession: async () => judge(),
  };
  return layer as BrowserLayer;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkey-contexts-"));
  contexts = await openContextFolder(folder);
  house = await openTestHouse({ browser: unreliable() });
  caller = await house.org();
  shop = await openCorner(house, caller);
}, 60_000);
afterAll(async () => {
  await house.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  Object.assign(trouble, { isDown: false, keepsBytes: false });
});

let count = 0;
/** A shopper with a login in a browser context, who asks to be forgotten. */
async function wish(): Promise<{ id: string; contextId: string }> {
  count += 1;
  const consumer = { externalId: `with-a-login-${count}` };
  const buyer = { ...ANA.buyer, document: String(60_000_000_000 + count) };
  await house.identity.saveProfile(caller, { ...consumer, profile: { ...ANA, buyer } });
  const started = await house.identity.startConnection(caller, { consumer, store: shop });
  const contextId = `ctx_of_login_${count}`;
  await contexts.put(contextId, 0, Buffer.from("sealed bytes"));
  // One from before that nobody got to destroy, too.
  const left = `${contextId}_left`;
  await contexts.put(left, 0, Buffer.from("older sealed bytes"));
  await house.admin.query(
    "update connection set context_id = $1, context_generation = 1, left_contexts = $3 where id = $2",
    [contextId, uuidOf(started.connection.id), [left]],
  );
  const { request } = await house.identity.requestAnonymization(caller, { consumer, stores: [] });
  return { id: request.id, contextId };
}
const uuidOf = (wire: string): string => wire.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

async function tend(id: string): Promise<AnonymizationView> {
  await house.identity.tendAnonymization(caller.scope, id);
  const view = await house.identity.findAnonymization(caller, id);
  if (view === null) throw new Error("the request is not there");
  return view;
}
const loginsOf = ({ steps }: AnonymizationView) => steps.find(({ name }) => name === "LOGINS");

test("what was deleted is looked for, and then the step is done", async () => {
  const { id, contextId } = await wish();
  const done = await tend(id);
  expect(loginsOf(done)).toMatchObject({ status: "DONE", note: expect.stringContaining("read back as gone") });
  expect(done.status).toBe("COMPLETED");
  expect(await readdir(folder)).toContain(`${contextId}.deleted`);
  expect(await contexts.holds(contextId)).toBe(false);
  expect(await contexts.holds(`${contextId}_left`)).toBe(false);
});

test.each(["isDown", "keepsBytes"] as const)(
  "%s: nothing is shredded, and it is tried until it is true",
  async (what) => {
    trouble[what] = true;
    const { id, contextId } = await wish();
    for (let turn = 1; turn <= 3; turn += 1) {
      const waiting = await tend(id);
      expect(waiting).toMatchObject({ status: "IN_PROGRESS", shreddedAt: null });
      expect(loginsOf(waiting)).toMatchObject({
        status: "WAITING",
        statusReason: "BROWSER_UNAVAILABLE",
        attempts: turn,
      });
      expect(await contexts.holds(contextId)).toBe(true);
      house.turnClock(2 * MINUTE_MS);
    }
    trouble[what] = false;
    const done = await tend(id);
    expect(done.status).toBe("COMPLETED");
    expect(loginsOf(done)).toMatchObject({ status: "DONE", statusReason: null });
    expect(await contexts.holds(contextId)).toBe(false);
  },
);
