import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { playgroundBoot, playgroundCaching, playgroundFiles, playgroundHeaders } from "../web/index.js";
import { allowOnly, WITH_HEAD } from "./errors.js";

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

/** A page elsewhere that had its name resolved to this machine (DNS rebinding) asks for that name, not for ours. */
const asksForLoopback = (request: FastifyRequest): boolean => LOOPBACK.has(request.hostname.replace(/:\d+$/, ""));

/**
 * Serves the playground's files. The development key goes to the page only when the gateway listens on loopback alone
 * and was asked for by such a name.
 */
export async function servePlayground(
  app: FastifyInstance,
  options: { readonly key: string | null; readonly host: string },
): Promise<void> {
  const { key, host } = options;
  await app.register(async (scope) => {
    scope.addHook("onRequest", (_, reply, done) => {
      reply.headers(playgroundHeaders());
      done();
    });
    scope.get("/playground", WITH_HEAD, (_, reply) => reply.redirect("/playground/", 308));
    scope.get("/playground/boot.json", (request, reply) => {
      const mayHave = LOOPBACK.has(host) && asksForLoopback(request);
      return reply.header("cache-control", "no-store").send(playgroundBoot({ key: mayHave ? key : null }));
    });
    allowOnly(scope, "/playground/boot.json", ["GET"]);
    const { root, built } = playgroundFiles();
    if (!built) {
      scope.get("/playground/", (_, reply) =>
        reply.code(503).type("text/plain; charset=utf-8").send("The playground has not been built: npm run build\n"),
      );
      return;
    }
    await scope.register(fastifyStatic, {
      root,
      prefix: "/playground/",
      cacheControl: false,
      index: ["index.html"],
      preCompressed: true,
      setHeaders: (reply, path) => {
        reply.header("cache-control", playgroundCaching(path));
      },
    });
  });
}
