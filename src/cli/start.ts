import { relative, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Config } from "../config.js";
import { openLog } from "../kernel/log.js";
import type { Gateway } from "../main.js";
import { closeWhenTold } from "./ending.js";

/** Runs until SIGTERM or Ctrl-C. */
export async function start(config: Config): Promise<void> {
  const log = openLog({ level: config.logLevel });
  growYoungHeapBy(1);
  const { startGateway } = await import("../main.js");
  const gateway = await startGateway({ config, log, onStep: (step) => void process.stdout.write(`  ${step}\n`) });
  growYoungHeapBy(2);
  process.stdout.write(banner(gateway));
  closeWhenTold(log, gateway.close);
}

/**
 * The part of the heap for what dies young grows by this factor whenever much is alive in it, and is never given back. By
 * two, as V8 has it, loading the modules alone would leave it at its most, 60 MB that a gateway at rest has no use for; so it
 * grows when there are requests, and not before. It is read anew each time that it matters.
 */
const growYoungHeapBy = (factor: 1 | 2): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`);

function banner({ url, development, sandboxes }: Gateway): string {
  const rows: [string, string][] = [["GraphQL", `${url}/graphql`]];
  if (development) {
    const path = relative(process.cwd(), development.keyPath);
    rows.push(["Playground", `${url}/playground`]);
    rows.push(["Key", development.isNew ? `${development.key} (shown once; kept in ${path})` : `kept in ${path}`]);
  }
  for (const [adapterId, sandbox] of sandboxes) rows.push(["Sandbox", `${sandbox} (${adapterId})`]);
  const table = rows.map(([name, value]) => `  ${name.padEnd(12)}${value}`).join("\n");
  return `\nShopkey is ready\n${table}\n${development ? example(url, resolve(development.keyPath)) : ""}\n`;
}

/** Pasted in another terminal it works, too, wherever that one is. */
function example(url: string, keyPath: string): string {
  const query = "{ viewer { org { name } environment } stores { nodes { slug title } } }";
  return `
Try it:
  curl -s ${url}/graphql -H "authorization: Bearer $(cat ${asWord(keyPath)})" -H "content-type: application/json" -d '${JSON.stringify({ query })}'
`;
}

/** For a shell: in quotes where it would not be one word. */
const asWord = (path: string): string =>
  /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
