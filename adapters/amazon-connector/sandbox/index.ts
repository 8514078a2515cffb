/** Amazon's side: nothing is ever asked of it, so there is nothing to serve. It plays the stores: see play.ts. */

export { signRequest } from "../src/proof.js";
export { type Answered, entryOf, type LoadReport, playBurst } from "./load.js";
export { PUBLISHED } from "./published.js";
export {
  type FixtureKey,
  type Fixtures,
  type OpenStage,
  playVectors,
  type Stage,
  type Vector,
  type VectorFile,
  type Verdict,
} from "./vectors.js";

import type { SandboxOptions } from "@shopkey/adapter-sdk";
import { json, type ServedSandbox, serveSandbox } from "@shopkey/adapter-sdk/sandbox";

export function startSandbox(options: SandboxOptions = {}): Promise<ServedSandbox> {
  return serveSandbox({
    port: options.port ?? 0,
    accountOf: () => "amazon",
    router: () => json(404, { error: "Amazon asks; nobody asks it" }),
    lens: () => ({}),
  });
}
