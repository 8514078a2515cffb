/** A link as slow as is said: a TCP proxy that lets so many bits through and keeps each for half a round trip. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SlowLink {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** What a router on the way holds at most. */
const BUFFER_BYTES = 64 * 1024;

export async function openSlowLink(port: number, link: { mbit: number; rttMs: number }): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    for (const one of [near, far]) {
      sockets.add(one);
      one.on("error", () => one.destroy()).once("close", () => sockets.delete(one));
    }
    carry(near, far, link);
    carry(far, near, link);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function carry(from: Socket, to: Socket, { mbit, rttMs }: { mbit: number; rttMs: number }): void {
  const bytesPerMs = (mbit * 1_000_000) / 8 / 1_000;
  let freeAt = 0;
  let held = 0;
  from.on("data", (chunk: Buffer) => {
    freeAt = Math.max(performance.now(), freeAt) + chunk.byteLength / bytesPerMs;
    held += chunk.byteLength;
    if (held > BUFFER_BYTES) from.pause();
    setTimeout(
      () => {
        held -= chunk.byteLength;
        if (held <= BUFFER_BYTES) from.resume();
        if (!to.destroyed) to.write(chunk);
      },
      freeAt - performance.now() + rttMs / 2,
    );
  });
  from.once("close", () => setTimeout(() => to.destroy(), rttMs));
}
