/** What makes the playground. */
import { playgroundFiles } from "./index.js";
import type { PageRecipe } from "./page-build.js";

export const PLAYGROUND: PageRecipe = {
  title: "the playground",
  files: playgroundFiles,
  home: "playground",
  sources: "playground",
  packages: [
    "vite",
    "graphiql",
    "@graphiql/react",
    "@graphiql/plugin-explorer",
    "@graphiql/plugin-doc-explorer",
    "@graphiql/plugin-history",
    "graphql",
    "monaco-editor",
    "monaco-graphql",
    "react",
    "react-dom",
  ],
};
