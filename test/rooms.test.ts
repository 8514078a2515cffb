/** Who may import whom. A failure names the line; if the rule is wrong, change the rule here and in CONTRIBUTING.md first. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";

const ROOT = resolve(import.meta.dirname, "..");

/** Rooms that a room may enter, through their doors. `kernel` is open to all. */
const MAY_ENTER: Record<string, readonly string[]> = {
  kernel: [],
  config: [],
  data: [],
  vault: [],
  audit: ["data", "vault"],
  stores: ["browser"],
  browser: ["web"],
  identity: ["stores", "vault", "data", "audit"],
  jobs: ["identity"],
  graphql: ["identity"],
  web: [],
  http: ["graphql", "identity", "web"],
  // The only places that know the whole house.
  main: ["*"],
  opening: ["*"],
  strongroom: ["*"],
  cli: ["*"],
  development: ["*"],
  "installed-adapters": ["*"],
  "shopkey.config": ["*"],
};

/** What two rooms say to each other, in a file of its own: it holds types and constants. */
const SIDE_DOORS: readonly string[] = ["src/web/live-view/protocol.js"];

/** Packages that live in one room. */
const BELONGS_TO: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(@mikro-orm\/.*|pg)$/, ["data"]],
  [/^tweetnacl$/, ["vault"]],
  [/^(type-graphql|graphql|graphql-.*|dataloader)$/, ["graphql"]],
  [/^@apollo\/server.*$/, ["graphql", "http"]],
  [/^(fastify|@fastify\/.*|@as-integrations\/.*)$/, ["http"]],
  [/^(playwright.*|ws|tar)$/, ["browser"]],
  [/^undici$/, ["stores"]],
  [/^commander$/, ["cli"]],
  [/^@shopkey\/adapter-(?!sdk).*$/, ["shopkey.config"]],
];

interface Import {
  readonly file: string;
  readonly line: number;
  readonly from: string;
}

function importsIn(pattern: string): Import[] {
  return globSync(pattern, { cwd: ROOT })
    .filter(
      (file) => !file.includes("/dist/") && !file.includes("node_modules") && !file.startsWith("src/web/playground"),
    )
    .flatMap((file) =>
      readFileSync(join(ROOT, file), "utf8")
        .split("\n")
        .flatMap((text, index) => {
          const found = /(?:^|\s)(?:from|import)\s*\(?\s*"([^"]+)"/.exec(text);
          return found?.[1] === undefined || /^\s*(\*|\/\/)/.test(text)
            ? []
            : [{ file, line: index + 1, from: found[1] }];
        }),
    );
}

/** `src/vault/mask.ts` → `vault`; `src/config.ts` → `config`. */
const roomOf = (file: string): string => (file.split("/")[1] ?? "").replace(/\.ts$/, "");

function complaint({ file, line, from }: Import): string | null {
  const room = roomOf(file);
  if (!from.startsWith(".")) {
    const owner = BELONGS_TO.find(([name]) => name.test(from));
    return owner && !owner[1].includes(room)
      ? `${file}:${line} imports ${from}, which belongs to ${owner[1].join(", ")}`
      : null;
  }
  const target = relative(ROOT, resolve(ROOT, dirname(file), from)).replaceAll("\\", "/");
  const other = roomOf(target.replace(/\.js$/, ".ts"));
  if (other === room || other === "kernel") return null;
  const allowed = MAY_ENTER[room];
  if (!allowed) return `${file}:${line}: the room ${room} is not on the plan`;
  if (allowed[0] === "*") return null;
  if (!allowed.includes(other)) return `${file}:${line}: ${room} may not enter ${other}`;
  return target.endsWith("/index.js") || SIDE_DOORS.includes(target)
    ? null
    : `${file}:${line}: enter ${other} through its door, index.js`;
}

describe("the rooms", () => {
  test("enter only the rooms that they may, through their doors", () => {
    expect(importsIn("src/**/*.ts").map(complaint).filter(Boolean)).toEqual([]);
  });

  test("would be caught if they did otherwise", () => {
    const wrong: Import[] = [
      { file: "src/graphql/profile.ts", line: 1, from: "../data/index.js" },
      { file: "src/graphql/profile.ts", line: 2, from: "../identity/profiles.js" },
      { file: "src/identity/profiles.ts", line: 3, from: "tweetnacl" },
      { file: "src/kernel/ids.ts", line: 4, from: "../vault/index.js" },
    ];
    expect(wrong.map(complaint).filter(Boolean)).toHaveLength(4);
  });

  test("read the environment in config alone", () => {
    const readers = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) =>
      /process\.env/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(readers).toEqual(["src/config.ts"]);
  });
});

describe("adapters", () => {
  test("know the sdk and nothing of the gateway or of each other", () => {
    const strangers = importsIn("adapters/*/{src,sandbox}/**/*.ts").filter(({ file, from }) => {
      if (from.startsWith("@shopkey/")) return !from.startsWith("@shopkey/adapter-sdk");
      const home = file.split("/").slice(0, 2).join("/");
      return from.startsWith(".") && !relative(ROOT, resolve(ROOT, dirname(file), from)).startsWith(`${home}/`);
    });
    expect(strangers).toEqual([]);
  });
});
