import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA } from "../support/story.js";
import { askJson, environmentOf, type Folder, makeFolder, type Outcome, shopkey } from "./command-line.js";

const CREDENTIALS = { appKey: "vtexappkey-petz-QWERTY", appToken: "tok-7f3a-never-shown" };

let gateway: TestGateway;
let env: Record<string, string>;
let folder: Folder;

beforeAll(async () => {
  [gateway, folder] = await Promise.all([openGateway(), makeFolder()]);
  env = environmentOf(gateway.config);
});
afterAll(async () => {
  await gateway?.close();
  await folder?.remove();
});

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

const register = (slug: string, ...rest: string[]): string[] => [
  ...["store", "register", slug, "--adapter", "vtex", "--title", "Petz", "--settings", '{"account":"petz"}'],
  ...rest,
];

const told = ({ stdout, stderr }: Outcome) => stdout + stderr;

describe("Stores on the command line, beside a running gateway", () => {
  test("are registered with sealed credentials, listed, used, changed and removed", async () => {
    const path = await fileOf("petz.json", JSON.stringify(CREDENTIALS));
    const made = await shopkey([...register("petz", "--credentials-file", path), "--json"], env);
    expect(JSON.parse(made.stdout)).toMatchObject({ slug: "petz", adapter: "vtex", hasCredentials: true });
    const listed = await shopkey(["store", "list"], env);
    expect(listed.stdout).toMatch(/^petz +vtex +sto_\S+ +with credentials +Petz$/m);
    expect(listed.stdout).toMatch(/^cobasi +vtex +sto_\S+ +no credentials +Cobasi$/m);
    expect(told(made) + told(listed)).not.toContain(CREDENTIALS.appToken);

    const { body } = await gateway.ask<{ checkoutReadiness: unknown }>(
      `mutation ($profile: ProfileInput!) { saveProfile(input: { externalId: "s", profile: $profile }) { userErrors { code } } }`,
      { profile: ANA },
    );
    expect(body.errors).toBeUndefined();
    const ready = await gateway.ask(
      `{ checkoutReadiness(consumer: { externalId: "s" }, store: { slug: "petz" }) { readiness { state } userErrors { code } } }`,
    );
    expect(ready.body.data).toMatchObject({ checkoutReadiness: { readiness: { state: "READY" }, userErrors: [] } });

    const renamed = await shopkey(["store", "update", "petz", "--title", "Petz online"], env);
    expect(renamed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^updated petz · sto_/) });
    expect(await shopkey(["store", "remove", "petz"], env)).toMatchObject({ code: 0, stdout: "removed petz\n" });
    const rows = await askJson<{ slug: string; title: string }[]>(["store", "list"], env);
    expect(rows.map(({ slug }) => slug).sort()).toEqual([
      "animale",
      "caneca",
      "cobasi",
      "ifood",
      "lojaspompeia",
      "mercadolivre",
    ]);
  });

  test("a credentials file that is not JSON, or not what the adapter takes, is refused and never quoted", async () => {
    const secret = "tok-9c1d-secret";
    const cases = [
      { text: `{"appKey": "vtexappkey-petz-QWERTY", "appToken": ${secret}`, code: 2 },
      { text: secret, code: 2 },
      { text: JSON.stringify({ appKey: secret }), code: 1 },
      { text: JSON.stringify([secret]), code: 1 },
      { text: "null", code: 0 },
    ];
    for (const [at, { text, code }] of cases.entries()) {
      const path = await fileOf(`bad-${at}.json`, text);
      const outcome = await shopkey(register(`bad-${at}`, "--credentials-file", path), env);
      expect({ text, code: outcome.code }).toEqual({ text, code });
      expect(told(outcome)).not.toContain("9c1d");
    }
    const gone = await shopkey(register("gone", "--credentials-file", join(folder.path, "nowhere.json")), env);
    expect(gone).toMatchObject({ code: 2, stderr: "--credentials-file cannot be read.\n" });
  });

  test("settings are judged as in the graph, and never quoted when they are not JSON", async () => {
    const withSettings = (settings: string) =>
      shopkey(["store", "register", "x", "--adapter", "vtex", "--title", "X", "--settings", settings], env);
    expect(await withSettings("account=very-secret")).toMatchObject({ code: 2, stderr: "--settings is not JSON.\n" });
    const refused = await withSettings('{"account":"not an account!"}');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^settings/);
    expect(refused.stderr).not.toContain("not an account");
  });

  test("what is taken or unknown is refused in one sentence", async () => {
    for (const args of [register("cobasi"), ["store", "remove", "nowhere"], ["store", "update", "cobasi"]]) {
      const { code, stdout, stderr } = await shopkey(args, env);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });

  test("of the live environment are apart from those of test", async () => {
    await askJson(register("petz", "--live"), env);
    expect(await askJson<unknown[]>(["store", "list", "--live"], env)).toHaveLength(1);
    expect((await shopkey(["store", "list"], env)).stdout).not.toMatch(/^petz /m);
  });
});
