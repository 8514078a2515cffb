/** The browser layer as the gateway holds it: every word of the contract, over one or several workers. */
import type { Log } from "../../kernel/log.js";
import { type BrowserLayer, type ContextLease, LayerRefused, type OpenedSession, type Surroundings } from "../layer.js";
import type { WorkerInput, WorkerOperation } from "../worker/wire.js";
import { keepLease, useLease } from "./leases.js";
import { openTransport, type Transport } from "./transport.js";
import { startWatch } from "./watch.js";
import { addressOf, askInTurn, type KnownWorker, workerOf } from "./workers.js";

export interface BrowserClientOptions {
  /** Their contexts are in one place: any of them can restore any. */
  readonly workers: readonly KnownWorker[];
  readonly log: Log;
}

interface Ping {
  readonly chromium: string;
  readonly free: number;
  readonly slots: number;
}

interface Gate {
  readonly workers: readonly KnownWorker[];
  readonly transport: Transport;
  /** Aborted when the client is closed. */
  readonly end: AbortSignal;
  readonly ask: <O extends WorkerOperation>(
    worker: KnownWorker,
    operation: O,
    input: WorkerInput<O>,
    options?: { key?: Uint8Array; signal?: AbortSignal },
  ) => Promise<unknown>;
  /** Sessions opened here and not known to be over, with their workers. */
  readonly open: Map<string, KnownWorker>;
}

const PING_MS = 5_000;

export function openBrowserClient({ workers, log }: BrowserClientOptions): BrowserLayer {
  const transport = openTransport();
  const end = new AbortController();
  const gate: Gate = {
    workers,
    transport,
    end: end.signal,
    open: new Map(),
    ask: async (worker, operation, input, { key, signal } = {}) => {
      const either = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
      return await transport.ask(await addressOf(worker, either), operation, input, { key, signal: either });
    },
  };
  return {
    ...sessionCalls(gate),
    ...contextCalls(gate),
    watch: watchCall(gate, log),
    ping: () => pingAll(gate),
    close: async () => {
      end.abort(new LayerRefused("unavailable"));
      transport.close();
    },
  };
}

type SessionCalls = Pick<
  BrowserLayer,
  "openSession" | "renewLink" | "withSessionPage" | "saveSession" | "resumeSession" | "endSession"
>;

function sessionCalls(gate: Gate): SessionCalls {
  const { ask, workers, transport, open } = gate;
  const its = (sessionId: string): KnownWorker => workerOf(workers, sessionId);
  return {
    openSession: (request, signal) =>
      askInTurn(workers, roomOf(gate), async (worker) => {
        const context = request.context && leaseOf(request.context);
        const { surroundings, startUrl, occasion, looksDone, embedders } = request;
        const input = { startUrl, occasion, looksDone, context, ...lists({ surroundings, embedders }) };
        const answer = await ask(worker, "openSession", input, { key: request.context?.key, signal });
        const session = answer as Wire<OpenedSession>;
        open.set(session.sessionId, worker);
        return { ...session, ...linkOf(session), expiresAt: new Date(session.expiresAt) };
      }),
    renewLink: async (sessionId) =>
      linkOf((await ask(its(sessionId), "renewLink", { sessionId })) as Wire<OpenedSession>),
    withSessionPage: async (sessionId, signal, use) => {
      const either = AbortSignal.any([signal, gate.end]);
      const to = await addressOf(its(sessionId), either);
      const lease = await transport.lease(to, "leaseSessionPage", { sessionId }, { signal: either });
      return await useLease(transport, { to, lease }, either, use);
    },
    saveSession: async (sessionId, context, signal) => {
      const input = { sessionId, context: leaseOf(context) };
      return (await ask(its(sessionId), "saveSession", input, { key: context.key, signal })) as number;
    },
    resumeSession: async (sessionId, { code, text }) =>
      void (await ask(its(sessionId), "resumeSession", { sessionId, notice: { code, text } })),
    endSession: async (sessionId, outcome, notice) => {
      open.delete(sessionId);
      const ending = async (): Promise<unknown> => ask(its(sessionId), "endSession", { sessionId, outcome, notice });
      await ending().catch((error: unknown) => {
        if (!(error instanceof LayerRefused) || error.why !== "gone") throw error;
      });
    },
  };
}

