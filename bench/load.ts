/**
 * A load generator of sockets and nothing else: it shares the machine with what it measures, so a client library's
 * parsing would be most of what is measured (an HTTP parser in JavaScript costs more than the limit server's answer).
 */
import { createConnection, type Socket } from "node:net";

export interface Load {
  readonly answers: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 200, GraphQL errors, and lost connections. */
  readonly failures: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly seconds: number;
  /** For each connection the requests that it sends over and over, as bytes. */
  readonly requests: readonly (readonly Buffer[])[];
}

export function requestBytes(port: number, form: { path: string; body: string }, key: string): Buffer {
  return Buffer.from(
    `POST ${form.path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\n` +
      "accept: application/graphql-response+json, application/json\r\ncontent-type: application/json\r\n" +
      `content-length: ${Buffer.byteLength(form.body)}\r\n\r\n${form.body}`,
  );
}

const OK = Buffer.from("HTTP/1.1 200");
const ERRORS = [Buffer.from('"errors":['), Buffer.from('"userErrors":[{')];
const END_OF_HEAD = Buffer.from("\r\n\r\n");

interface Tally {
  readonly latencies: number[];
  failures: number;
}

/** One request at a time on one connection until `until`. */
function drive(port: number, requests: readonly Buffer[], until: number, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection({ port, host: "127.0.0.1", noDelay: true });
    let next = 0;
    let sentAt = 0;
    let head: Buffer | null = null;
    let isFailed = false;
    let missing = 0;

    const send = () => {
      if (performance.now() >= until) {
        socket.end();
        resolve();
        return;
      }
      head = null;
      sentAt = performance.now();
      socket.write(requests[next++ % requests.length] as Buffer);
    };
    const finish = () => {
      tally.latencies.push(performance.now() - sentAt);
      if (isFailed) tally.failures++;
      send();
    };
    /** The head has come whole: whether it went well, and how much of the body is still to come. */
    const begin = (bytes: Buffer): void => {
      const end = bytes.indexOf(END_OF_HEAD);
      if (end < 0) {
        head = bytes;
        missing = -1;
        return;
      }
      head = bytes;
      const length = /content-length: (\d+)/i.exec(bytes.toString("latin1", 0, end))?.[1];
      isFailed = !bytes.subarray(0, OK.length).equals(OK) || length === undefined;
      isFailed ||= ERRORS.some((errors) => bytes.subarray(end, end + 2_048).includes(errors));
      missing = Number(length ?? 0) - (bytes.length - end - END_OF_HEAD.length);
    };
    socket.on("data", (chunk: Buffer) => {
      if (head === null) begin(chunk);
      else if (missing < 0) begin(Buffer.concat([head, chunk]));
      else missing -= chunk.length;
      if (missing === 0) finish();
    });
    socket.on("error", () => {
      tally.failures++;
      resolve();
    });
    socket.on("connect", send);
  });
}

export async function runLoad({ port, seconds, requests }: LoadOptions): Promise<Load> {
  const tally: Tally = { latencies: [], failures: 0 };
  const begun = performance.now();
  await Promise.all(requests.map((own) => drive(port, own, begun + seconds * 1_000, tally)));
  const took = (performance.now() - begun) / 1_000;
  const sorted = Float64Array.from(tally.latencies).sort();
  const at = (quantile: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0;
  return {
    answers: sorted.length,
    seconds: took,
    perSecond: sorted.length / took,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failures: tally.failures,
  };
}
