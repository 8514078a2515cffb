/** PostgreSQL's settings, given on its command line at every start: nothing in the data directory has to be edited. */
import { totalmem } from "node:os";

const ALWAYS = {
  listen_addresses: "127.0.0.1",
  // No socket file: a folder for it would have to be shared with the account that PostgreSQL runs as.
  unix_socket_directories: "",
  cluster_name: "shopkey",
  max_connections: "100",
  max_wal_size: "512MB",
  random_page_cost: "1.1",
  jit: "off",
  max_logical_replication_workers: "0",
  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C",
  log_checkpoints: "off",
  // Messages about statements may quote a value. The server's own life (LOG and above) never does.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
};

const MB = 2 ** 20;

/**
 * An eighth of the machine's memory, between PostgreSQL's own 128 MB and 1 GB: it shares the machine with the gateway and its
 * browsers. Only what has been read takes memory; a page that has no place is copied from the system's at every read.
 */
const sharedBuffers = (bytes: number): string =>
  `${Math.round(Math.min(Math.max(bytes / 8, 128 * MB), 1_024 * MB) / MB)}MB`;

/** A container may be allowed less than its machine has. 0: nobody says how much. */
const memory = Math.min(totalmem(), process.constrainedMemory() || totalmem());

const KEPT = { shared_buffers: sharedBuffers(memory) };

/** For data that nobody will miss: a lost test database is made again. */
const THROW_AWAY = {
  shared_buffers: "128MB",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  autovacuum: "off",
  io_method: "sync",
};

/** The arguments of the server. `durable: false` gives up every promise about a crash. */
export function serverArguments(cluster: string, options: { port: number; durable: boolean }): string[] {
  const settings = { ...ALWAYS, port: String(options.port), ...(options.durable ? KEPT : THROW_AWAY) };
  return ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/**
 * The arguments of initdb. The built-in C.UTF-8 needs no locale of the machine, and sorts alike everywhere and for
 * ever (a C library's or ICU's upgrade silently changes theirs, which breaks indexes).
 */
export function initdbArguments(cluster: string, options: { passwordFile: string; durable: boolean }): string[] {
  return [
    ["-D", cluster, "--username=postgres", `--pwfile=${options.passwordFile}`, "--auth=scram-sha-256"],
    ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"],
    options.durable ? [] : ["--no-sync", "--no-data-checksums", "--wal-segsize=1"],
  ].flat();
}

/** The environment of PostgreSQL's programs: nothing of the gateway's own, which may hold keys. */
export const bareEnvironment = (extra: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
  ...extra,
});
