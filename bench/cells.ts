/** One server, one operation, a few seconds: what it gave and what it took. */
import { type Load, requestBytes, runLoad } from "./load.js";
import { askFor, formOf, type OperationName } from "./operations.js";
import { cpuOfTree, type Server } from "./processes.js";
import type { Filled } from "./world.js";

export interface Cell extends Load {
  /** Milliseconds of processor time for each answer. */
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number;
  readonly rssMb: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

const CONNECTIONS = 32;
const REQUESTS_PER_CONNECTION: Readonly<Record<OperationName, number>> = { Q1: 200, Q2: 20, M1: 200 };

export async function measure(options: {
  readonly server: Server;
  readonly on: Filled;
  readonly operation: OperationName;
  readonly seconds: number;
  /** Whom is asked for: the same for all servers of one round. */
  readonly round: number;
  /** Which of the servers: each saves values of its own, or those after the first would find them saved. */
  readonly place: number;
  readonly postgresPid: number;
}): Promise<Cell> {
  const { server, on, operation, seconds, round, place, postgresPid } = options;
  const next = askFor(operation, on.orgs, 1_000 * round + OPERATION_SEEDS[operation], place);
  const requests = Array.from({ length: CONNECTIONS }, () =>
    Array.from({ length: REQUESTS_PER_CONNECTION[operation] }, () => {
      const ask = next();
      return requestBytes(server.port, formOf(operation, server.dialect, ask), ask.key);
    }),
  );
  const postgresBefore = cpuOfTree(postgresPid);
  await server.begin();
  const load = await runLoad({ port: server.port, seconds, requests });
  const used = await server.read();
  const postgresSeconds = cpuOfTree(postgresPid) - postgresBefore;
  const perAnswer = 1_000 / Math.max(1, load.answers);
  return {
    ...load,
    nodeCpuMs: used.cpuSeconds * perAnswer,
    postgresCpuMs: postgresSeconds * perAnswer,
    rssMb: used.rssBytes / 1_048_576,
    delayP99Ms: used.delayP99Ms,
    delayMaxMs: used.delayMaxMs,
  };
}

const OPERATION_SEEDS: Readonly<Record<OperationName, number>> = { Q1: 11, Q2: 22, M1: 33 };
