/** A PostgreSQL of the gateway's own, from an empty folder to three connection strings. */
import { chmodSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { Log } from "../../kernel/log.js";
import { chooseAccount, handOver } from "./account.js";
import { locateBinaries } from "./binaries.js";
import { createCluster, hasCluster, placeIn } from "./creation.js";
import { freeFolder } from "./occupancy.js";
import { type Passwords, readPasswords } from "./passwords.js";
import { APP_ROLE, CLOCK_ROLE, DATABASE, ensureRoles, OWNER_ROLE } from "./roles.js";
import { findPort, launch, type Server } from "./server.js";
import { DatabaseUnusable } from "./unusable.js";

export interface ClusterOptions {
  /** The cluster's folder; made when missing. One gateway at a time. */
  readonly dir: string;
  /** False gives up every promise about a crash, for speed: tests only. */
  readonly durable: boolean;
  readonly log: Log;
  /** Told what is going on, for a person who waits. */
  readonly onStep?: (text: string) => void;
  /** On 127.0.0.1; a free one when absent. */
  readonly port?: number;
}

/** A running PostgreSQL. The connection strings hold passwords: never log one. */
export interface Cluster {
  /** Owns the database and its tables; for migrations. */
  readonly ownerUrl: string;
  /** Owns nothing; for requests. */
  readonly appUrl: string;
  /** Owns nothing; for jobs that work across orgs. */
  readonly clockUrl: string;
  /** The superuser, on the database `postgres`: for test databases and maintenance; the gateway itself never uses it. */
  readonly adminUrl: string;
  readonly host: string;
  readonly port: number;
  /** PostgreSQL's main process. */
  readonly pid: number;
  /** Resolves when the server has ended, asked to or not. */
  readonly ended: Promise<void>;
  /** Shuts the server down in order; open connections are cut, so close pools first. May be called again. */
  readonly stop: () => Promise<void>;
}

const HOST = "127.0.0.1";

/**
 * Starts the bundled PostgreSQL on a folder; creates the cluster, its roles and the database `shopkey` where they are
 * missing. When this process ends, in whatever way, the server is shut down.
 * @throws DatabaseUnusable with the one thing to do
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { log, durable, onStep = () => {} } = options;
  const begun = performance.now();
  const place = placeIn(resolve(options.dir));
  makeFolder(place.dir);
  const binaries = locateBinaries(place.dir);
  const account = chooseAccount(place.dir, place.cluster, binaries);
  if (hasCluster(place, binaries)) {
    await freeFolder({ ...place, log, onStep });
    handOver(account, place.cluster);
  } else {
    onStep("creating the database cluster (once)…");
    await createCluster(place, { binaries, account, durable });
  }
  onStep("starting the database…");
  const server = await launchOnFreePort(options.port, (port) =>
    launch({ place, binaries, account, durable, port, onStep }),
  );
  try {
    const passwords = readPasswords(place.cluster);
    const urls = urlsOf(server.port, passwords);
    await ensureRoles(urls.adminUrl, passwords);
    log.info("database.started", {
      pid: server.pid,
      port: server.port,
      durationMs: Math.round(performance.now() - begun),
    });
    return {
      ...urls,
      host: HOST,
      port: server.port,
      pid: server.pid,
      ended: server.ended,
      stop: stopOnce(server, log),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Under root others may pass through, so that PostgreSQL's own account can; what is inside is closed to them. */
function makeFolder(dir: string): void {
  if (mkdirSync(dir, { recursive: true, mode: 0o700 }) === undefined) return;
  if (process.getuid?.() === 0) chmodSync(dir, 0o711);
}

/** Between finding a free port and taking it somebody else may; a port that was asked for is not replaced. */
async function launchOnFreePort(wanted: number | undefined, start: (port: number) => Promise<Server>): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(wanted ?? (await findPort()));
    } catch (error) {
      const isTaken = error instanceof DatabaseUnusable && error.code === "PORT_TAKEN";
      if (!isTaken || wanted !== undefined || attempt === 5) throw error;
    }
  }
}

/** The connection strings of a cluster on this port. */
export function urlsOf(port: number, passwords: Passwords) {
  const url = (role: string, password: string, database: string) =>
    `postgresql://${role}:${encodeURIComponent(password)}@${HOST}:${port}/${database}`;
  return {
    ownerUrl: url(OWNER_ROLE, passwords.owner, DATABASE),
    appUrl: url(APP_ROLE, passwords.app, DATABASE),
    clockUrl: url(CLOCK_ROLE, passwords.clock, DATABASE),
    adminUrl: url("postgres", passwords.superuser, "postgres"),
  };
}

function stopOnce(server: Server, log: Log): () => Promise<void> {
  let isAsked = false;
  void server.ended.then(() => {
    if (isAsked) log.info("database.stopped", { pid: server.pid });
    else log.error("database.lost", { pid: server.pid });
  });
  return () => {
    isAsked = true;
    return server.stop();
  };
}
