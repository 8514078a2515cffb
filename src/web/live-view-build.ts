/** What makes the live view's page: nothing but its own sources, and what it says to its server. */
import { liveViewFiles } from "./index.js";
import type { PageRecipe } from "./page-build.js";

export const LIVE_VIEW: PageRecipe = {
  title: "the live view",
  files: liveViewFiles,
  home: "live-view/page",
  sources: "live-view",
  packages: ["vite"],
};
