/** `node dist/web/build.js`: run by `npm run build`; silent when there is nothing to do, and never in the way of a start. */
import { LIVE_VIEW } from "./live-view-build.js";
import { buildPage, type PageRecipe } from "./page-build.js";
import { PLAYGROUND } from "./playground-build.js";

const say = (line: string) => process.stdout.write(`shopkey: ${line}\n`);

/** What a person is told when a page is not there and cannot be made. */
const WITHOUT = new Map<PageRecipe, string>([
  [PLAYGROUND, "no playground: it was not built here and vite is not installed; /graphql works all the same"],
  [LIVE_VIEW, "no live view: it was not built here and vite is not installed; no shopper can log in at a store"],
]);

for (const [page, without] of WITHOUT) {
  const result = await buildPage(page, say);
  if (result.kind === "built") {
    const size = result.bytes > 1e6 ? `${(result.bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(result.bytes / 1e3)} kB`;
    say(`${page.title} built in ${(result.milliseconds / 1000).toFixed(1)} s, ${size}`);
  }
  if (result.kind === "kept" && !result.usable) say(without);
}
