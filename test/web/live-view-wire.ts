/** What stands between a shopper and the server: a line that can be cut, as networks do it, without a word to either. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Wire {
  readonly origin: string;
  /** Where it leads: a port that was free a moment ago. */
  readonly port: number;
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

export async function openWire(): Promise<Wire> {
  const port = await findPort();
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    hold(near);
    hold(far);
    near.pipe(far).pipe(near);
  });
  const own = await listen(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    origin: `http://127.0.0.1:${own}`,
    port,
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function findPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