/** Their contexts are in one place: whoever answers first. */
const anyone = async (): Promise<number> => 0;

function contextCalls(gate: Gate): Pick<BrowserLayer, "withContextPage" | "deleteContext" | "holdsContext"> {
  const { workers, transport } = gate;
  return {
    withContextPage: async ({ surroundings, context, keep }, signal, use) => {
      const either = AbortSignal.any([signal, gate.end]);
      const { key } = context;
      const input = { ...lists({ surroundings, embedders: [] }), context: leaseOf(context) };
      const lent = await askInTurn(workers, roomOf(gate), async (worker) => {
        const to = await addressOf(worker, either);
        return { to, lease: await transport.lease(to, "leaseContextPage", input, { key, signal: either }) };
      });
      let { generation } = lent.lease.line;
      const result = await useLease(transport, lent, either, use, async () => {
        if (keep) generation = await keepLease(transport, lent, key, either);
      });
      return { result, generation };
    },
    deleteContext: async (contextId) => {
      await askInTurn(workers, anyone, (worker) => gate.ask(worker, "deleteContext", { contextId }));
    },
    holdsContext: async (contextId) => {
      const answer = await askInTurn(workers, anyone, (worker) => gate.ask(worker, "holdsContext", { contextId }));
      // An answer of another shape is no proof that it is gone.
      return answer !== false;
    },
  };
}

function watchCall({ workers, transport, open, end }: Gate, log: Log): BrowserLayer["watch"] {
  return (listener) => {
    const stop = startWatch({
      workers,
      transport,
      listener: async (event) => {
        await listener(event);
        if (event.kind !== "opened" && event.kind !== "done") open.delete(event.sessionId);
      },
      openOf: (worker) => [...open].filter(([, its]) => its === worker).map(([sessionId]) => sessionId),
      log,
    });
    end.addEventListener("abort", stop);
    return () => {
      end.removeEventListener("abort", stop);
      stop();
    };
  };
}

async function pingOne(gate: Gate, worker: KnownWorker): Promise<Ping> {
  const late = AbortSignal.timeout(PING_MS);
  const answer = gate.ask(worker, "ping", {}, { signal: late });
  return (await answer.catch(() => {
    throw new LayerRefused("unavailable");
  })) as Ping;
}

const roomOf = (gate: Gate) => async (worker: KnownWorker) => (await pingOne(gate, worker)).free;

async function pingAll(gate: Gate): Promise<Ping> {
  const asked = await Promise.allSettled(gate.workers.map((worker) => pingOne(gate, worker)));
  const pings = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const [first] = pings;
  if (!first) throw new LayerRefused("unavailable");
  const sum = (of: "free" | "slots") => pings.reduce((total, one) => total + one[of], 0);
  return { chromium: first.chromium, free: sum("free"), slots: sum("slots") };
}

type Wire<T> = { readonly [K in keyof T]: T[K] extends Date ? string : T[K] };

function linkOf({ liveViewUrl, linkExpiresAt }: Wire<Pick<OpenedSession, "liveViewUrl" | "linkExpiresAt">>) {
  return { liveViewUrl, linkExpiresAt: new Date(linkExpiresAt) };
}

const leaseOf = ({ contextId, generation }: ContextLease) => ({ contextId, generation });

/** The same with lists that may be written to, as the wire's types have them. */
function lists({ surroundings, embedders }: { surroundings: Surroundings; embedders: readonly string[] }) {
  const { locale, timezone, egress } = surroundings;
  const way =
    egress.kind === "sandbox"
      ? { kind: egress.kind, origins: { ...egress.origins } }
      : { kind: egress.kind, hosts: [...egress.hosts] };
  return { surroundings: { locale, timezone, egress: way }, embedders: [...embedders] };
}
