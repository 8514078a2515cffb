import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lines, openLines } from "../../src/data/lines.js";
import type { ConsumerId } from "../../src/kernel/ids.js";
import { as, type Bench, firstWrite, log, makeOrg, openBench } from "./fixtures.js";

let bench: Bench;
let lines: Lines;
beforeAll(async () => {
  bench = await openBench(2);
  lines = openLines({ connectionString: bench.database.appUrl, statement_timeout: 10_000, application_name: "l" }, log);
});
afterAll(async () => {
  await lines.close();
  await bench.end();
});

const ECHO = { name: "echo", text: "select $1::text, pg_backend_pid()" };
const echo = async (text: string) => (await lines.ask(ECHO, [text]))[0]?.[0];

const killLines = () =>
  as(bench.database.adminUrl, (admin) =>
    admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'l'"),
  );

describe("lines", () => {
  test("answer each of many with its own, on a few connections", async () => {
    const rows = await Promise.all(Array.from({ length: 300 }, (_, at) => lines.ask(ECHO, [String(at)])));
    expect(rows.map(([row]) => row?.[0])).toEqual(rows.map((_, at) => String(at)));
    expect(new Set(rows.map(([row]) => row?.[1])).size).toBeLessThanOrEqual(4);
  });

  test("take bytes and nothing, and give rows as they come", async () => {
    const statement = { name: "kinds", text: "select $1::bytea, $2::text, n from generate_series(1, 3) as n" };
    const rows = await lines.ask(statement, [Buffer.from("ab"), null]);
    expect(rows).toEqual([1, 2, 3].map((n) => ["\\x6162", null, String(n)]));
  });

  test("that meet an error give it to whom it belongs, and to nobody else", async () => {
    const divide = { name: "divide", text: "select 1 / $1::int" };
    const broken = { name: "broken", text: "select from nowhere at all" };
    const asked = Array.from({ length: 40 }, (_, at) =>
      at % 4 === 0 ? lines.ask(divide, ["0"]) : at % 4 === 1 ? lines.ask(broken, []) : echo(String(at)),
    );
    const answers = await Promise.allSettled(asked);
    answers.forEach((answer, at) => {
      if (at % 4 === 0) expect(answer).toMatchObject({ reason: { code: "22012" } });
      else if (at % 4 === 1)
        expect(answer).toMatchObject({ reason: { code: expect.stringMatching(/^(42601|26000)$/) } });
      else expect(answer).toEqual({ status: "fulfilled", value: String(at) });
    });
    expect(await lines.ask(divide, ["1"])).toEqual([["1"]]);
  });

  test("that were cut are opened again, and what was asked meanwhile is asked once more", async () => {
    for (let round = 0; round < 5; round += 1) {
      const asked = Array.from({ length: 50 }, (_, at) => echo(String(at)));
      await Promise.all([killLines(), ...asked]);
      expect(await echo("afterwards")).toBe("afterwards");
    }
  });

  test("without a database refuse, and answer when it is back", async () => {
    const nowhere = openLines({ connectionString: "postgresql://x@127.0.0.1:1/x", statement_timeout: 1_000 }, log);
    await expect(nowhere.ask(ECHO, ["a"])).rejects.toThrow();
    await expect(nowhere.ask(ECHO, ["a"])).rejects.toThrow();
    await nowhere.close();
  });
});

/** A wire to the database that can be cut off without either end hearing of it. */
async function openWire(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pass = (from: Socket, to: Socket) =>
      from.on("data", (bytes) => void (isCut || to.write(bytes))).on("error", () => {});
    pass(near, far).on("close", () => far.destroy());
    pass(far, near).on("close", () => near.destroy());
    ends.add(near);
    ends.add(far);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === "object" ? address?.port : "");
  return {
    url: url.href,
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
    },
    close: () => {
      for (const end of ends) end.destroy();
      server.close();
    },
  };
}

describe("a line whose database falls silent", () => {
  test("is ended and opened anew, and whoever asked is told; one that owes nothing stays", async () => {
    const wire = await openWire(bench.database.appUrl);
    const config = { statement_timeout: 100, connectionTimeoutMillis: 30_000 };
    const silent = openLines({ ...config, connectionString: wire.url }, log);
    const idle = openLines({ ...config, connectionString: bench.database.appUrl }, log);
    const stays = await idle.ask(ECHO, [""]);
    const askAll = () => Promise.allSettled(Array.from({ length: 8 }, (_, at) => silent.ask(ECHO, [String(at)])));
    for (const answer of await askAll()) expect(answer.status).toBe("fulfilled");
    wire.cut();
    for (const answer of await askAll())
      expect(answer).toMatchObject({ reason: { message: "The database has fallen silent" } });
    wire.mend();
    for (const answer of await askAll()) expect(answer.status).toBe("fulfilled");
    expect(await idle.ask(ECHO, [""])).toEqual(stays);
    await Promise.all([silent.close(), idle.close()]);
    wire.close();
  }, 60_000);
});

describe("on a line that two orgs share", () => {
  test("each statement sees its own org's rows, and after it nobody sees any", async () => {
    const scopes = await Promise.all([1, 2, 3].map(() => makeOrg(bench.data)));
    const ids: ConsumerId[] = [];
    for (const scope of scopes) {
      const write = firstWrite("the same name in each");
      await bench.data.saveProfile(scope, write);
      ids.push(write.consumerId);
    }
    const card = {
      name: "card",
      text: "select id from consumer_card($1, 'test', null, 'the same name in each', false, 'none')",
    };
    const count = { name: "count", text: "select count(*) from consumer" };
    const asked = Array.from({ length: 200 }, (_, at) => lines.ask(card, [scopes[at % 3]?.orgId ?? null]));
    const between = Array.from({ length: 20 }, () => lines.ask(count, []));
    (await Promise.all(asked)).forEach((rows, at) => {
      expect(rows).toEqual([[ids[at % 3]]]);
    });
    for (const rows of await Promise.all(between)) expect(rows).toEqual([["0"]]);
  });
});
