import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ask } from "../support/database-sql.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import * as desk from "../support/telesales.js";
import { askJson, environmentOf, shopkey } from "./command-line.js";

let gateway: TestGateway;
let env: Record<string, string>;
beforeAll(async () => {
  gateway = await openGateway();
  env = environmentOf(gateway.config);
}, 60_000);
afterAll(() => gateway?.close());

const start = () => desk.act(gateway, desk.START, desk.startInput());
const find = async (id: string) =>
  (await gateway.ask<{ impersonationSession: desk.Session }>(desk.FIND, { id })).body.data?.impersonationSession;
/** The gateway asks the store again at once, and not in a minute. */
const over = async (id: string) => {
  await ask(
    gateway.adminUrl,
    "update impersonation set due_at = now() where wrapped is not null and lease_until is null",
  );
  return desk.until(
    () => find(id),
    (session) => session?.endedAt !== null,
  );
};

test("an emergency brake beside a running gateway: all end, none begins, until it is let go", async () => {
  const { impersonationSession } = await start();
  const id = impersonationSession?.id ?? "";
  expect(await askJson(["impersonation", "list"], env)).toMatchObject([{ id, state: "ACTIVE", store: "cobasi" }]);
  expect((await shopkey(["impersonation", "list"], env)).stdout).toContain(id);

  expect(await askJson(["impersonation", "off"], env)).toMatchObject({ on: false, ending: 1 });
  expect(["ENDING", "BROKEN", "ENDED"]).toContain((await find(id))?.state);
  expect((await start()).userErrors).toMatchObject([{ code: "FORBIDDEN" }]);
  expect(await over(id)).toMatchObject({ state: "ENDED", endReason: "SWITCHED_OFF" });
  expect(await desk.places(gateway)).toEqual([]);

  expect(await shopkey(["impersonation", "on"], env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/again/),
  });
  const next = (await start()).impersonationSession?.id ?? "";
  expect(await askJson(["impersonation", "end", next], env)).toMatchObject({ id: next, endReason: "ENDED_BY_CALLER" });
  expect(await over(next)).toMatchObject({ state: "ENDED" });
  expect(await shopkey(["impersonation", "list"], env)).toMatchObject({ stdout: "nobody is in a customer's place\n" });
  expect(await askJson<readonly object[]>(["impersonation", "list", "--all"], env)).toHaveLength(2);
}, 120_000);

test("a session that there is not is refused", async () => {
  const { code, stderr } = await shopkey(["impersonation", "end", `imp_${"0".repeat(32)}`], env);
  expect([code, stderr]).toEqual([1, expect.stringContaining("No such impersonation session")]);
});
