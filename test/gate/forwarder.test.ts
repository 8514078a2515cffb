/** The Lambda function of the connector's README, as it stands there, before a gateway. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { admit, type Connector, entry, HMAC_KEY, openConnector, question, SHOPPER, VERIFY } from "./gate.js";

const README = resolve(import.meta.dirname, "../../adapters/amazon-connector/README.md");
const run = promisify(execFile);
let gateway: TestGateway;
let connector: Connector;
let dir: string;
beforeAll(async () => {
  gateway = await openGateway();
  connector = await openConnector(gateway);
  await admit(gateway, connector, { code: "card-of-ana" });
  dir = await mkdtemp(join(tmpdir(), "shopkey-forwarder-"));
  const [, source = ""] = /```js\n([\s\S]*?)```/.exec(await readFile(README, "utf8")) ?? [];
  await writeFile(join(dir, "index.mjs"), source);
  await writeFile(
    join(dir, "main.mjs"),
    'import { handler } from "./index.mjs";\nconsole.log(JSON.stringify(await handler(JSON.parse(process.argv[2]))));\n',
  );
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await gateway.close();
});

/** As API Gateway calls it. */
async function forward(path: string, body: string, isBase64Encoded = false, secret = HMAC_KEY.secret) {
  const event = { httpMethod: "POST", path, body, isBase64Encoded };
  const env = {
    ...{ PATH: process.env.PATH ?? "", SHOPKEY_STORE_URL: `${gateway.url}/stores/${connector.storeId}` },
    ...{ SHOPKEY_KEY_ID: HMAC_KEY.id, SHOPKEY_SECRET: secret },
  };
  const { stdout } = await run(process.execPath, [join(dir, "main.mjs"), JSON.stringify(event)], { env });
  return JSON.parse(stdout) as { readonly statusCode: number; readonly body: string };
}

test("what it forwards is believed, as text and as Base64", async () => {
  const opened = await forward(VERIFY, JSON.stringify(entry("card-of-ana")));
  expect([opened.statusCode, JSON.parse(opened.body).visitorDetails?.type]).toEqual([200, "SHOPPER"]);
  const bytes = Buffer.from(JSON.stringify(question("card-of-ana"))).toString("base64");
  expect((await forward(SHOPPER, bytes, true)).statusCode).toBe(200);
});

test("with another secret nothing is", async () => {
  const { statusCode } = await forward(VERIFY, JSON.stringify(entry("card-of-ana")), false, "x".repeat(40));
  expect(statusCode).toBe(403);
});
