/** `node dist/web/build.js`: run by `npm run build`; silent when there is nothing to do, and never in the way of a start. */
import { buildPlayground } from "./playground-build.js";

const say = (line: string) => process.stdout.write(`shopkey: ${line}\n`);

const result = await buildPlayground(say);
if (result.kind === "built") {
  say(`playground built in ${(result.milliseconds / 1000).toFixed(1)} s, ${(result.bytes / 1e6).toFixed(1)} MB`);
}
if (result.kind === "kept" && !result.usable) {
  say("no playground: it was not built here and vite is not installed; /graphql works all the same");
}
