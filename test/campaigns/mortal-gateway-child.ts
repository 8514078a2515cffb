/**
 * A whole gateway in a process of its own that dies where it is told to, or kills its database there: by SIGKILL, before or after its
 * nth step. A step is a commit, a word to the browser's worker that changes something there, or, where the order says so, a question to
 * a store (`store`) or a file that is put in its place beside the keys (`file`). Told and asked over the channel to its parent.
 */
import * as http from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { writeHeapSnapshot } from "node:v8";
import pg from "pg";
import type { Death, MortalOrder, MortalTask } from "./mortal-gateway.js";

/** What is asked of the worker and leaves nothing behind. */
const HARMLESS = /^\/v1\/(page|ping|watch|release)$/;

/** It has been sent by then, and is mostly not done yet. */
const MIDDLE_MS = 30;

let steps: string[] = [];
let death: Death | null = null;
let isDone = false;

/** Once. */
function die(ordered: Death | null): void {
  if (ordered === null || death !== ordered) return;
  death = null;
  isDone = true;
  process.kill(ordered.victim ?? process.pid, "SIGKILL");
  if (ordered.victim === undefined) throw new Error("it is dead");
}

/** Counts a step; answers what is to be done once it is through. */
function begin(name: string): () => void {
  steps.push(name);
  const isHere = name === death?.step && steps.filter((one) => one === name).length === death.at;
  const ordered = isHere ? death : null;
  if (ordered?.when === "before") die(ordered);
  if (ordered?.when === "during") setTimeout(die, MIDDLE_MS, ordered);
  return () => die(ordered);
}

const require = createRequire(import.meta.url);

/** MikroORM has a driver of its own beside ours. */
function watchCommits(): void {
  const fromOrm = createRequire(import.meta.resolve("@mikro-orm/postgresql"))("pg") as typeof pg;
  for (const { Client } of new Set([pg, fromOrm])) watchClient(Client.prototype as { query: Query });
}

type Query = (...given: unknown[]) => unknown;

function watchClient(client: { query: Query }): void {
  const { query } = client;
  client.query = function (this: unknown, ...given) {
    const [first] = given;
    const text = typeof first === "string" ? first : (first as { readonly text?: string } | null)?.text;
    if (text?.toLowerCase() !== "commit") return query.apply(this, given);
    const end = begin("commit");
    const work = query.apply(this, given);
    return work instanceof Promise ? work.finally(end) : work;
  };
}

function watchWords(): void {
  const mutable = (http as unknown as { default: typeof http }).default as { request: typeof http.request };
  const { request } = mutable;
  mutable.request = ((...given: Parameters<typeof request>) => {
    const [url] = given as unknown as [unknown];
    const path = url instanceof URL ? url.pathname : "";
    if (!path.startsWith("/v1/") || HARMLESS.test(path)) return request(...given);
    const end = begin(path.slice("/v1/".length));
    const asked = request(...given);
    asked.once("response", end);
    return asked;
  }) as typeof request;
  syncBuiltinESMExports();
}

/** Before the gateway's own modules are loaded: they take the functions as they are then. */
function watchStores(): void {
  const undici = require("undici") as { fetch: Do };
  undici.fetch = stepping("store", undici.fetch);
}

function watchFiles(): void {
  const files = require("node:fs/promises") as { link: Do };
  files.link = stepping("file", files.link);
  syncBuiltinESMExports();
}

type Do = (...given: unknown[]) => Promise<unknown>;
const stepping =
  (name: string, work: Do): Do =>
  async (...given) => {
    const end = begin(name);
    try {
      return await work(...given);
    } finally {
      end();
    }
  };

async function run(order: MortalOrder): Promise<void> {
  const { environment, sandboxes, urls, clockEveryMs, forgetsEveryMs, watches = [] } = order;
  if (watches.includes("store")) watchStores();
  if (watches.includes("file")) watchFiles();
  const { startGateway } = await import("../../src/main.js");
  const { readConfig } = await import("../../src/config.js");
  const { openLog } = await import("../../src/kernel/log.js");
  const { ownerUrl, appUrl, clockUrl } = urls;
  const config = { ...readConfig(environment), databaseUrl: ownerUrl, databaseRoles: { appUrl, clockUrl } };
  const log = openLog({ level: config.logLevel, destination: process.stderr });
  const clocks = { connectionsEveryMs: clockEveryMs, checkoutsEveryMs: clockEveryMs };
  const paces = { ...clocks, ...(forgetsEveryMs === undefined ? {} : { anonymizationsEveryMs: forgetsEveryMs }) };
  const gateway = await startGateway({
    ...{ config, log, onStep: () => undefined },
    ...{ sandboxes: new Map(Object.entries(sandboxes)), paces },
  });
  process.on("message", (task: MortalTask) => {
    if (task.kind === "stop") return void gateway.close().finally(() => process.exit(0));
    if (task.kind === "steps") return void process.send?.({ steps });
    if (task.kind === "remember") return void process.send?.({ remembered: writeHeapSnapshot(task.path) });
    steps = [];
    death = task.death;
    process.send?.({ armed: true, wasDone: isDone });
    isDone = false;
  });
  process.send?.({ url: gateway.url, key: gateway.development?.key ?? "" });
}

watchCommits();
watchWords();
process.once("disconnect", () => process.exit(0));
process.once("message", (order: MortalOrder) => void run(order));
