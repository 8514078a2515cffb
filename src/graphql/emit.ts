/** Writes `schema.graphql`, the committed form of the graph. Run as `npm run schema`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lexicographicSortSchema, printSchema } from "graphql";
import { buildGraph } from "./schema.js";

const BANNER = `# The public graph, emitted from src/graphql by \`npm run schema\`. Do not edit by hand.\n\n`;

/** The text of `schema.graphql`. */
export const emitSchema = (): string => `${BANNER}${printSchema(lexicographicSortSchema(buildGraph()))}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL("../../schema.graphql", import.meta.url), emitSchema());
