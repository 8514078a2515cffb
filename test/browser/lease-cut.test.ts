/** A worker that dies while it lends a page takes nobody along. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { openTransport } from "../../src/browser/client/transport.js";

test("a lease that is cut in the middle is over, and nothing else", async () => {
  let cut = (): void => undefined;
  const server = createServer((asked, answer) => {
    asked.resume();
    answer.writeHead(200, { "content-type": "application/x-ndjson" });
    answer.write(`${JSON.stringify({ page: "p1", url: "about:blank", generation: 0 })}\n`);
    cut = () => void answer.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = openTransport();
  const { signal } = new AbortController();
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lease = await transport.lease(
      { url, secret: "s".repeat(32) },
      "leaseSessionPage",
      { sessionId: "bs_w1_1" },
      { signal },
    );
    expect(lease.line.page).toBe("p1");
    cut();
    await lease.over;
    // What is thrown at nobody is thrown a little later.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    transport.close();
    server.closeAllConnections();
    server.close();
  }
});
