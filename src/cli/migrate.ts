import type { Config } from "../config.js";
import { openLog } from "../kernel/log.js";
import { migrateOnly } from "../main.js";
import type { Output } from "./program.js";

export async function migrateDatabase(config: Config, out: Output): Promise<void> {
  const applied = await migrateOnly({ config, log: openLog({ level: "warn" }), onStep: () => undefined });
  out.print({ applied }, applied.length === 0 ? "nothing to do" : `applied ${applied.join(", ")}`);
}
